"""The last look at a claimed reminder, with the patient locked: now, later or never, and to whom."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from tracker.checkins import service as checkins
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.states import Purpose, State
from tracker.delivery.verdicts import Drop, HandOver, Verdict, Wait
from tracker.people import service as people
from tracker.people.service import PatientFacts
from tracker.protocols.catalog import AFTERCARE_CARD, CHECK_24H
from tracker.protocols.tasks import StoredStatus, step_window
from tracker.protocols.windows import elapsed
from tracker.protocols.zones import zone
from tracker.reminders import due
from tracker.reminders.rules import Reason
from tracker.reminders.service import HELP_ANCHOR
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


def recheck(row: Dispatch, now: datetime) -> Verdict:
    """Decide, with the patient locked, whether a claimed reminder leaves now, later or never."""
    patient = people.find_patient(row.patient_id)
    if patient is not None and row.anchor_kind == HELP_ANCHOR:
        # After an emergency the question is asked whatever the patient has withdrawn since.
        return _hand_over(patient) if now < row.not_after else Drop(State.EXPIRED, Reason.EXPIRED)
    session = sessions.find_session(row.anchor_id)
    if session is None or patient is None:
        return Drop(State.CANCELLED, Reason.CANCELLED)
    match due.decide(_facts(row, session, patient), now):
        case due.Send():
            return _hand_over(patient)
        case due.Suppress(reason):
            return Drop(State.SUPPRESSED, reason)
        case due.Defer(until, reason):
            return Wait(until, reason)
        case due.Expire():
            return Drop(State.EXPIRED, Reason.EXPIRED)


def _hand_over(patient: PatientFacts) -> Verdict:
    return HandOver(find_patient_recipient(patient), "reminder")


def _facts(row: Dispatch, session: TreatmentSession, patient: PatientFacts) -> due.PromptFacts:
    step = sessions.protocol_of(session).get_step(row.step_key)
    task = db.session.get(PlanTask, row.plan_task_id, populate_existing=True) if row.plan_task_id else None
    exempt = elapsed(row.nominal_at, step.quiet_exempt_minutes) if step.quiet_exempt_minutes else None
    return due.PromptFacts(
        step=step,
        occurrence=row.occurrence,
        not_before=row.not_before,
        not_after=row.not_after,
        quiet=patient.quiet,
        zone=zone(patient.time_zone),
        answers=_answers(session, zone(patient.time_zone)),
        exempt_until=exempt,
        session_stands=session.status == SessionStatus.COMPLETED and row.generation == session.generation,
        consent_given=patient.consents,
        patient_active=patient.is_active,
        opted_in=step.key in patient.opted_in,
        task_completed=task is not None and task.status != StoredStatus.OPEN,
        repeats_after=_find_repeated(row) if step.is_repeat(row.occurrence) else None,
        last_prompt_accepted_at=_last_accepted(row),
    )


def _answers(session: TreatmentSession, here: ZoneInfo) -> due.Answers:
    given = [answer for answer in checkins.list_answers(session.id) if answer.red_flags_answered]
    window = step_window(CHECK_24H, session.ended_at, here)
    at_24h = [answer.soreness for answer in given if window.contains(answer.recorded_at)]
    last = given[-1] if given else None
    return due.Answers(
        ended_at=session.ended_at,
        baseline=session.baseline_soreness,
        soreness_at_24h=at_24h[-1] if at_24h else None,
        last_soreness=last.soreness if last else None,
        last_at=last.recorded_at if last else None,
        chest_region=sessions.near_the_lung(session),
    )


def _find_repeated(row: Dispatch) -> datetime | None:
    """Return when the check that a repeat repeats was handed over, or will be; None if it never was."""
    statement = select(Dispatch.accepted_at, Dispatch.next_attempt_at, Dispatch.ended_at).where(
        Dispatch.anchor_kind == row.anchor_kind,
        Dispatch.anchor_id == row.anchor_id,
        Dispatch.step_key == row.step_key,
        Dispatch.occurrence == 0,
    )
    mains = db.session.execute(statement)
    moments = [
        main.accepted_at or main.next_attempt_at for main in mains if main.accepted_at or not main.ended_at
    ]
    return max(moments, default=None)


def _last_accepted(row: Dispatch) -> datetime | None:
    """Return when this patient last got a prompt that counts for spacing: no card, not this very check."""
    own = (Dispatch.anchor_id == row.anchor_id) & (Dispatch.step_key == row.step_key)
    statement = select(func.max(Dispatch.accepted_at)).where(
        Dispatch.patient_id == row.patient_id,
        Dispatch.purpose == Purpose.REMINDER,
        Dispatch.anchor_kind == row.anchor_kind,  # the question after an emergency takes nobody's place
        Dispatch.due_at >= row.not_before - timedelta(days=2),
        Dispatch.step_key != AFTERCARE_CARD.key,
        ~own,
    )
    return db.session.scalar(statement)
