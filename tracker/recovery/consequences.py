"""What follows from what was said in a check-in: tasks answered, advice, warning signs told, alerts that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tracker.alerts import assessments, missed_checks
from tracker.alerts import service as alerts
from tracker.alerts.protocol_in_force import course_of, published_of, rule_set_of
from tracker.alerts.rules.facts import Replay, hours_between
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags
from tracker.alerts.rules.rule_set import RuleSet
from tracker.alerts.rules.soreness import replay_soreness
from tracker.alerts.rules.stiffness import replay_stiffness
from tracker.alerts.session_answers import SessionAnswers, read_session_answers
from tracker.checkins import service as checkins
from tracker.checkins.rules import moments
from tracker.checkins.service import GivenAnswer
from tracker.checkins.vocabulary import Alcohol
from tracker.clinics import service as clinics
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import AnsweredBy, Protocol
from tracker.protocols.expected_course import CoursePosition
from tracker.recovery import second_answers
from tracker.recovery.context import AnsweredSession, CheckInContext
from tracker.safety import catalogue
from tracker.safety.advice import Advice, AdviceFacts, advise
from tracker.safety.catalogue import FlagClass, RedFlag
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession

ALCOHOL_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AssessedCheckIn:
    """One check-in: what was said, when, after which session, and what it means among all that was said."""

    id: UUID
    patient: PatientFacts
    values: Mapping[str, Any]
    at: datetime
    context: CheckInContext
    session: AnsweredSession | None
    flags: tuple[RedFlag, ...]
    answers: (
        SessionAnswers | None
    )  # all that was said after the session, this too; None when no rule about scores looks
    found: Replay | None  # what it says about soreness; None when this check-in tells none

    @property
    def soreness(self) -> int | None:
        """Return how sore the area is, 0 to 10, if that was said."""
        return self.values.get("soreness")

    @property
    def answers_checks(self) -> bool:
        """Say whether it answers the checks that were open at its moment."""
        return moments.answers_checks(self.soreness, self.values.get("red_flags"))

    @property
    def course_position(self) -> CoursePosition | None:
        """Place it against what the clinic expects at this time; None: nothing to compare."""
        if self.session is None or self.answers is None or self.soreness is None:
            return None
        hours = hours_between(self.session.facts.ended_at, self.at)
        return course_of(self.session).position(self.soreness, self.answers.facts.baseline_soreness, hours)


def assess_check_in(
    check_in_id: UUID,
    patient: PatientFacts,
    values: Mapping[str, Any],
    at: datetime,
    context: CheckInContext,
    session: AnsweredSession | None,
) -> AssessedCheckIn:
    """Hold one check-in against all that was said after its session; reads nothing when it tells no score."""
    flags = catalogue.classify(values.get("red_flags") or ())
    soreness, stiffness = values.get("soreness"), values.get("stiffness")
    answers = found = None
    if session and (soreness is not None or stiffness is not None):
        answered = values.get("red_flags") is not None
        this = GivenAnswer(check_in_id, at, soreness, stiffness, values.get("alcohol"), answered)
        answers = read_session_answers(patient.id, session.id, session.facts, this)
        if soreness is not None:
            found = replay_soreness(answers.soreness, answers.facts, rule_set_of(session).thresholds)
    return AssessedCheckIn(check_in_id, patient, values, at, context, session, flags, answers, found)


def find_completed(assessed: AssessedCheckIn) -> list[UUID]:
    """Return the open checks of the session that this check-in answers."""
    session = assessed.session
    if session is None or not assessed.context.has_open_checks or assessed.values.get("red_flags") is None:
        return []
    keys = keys_answered(session.protocol, red_flags=True, soreness_too=assessed.answers_checks)
    return sessions.list_answered_by(session.id, keys, assessed.at)


def keys_answered(protocol: Protocol, red_flags: bool, soreness_too: bool) -> set[str]:
    """Return the steps of a protocol that an answer to the red-flag question, and one with soreness, answers."""
    answered = {AnsweredBy.RED_FLAGS} if red_flags else set()
    if soreness_too:
        answered.add(AnsweredBy.SORENESS_AND_RED_FLAGS)
    return {step.key for step in protocol.steps if step.answered_by in answered}


def answer_by_what_was_said(session: TreatmentSession, patient: PatientFacts) -> list[UUID]:
    """Complete each open task of a session by the first check-in that answers it, and return those it completed."""
    protocol, completed = sessions.protocol_of(session), []
    for answer in checkins.list_answers(session.id):
        keys = keys_answered(protocol, answer.red_flags_answered, answer.answers_checks)
        found = sessions.list_answered_by(session.id, keys, answer.recorded_at)
        if found:
            sessions.complete_tasks(found, answer.check_in_id, answer.recorded_at, patient.sync_seq)
            checkins.note_completed(answer.check_in_id, found, patient.sync_seq)
            completed += found
    return completed


def advise_on(assessed: AssessedCheckIn, now: datetime) -> Advice:
    """Return what the patient should do now, in the words of their clinic."""
    context, values, found = assessed.context, assessed.values, assessed.found
    session = (
        assessed.answers.facts if assessed.answers else assessed.session.facts if assessed.session else None
    )
    raised = {found.finding.rule.value} if found and found.finding and found.is_newest else set()
    since = assessed.at - session.ended_at if session else None
    drank = values.get("alcohol") == Alcohol.YES
    facts = AdviceFacts(
        red_flags=assessed.flags,
        unknown_reported=catalogue.has_unknown(values.get("red_flags") or ()),
        red_flags_answered=values.get("red_flags") is not None,
        rules_raised=frozenset(raised),
        soreness=assessed.soreness,
        baseline=session.baseline_soreness if session else None,
        hours_since_session=since / timedelta(hours=1) if since is not None else None,
        has_note=bool(values.get("note")),
        severe_side_effect=any(effect["severity"] == "severe" for effect in values.get("side_effects") or ()),
        # Beside an alert or a warning sign "as expected" would contradict the advice.
        course_position=None if raised or assessed.flags else assessed.course_position,
        alcohol_in_window=drank and since is not None and since <= ALCOHOL_WINDOW,
        reply_by=_reply_by(assessed, bool(raised), now),
    )
    published = published_of(assessed.session.clinic_protocol_id if assessed.session else None)
    return advise(facts, published.in_words_of(context.texts), context.contact)


def stored(advice: Advice) -> dict[str, Any]:
    """Return advice as it is kept with its check-in and shown from there: what it does not say is absent."""
    return {name: value for name, value in asdict(advice).items() if value is not None}


def _reply_by(assessed: AssessedCheckIn, alerted: bool, now: datetime) -> str | None:
    """Say by when the clinic answers what needs an answer; an emergency waits for nobody."""
    clinic, patient, found = assessed.context.clinic, assessed.patient, catalogue.worst(assessed.flags)
    if found is FlagClass.EMERGENCY or not (found or alerted):
        return None
    minutes = clinic.urgent_reply_minutes if found else clinic.attention_reply_minutes
    return clinics.reply_words(clinic, minutes, patient.locale, patient.time_zone, now)


def raise_flags(assessed: AssessedCheckIn, codes: Sequence[str], evidence: alerts.Evidence) -> None:
    """Raise the alerts of these red flags, with the patient's own words beside them."""
    ended_at = assessed.session.facts.ended_at if assessed.session else None
    remarks = {"note": assessed.values["note"]} if assessed.values.get("note") else {}
    findings = assess_red_flags(
        tick(codes, assessed.patient), assessed.at, ended_at, str(assessed.id), remarks
    )
    assessments.apply_red_flags(findings, evidence)


