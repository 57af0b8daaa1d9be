"""Silence: what became of a session's checks, looked at by the worker and cleared by any answer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select

from tracker.alerts import assessments
from tracker.alerts import service as alerts
from tracker.alerts.protocol_in_force import rule_set_of
from tracker.alerts.rules.facts import SessionFacts
from tracker.alerts.rules.missed import CheckFacts, CheckOutcome, assess_after
from tracker.checkins import service as checkins
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, State
from tracker.people import patients
from tracker.protocols.catalog import CHECK_24H, CHECK_48H
from tracker.protocols.tasks import StoredStatus
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession
from tracker.sessions.vocabulary import SessionStatus

# A prompt merges only into a message that was handed over, which asked its check too.
PROMPT_STATE = case((Dispatch.merged_into_id.is_not(None), State.ACCEPTED.value), else_=Dispatch.state).label(
    "state"
)


def assess(patient_id: UUID, session_id: UUID, now: datetime) -> None:
    """Look at one session's checks, as the worker does when its time has come, and set the next look."""
    patient = patients.lock_patient(patient_id)
    session = sessions.get_session_of(patient_id, session_id)
    if session.assess_after is None or session.assess_after > now:
        return
    if session.status == SessionStatus.COMPLETED and patient.is_active:
        look_at(session, alerts.Evidence(patient, session.id, now))
    last_look = assess_after(session.ended_at, chest_region=False)
    sessions.set_assess_after(session, last_look if last_look > now else None)


def start_watching(session: TreatmentSession) -> None:
    """Say when the worker should look whether the checks were answered."""
    sessions.set_assess_after(session, assess_after(session.ended_at, sessions.near_the_lung(session)))


def look_at(session: TreatmentSession, evidence: alerts.Evidence) -> None:
    """Let the alert about silence follow what became of a session's checks until now."""
    checks = check_facts(session, evidence.now)
    assessments.reassess_missed(session_facts(session), checks, evidence, rule_set_of(session))


def note_answered(session: SessionFacts, evidence: alerts.Evidence) -> None:
    """Take the patient off the call list: they have answered."""
    answered = CheckFacts(CheckOutcome.NOT_DUE, CheckOutcome.NOT_DUE, other_answered=True)
    assessments.reassess_missed(session, answered, evidence)


def check_facts(session: TreatmentSession, now: datetime) -> CheckFacts:
    """Return what became of the 24 h and the 48 h check of a session."""
    statement = select(Dispatch.step_key, PROMPT_STATE).where(
        Dispatch.anchor_kind == Anchor.SESSION,
        Dispatch.anchor_id == session.id,
        Dispatch.step_key.in_([CHECK_24H.key, CHECK_48H.key]),
    )
    sent = [(row.step_key, row.state) for row in db.session.execute(statement)]
    tasks = {task.key: task for task in sessions.list_tasks(session.id)}
    heard = any(answer.answers_checks for answer in checkins.list_answers(session.id))
    return CheckFacts(
        outcome_of(tasks.get(CHECK_24H.key), (state for key, state in sent if key == CHECK_24H.key), now),
        outcome_of(tasks.get(CHECK_48H.key), (state for key, state in sent if key == CHECK_48H.key), now),
        other_answered=heard,
    )


def outcome_of(task: PlanTask | None, states: Iterable[str], now: datetime) -> CheckOutcome:
    """Say what became of one check, from its task and the states of its prompts."""
    found: Sequence[str] = list(states)
    if task is not None and task.status == StoredStatus.COMPLETED:
        return CheckOutcome.ANSWERED
    if State.ACCEPTED in found:
        return CheckOutcome.HANDED_OVER
    if task is not None and task.due_at is not None and now < task.due_at:
        return CheckOutcome.NOT_DUE
    if {State.DEAD, State.EXPIRED} & set(found):
        return CheckOutcome.NOT_DELIVERED
    return CheckOutcome.NOT_ASKED


def session_facts(session: TreatmentSession) -> SessionFacts:
    """Return what the alert rules need of a session."""
    return SessionFacts(
        session.ended_at,
        session.baseline_soreness,
        sessions.near_the_lung(session),
        baseline_stiffness=session.baseline_stiffness,
    )
