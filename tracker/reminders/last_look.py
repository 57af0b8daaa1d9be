"""The last look at a claimed reminder, with the patient locked: now, later or never, and to whom."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from tracker.checkins import service as checkins
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.verdicts import Drop, HandOver, Verdict, Wait
from tracker.delivery.vocabulary import Anchor, Purpose, Reason, State
from tracker.local_time.zones import zone
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import CHECK_24H, SPACING, Condition
from tracker.protocols.tasks import step_window
from tracker.reminders import announcements, second_answers
from tracker.reminders.rules import due
from tracker.reminders.rules.spacing import Neighbour
from tracker.reminders.service import find_asked, same_check
from tracker.reminders.standing import standing, stands, step_of
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession

# No prompt leaves longer after it was due.
LONGEST_WINDOW = timedelta(days=3)


def look(row: Dispatch, now: datetime) -> Verdict:
    """Decide, with the patient locked, whether a claimed reminder leaves now, later or never."""
    patient = patients.find_patient(row.patient_id)
    decision = _DECIDE[Anchor(row.anchor_kind)](row, patient, now) if patient is not None else None
    if patient is None or decision is None:
        return Drop(State.CANCELLED, Reason.CANCELLED)
    return _verdict(decision, row, patient, now)


def _decide_after_emergency(row: Dispatch, _: PatientFacts, now: datetime) -> due.Decision:
    return due.Send() if now < row.not_after else due.Expire()


def _decide_after_session(row: Dispatch, patient: PatientFacts, now: datetime) -> due.Decision | None:
    session = sessions.find_session(row.anchor_id)
    return due.decide(_facts(row, session, patient, now), now) if session is not None else None


# Who decides, with the patient locked, by what the prompt hangs on; None: that is not there any more.
_DECIDE: Mapping[Anchor, Callable[[Dispatch, PatientFacts, datetime], due.Decision | None]] = {
    Anchor.SESSION: _decide_after_session,
    Anchor.CHECK_IN: second_answers.decide,
    Anchor.EMERGENCY: _decide_after_emergency,
    Anchor.APPOINTMENT: announcements.decide,
}


def _verdict(decision: due.Decision, row: Dispatch, patient: PatientFacts, now: datetime) -> Verdict:
    match decision:
        case due.Send():
            return HandOver(find_patient_recipient(patient, now), "reminder")
        case due.Suppress(reason):
            return Drop(State.SUPPRESSED, reason)
        case due.Merge(into):
            row.merged_into_id = into
            return Drop(State.SUPPRESSED, Reason.MERGED)
        case due.Defer(until, reason):
            return Wait(until, reason)
        case due.Expire():
            return Drop(State.EXPIRED, Reason.EXPIRED)


def _facts(row: Dispatch, session: TreatmentSession, patient: PatientFacts, now: datetime) -> due.PromptFacts:
    step = step_of(row, session)
    task = db.session.get(PlanTask, row.plan_task_id, populate_existing=True) if row.plan_task_id else None
    known = standing(
        row, step, patient, stands=stands(row, session), task_status=task.status if task else None
    )
    return due.PromptFacts.of(
        known,
        _answers(session, zone(patient.time_zone)),
        repeats_after=find_asked(row) if step.is_repeat(row.occurrence) else None,
        shown_since=max(row.not_before, row.created_at),
        neighbours=tuple(_list_neighbours(row, patient, now)),
    )


def _answers(session: TreatmentSession, here: ZoneInfo) -> due.Answers:
    given = [answer for answer in checkins.list_answers(session.id) if answer.answers_checks]
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


def _list_neighbours(row: Dispatch, patient: PatientFacts, now: datetime) -> Iterator[Neighbour]:
    """Find the patient's prompts of the last and the next hours that spacing looks at.

    What asked this very check is none of them: its repeat has a distance of its own.
    """
    asked = select(Dispatch.merged_into_id).where(*same_check(row), Dispatch.merged_into_id.is_not(None))
    near = timedelta(minutes=SPACING)
    statement = select(Dispatch).where(
        Dispatch.patient_id == row.patient_id,
        Dispatch.purpose == Purpose.REMINDER,
        Dispatch.anchor_kind == row.anchor_kind,  # the question after an emergency takes nobody's place
        Dispatch.due_at.between(now - LONGEST_WINDOW, now + near),
        or_(Dispatch.accepted_at > now - near, Dispatch.ended_at.is_(None) & (Dispatch.not_after > now)),
        ~and_(*same_check(row)),
        Dispatch.id.not_in(asked),
    )
    for other in db.session.scalars(statement.execution_options(populate_existing=True)):
        session = sessions.find_session(other.anchor_id)
        step = sessions.protocol_of(session).get_step(other.step_key) if session else None
        if session and step and step.takes_part_in_spacing:
            conditional = step.only_if is not Condition.ALWAYS and other.accepted_at is None
            paused = patient.routine_paused_at is not None and due.is_routine(step)
            answers = _answers(session, zone(patient.time_zone)) if conditional and not paused else None
            yield Neighbour(
                id=other.id,
                importance=step.importance_of(other.occurrence),
                next_at=other.next_attempt_at,
                accepted_at=other.accepted_at,
                in_flight=other.state == State.SENDING,
                wanted=not paused and (answers is None or due.is_wanted(step.only_if, answers)),
            )