def list_note(assessed: AssessedCheckIn, evidence: alerts.Evidence) -> None:
    """Put the patient's note on the work-list at any score; the alert of a warning sign carries it already."""
    if assessed.values.get("note") and not assessed.flags:
        assessments.list_note(assessed.at, assessed.values["note"], evidence)


def follow_scores(assessed: AssessedCheckIn, evidence: alerts.Evidence) -> None:
    """Let the alerts about soreness, stiffness and silence follow; asks for none that cannot have changed."""
    session, answers = assessed.session, assessed.answers
    if session is None or answers is None:
        return
    rule_set, has_alerts = rule_set_of(session), assessed.context.has_alerts
    if assessed.found is not None and (assessed.found.finding is not None or has_alerts):
        assessments.reassess_soreness(answers.soreness, answers.facts, evidence, rule_set)
    if assessed.soreness is not None:
        context = assessed.context
        second_answers.follow(
            answers, evidence, rule_set, may_be_asking=context.is_asking_again, has_alerts=has_alerts
        )
    if assessed.values.get("stiffness") is not None:
        stiff = replay_stiffness(answers.stiffness, answers.facts, rule_set.thresholds).finding
        if stiff is not None or has_alerts:
            assessments.reassess_stiffness(answers.stiffness, answers.facts, evidence, rule_set)
    if has_alerts and assessed.answers_checks:
        missed_checks.note_answered(answers.facts, evidence)


def reassess(answers: SessionAnswers, evidence: alerts.Evidence, rule_set: RuleSet) -> None:
    """Let the alerts about soreness and stiffness of a session follow all that stands now."""
    assessments.reassess_soreness(answers.soreness, answers.facts, evidence, rule_set)
    assessments.reassess_stiffness(answers.stiffness, answers.facts, evidence, rule_set)
    second_answers.follow(answers, evidence, rule_set)


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
