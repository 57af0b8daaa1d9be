"""Which session a check-in belongs to, found anew when a session is written down late, moved or taken back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tracker.alerts import missed_checks
from tracker.alerts.facts.followed_session import followed
from tracker.alerts.facts.session_answers import JudgedAnswers, read_session_answers
from tracker.alerts.service import Evidence
from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.people import trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.recovery.consequences.answered_checks import answer_by_what_was_said
from tracker.reminders import service as reminders
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


def credit_anew(
    actor: Actor, session: TreatmentSession, patient: PatientFacts, now: datetime
) -> Sequence[TreatmentSession]:
    """Give a session what was said since its end, or what a void one holds to the session that was meant then.

    Checks that are answered by it close and ask no more. Return the sessions that gained: the rules look at them
    again, which is the caller's. An earlier session that only loses goes quiet, as ever when a new one begins.
    """
    stands = session.stands
    gained: dict[UUID, tuple[TreatmentSession, list[CheckIn]]] = {}
    for row in _list_loose(session, patient.id) if stands else checkins.list_rows_of(session.id):
        meant = sessions.find_meant(patient.id, row.recorded_at)
        if stands and meant is not session:
            continue
        checkins.credit(row, meant.id if meant else None, patient.sync_seq)
        trail.record_deed(actor, Action.UPDATE, "check_in", row.id, now, patient.id)
        if meant is not None:
            gained.setdefault(meant.id, (meant, []))[1].append(row)
    for gaining, rows in gained.values():
        _hear(gaining, rows, patient, now)
    return [gaining for gaining, _ in gained.values()]


def hear_anew(
    actor: Actor, session: TreatmentSession, patient: PatientFacts, now: datetime
) -> Sequence[TreatmentSession]:
    """Let a session that was moved or taken back gain or lose what was said, and answer its tasks by what it has."""
    gained = credit_anew(actor, session, patient, now)
    answer_by_what_was_said(session, patient)
    return gained


def _list_loose(session: TreatmentSession, patient_id: UUID) -> Sequence[CheckIn]:
    """Return what was said since a session's end and hangs on no session, or on the one before by default only."""
    before = sessions.list_standing(patient_id, 0, (session.ended_at, session.id))
    return checkins.list_loose(patient_id, session.ended_at, before[0].id if before else None)


def _hear(session: TreatmentSession, rows: Sequence[CheckIn], patient: PatientFacts, now: datetime) -> None:
    """Let a session know what it gained: answers to its checks, and where each stands on its expected course."""
    reminders.withdraw_answered(answer_by_what_was_said(session, patient), patient, now)
    gaining = followed(session)
    answers = JudgedAnswers(gaining, read_session_answers(patient.id, gaining), found={})
    for row in rows:
        row.course_position = answers.position(row.soreness, row.recorded_at)
    if any(row.answers_checks for row in rows):
        missed_checks.note_answered(answers.facts, Evidence(patient, session.id, now))
