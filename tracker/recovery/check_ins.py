"""One check-in and all that follows from it, in one transaction: tasks, alerts, prompts, advice, trail."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tracker import idempotency, ids
from tracker.alerts import service as alerts
from tracker.alerts.rules.facts import Answer
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags
from tracker.alerts.rules.soreness import Replay, replay_soreness
from tracker.alerts.thresholds import Thresholds
from tracker.audit.service import Action
from tracker.checkins import rules
from tracker.checkins import service as checkins
from tracker.checkins.rules import CorrectedTime, TimeRefusal, TimeRefused
from tracker.checkins.vocabulary import Alcohol, RecordedBy, Source
from tracker.clinics import service as clinics
from tracker.errors import Fault, Invalid, NotFound, Refused
from tracker.people import service as people
from tracker.people.access import Actor, Role
from tracker.people.service import PatientFacts
from tracker.protocols.catalog import AnsweredBy
from tracker.protocols.zones import zone
from tracker.recovery import deeds, missed_checks
from tracker.recovery.queries import AnsweredSession, Ground, read_ground
from tracker.reminders import planning
from tracker.reminders import service as reminders
from tracker.safety import catalogue
from tracker.safety.advice import Advice, AdviceFacts, AdviceLevel, advise
from tracker.safety.catalogue import FlagClass, RedFlag
from tracker.sessions import service as sessions

# An answer belongs to the latest session of the last 30 days (clinical basis, R1: no upper limit inside 30 days).
BELONGS_WITHIN = timedelta(days=30)
ALCOHOL_WINDOW = timedelta(hours=24)

_REFUSALS = {
    TimeRefusal.IN_THE_FUTURE: "This moment lies more than 5 minutes ahead of now.",
    TimeRefusal.TOO_OLD: "This moment lies more than 30 days back; tell your therapist instead.",
    TimeRefusal.OUT_OF_RANGE: "This is not a usable moment.",
}


@dataclass(frozen=True, slots=True)
class _CheckIn:
    """One check-in being logged: what was said, when, after which session, and what it means."""

    id: UUID
    patient: PatientFacts
    values: Mapping[str, Any]
    time: CorrectedTime
    ground: Ground
    session: AnsweredSession | None
    flags: tuple[RedFlag, ...]
    answers: Sequence[Answer]  # all of the session, this one too; empty when this one tells no soreness
    found: Replay | None  # what they say; None when this one tells no soreness

    @property
    def soreness(self) -> int | None:
        return self.values.get("soreness")

    @property
    def answers_checks(self) -> bool:
        return rules.answers_checks(self.soreness, self.values.get("red_flags"))


def log_check_in(
    actor: Actor, patient_id: UUID, key: str, values: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], bool]:
    """Log one check-in; return what is shown of it and whether this key had logged it before.

    Raises NotFound, Refused without consent, Invalid; what ticks a red flag is never refused for time or consent.
    """
    patient = people.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    # A key that comes again gets its answer however late, so what may be refused is looked at afterwards.
    at = rules.clamp_clock(values["recorded_at"], values.get("sent_at"), now).at
    ground = read_ground(patient, actor, key, values.get("session_id"), at, now)
    if ground.known is not None:
        check_in_id, first_hash = ground.known
        idempotency.refuse_other_body(first_hash, body_hash)
        return checkins.get_check_in(check_in_id), True
    check_in = _read(patient, ground, values, now)
    completed = _find_completed(check_in)
    advice = _advise(check_in, now)
    row = _row(check_in, actor, key, body_hash, completed, asdict(advice), now)
    shown = checkins.add(row, check_in.session.facts.ended_at if check_in.session else None)
    sessions.complete_tasks(completed, check_in.id, check_in.time.at, patient.sync_seq)
    _follow(check_in, completed, now)
    if advice.level is AdviceLevel.EMERGENCY:
        planning.plan_help_question(patient, check_in.id, now)
    deeds.record_deed(actor, Action.CREATE, "check_in", check_in.id, now, patient.id, ground.last_entry)
    return shown, False


def answers_of(session_id: UUID) -> list[Answer]:
    """Return every answer about soreness after one session, as the alert rules take it."""
    return [
        Answer(given.recorded_at, given.soreness, given.stiffness, str(given.check_in_id))
        for given in checkins.list_answers(session_id)
    ]


def tick(codes: Sequence[str], patient: PatientFacts) -> list[TickedFlag]:
    """Return the red flags of these codes with the words their therapist reads.

    A code that this server does not know was answered like an emergency, and is told like one.
    """
    texts = clinics.texts_of(clinics.get_clinic(patient.clinic_id), "en")
    unknown = catalogue.has_unknown(codes)
    return [
        TickedFlag(
            flag.code,
            texts.labels[flag.code],
            flag.flag_class is FlagClass.EMERGENCY or (unknown and flag.code == catalogue.UNKNOWN_BECOMES),
        )
        for flag in catalogue.classify(codes)
    ]


def _read(patient: PatientFacts, ground: Ground, values: Mapping[str, Any], now: datetime) -> _CheckIn:
    flags = catalogue.classify(values.get("red_flags") or ())
    if not patient.consents and not flags:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    time = _correct_time(values, bool(flags), now)
    session = _find_session(ground, values.get("session_id"), time.at, lenient=bool(flags))
    check_in_id = ids.new_id()
    answers, found = [], None
    if session and values.get("soreness") is not None:
        answer = Answer(time.at, values["soreness"], values.get("stiffness"), str(check_in_id))
        answers = [*answers_of(session.id), answer]
        found = replay_soreness(answers, session.facts, Thresholds())
    return _CheckIn(check_in_id, patient, values, time, ground, session, flags, answers, found)


def _correct_time(values: Mapping[str, Any], never_refuse: bool, now: datetime) -> CorrectedTime:
    recorded_at, sent_at = values["recorded_at"], values.get("sent_at")
    if never_refuse:
        return rules.clamp_clock(recorded_at, sent_at, now)
    try:
        return rules.correct_clock(recorded_at, sent_at, now)
    except TimeRefused as refused:
        raise Invalid(Fault("#/recorded_at", refused.code.value, _REFUSALS[refused.code])) from refused


def _find_session(
    ground: Ground, named: UUID | None, at: datetime, *, lenient: bool
) -> AnsweredSession | None:
    session = ground.session
    if named is None:
        return session if session and at - session.facts.ended_at <= BELONGS_WITHIN else None
    if session is not None and session.facts.ended_at <= at:
        return session
    if lenient:
        return None
    if session is None:
        raise NotFound
    raise Invalid(Fault("#/session_id", "before_session", "This moment lies before the session's end."))


def _find_completed(check_in: _CheckIn) -> list[UUID]:
    """Return the open checks of the session that this check-in answers."""
    session = check_in.session
    if session is None or not check_in.ground.has_open_checks or check_in.values.get("red_flags") is None:
        return []
    answered = {AnsweredBy.RED_FLAGS}
    if check_in.answers_checks:
        answered.add(AnsweredBy.SORENESS_AND_RED_FLAGS)
    keys = {step.key for step in session.protocol.steps if step.answered_by in answered}
    return sessions.list_answered_by(session.id, keys, check_in.time.at)


def _advise(check_in: _CheckIn, now: datetime) -> Advice:
    ground, values, found = check_in.ground, check_in.values, check_in.found
    session = check_in.session.facts if check_in.session else None
    raised = {found.finding.rule.value} if found and found.finding and found.is_newest else set()
    since = check_in.time.at - session.ended_at if session else None
    drank = values.get("alcohol") == Alcohol.YES
    facts = AdviceFacts(
        red_flags=check_in.flags,
        unknown_reported=catalogue.has_unknown(values.get("red_flags") or ()),
        red_flags_answered=values.get("red_flags") is not None,
        rules_raised=frozenset(raised),
        soreness=check_in.soreness,
        baseline=session.baseline_soreness if session else None,
        hours_since_session=since / timedelta(hours=1) if since is not None else None,
        has_note=bool(values.get("note")),
        severe_side_effect=any(effect["severity"] == "severe" for effect in values.get("side_effects") or ()),
        alcohol_in_window=drank and since is not None and since <= ALCOHOL_WINDOW,
        reply_by=_reply_by(check_in, bool(raised), now),
    )
    return advise(facts, ground.texts, ground.contact)


def _reply_by(check_in: _CheckIn, alerted: bool, now: datetime) -> str | None:
    """Say by when the clinic answers what needs an answer; an emergency waits for nobody."""
    clinic, patient, found = check_in.ground.clinic, check_in.patient, catalogue.worst(check_in.flags)
    if found is FlagClass.EMERGENCY or not (found or alerted):
        return None
    minutes = clinic.urgent_reply_minutes if found else clinic.attention_reply_minutes
    return clinics.reply_words(clinic, minutes, patient.locale, patient.time_zone, now)


def _follow(check_in: _CheckIn, completed: Sequence[UUID], now: datetime) -> None:
    """Let alerts and prompts follow what was said."""
    session, patient = check_in.session, check_in.patient
    evidence = alerts.Evidence(patient, session.id if session else None, now, check_in.id)
    if check_in.flags:
        ended_at = session.facts.ended_at if session else None
        ticked = tick(check_in.values["red_flags"], patient)
        remarks = {"note": check_in.values["note"]} if check_in.values.get("note") else {}
        findings = assess_red_flags(ticked, check_in.time.at, ended_at, str(check_in.id), remarks)
        alerts.apply_red_flags(findings, evidence)
    reminders.withdraw_answered(completed, patient, now)
    if session is None or check_in.found is None:
        return
    if check_in.found.finding is None and not check_in.ground.has_alerts:
        return  # nothing to raise, and nothing that could settle or close
    alerts.reassess_soreness(check_in.answers, session.facts, evidence)
    if check_in.answers_checks:
        missed_checks.hear(session.facts, evidence)


def _row(
    check_in: _CheckIn,
    actor: Actor,
    key: str,
    body_hash: bytes,
    completed: Sequence[UUID],
    advice: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    values = check_in.values
    by_patient = actor.role is Role.PATIENT
    said = (
        "soreness", "stiffness", "usual_pain", "hydration_ml", "alcohol", "standard_drinks", "activities", "note",
        "sent_at", "time_zone",
    )  # fmt: skip
    return {name: values.get(name) for name in said} | {
        "id": check_in.id,
        "patient_id": check_in.patient.id,
        "session_id": check_in.session.id if check_in.session else None,
        "recorded_by": (RecordedBy.PATIENT if by_patient else RecordedBy.STAFF).value,
        "source": values.get("source") or (Source.PHONE if by_patient else Source.TELEPHONE).value,
        "recorded_at": check_in.time.at,
        "device_recorded_at": _storable(values["recorded_at"], now),
        "received_at": now,
        "clock_quality": check_in.time.quality.value,
        "local_date": rules.local_date(check_in.time.at, zone(values["time_zone"])),
        "side_effects": list(values.get("side_effects") or ()),
        "red_flags": None if values.get("red_flags") is None else [flag.code for flag in check_in.flags],
        "completed_plan_task_ids": [str(task_id) for task_id in completed],
        "advice": advice,
        "course_position": None,
        "amended": False,
        "version": 1,
        "sync_seq": check_in.patient.sync_seq,
        "created_by_id": actor.account_id,
        "idempotency_key": key,
        "body_hash": body_hash,
    }


def _storable(moment: datetime, now: datetime) -> datetime:
    """Return the device's own time as evidence; one that no database can hold becomes the server's."""
    return moment if 1970 <= moment.year <= 2200 else now
