"""How one session went, and how all of a patient's sessions did, for the patient and who looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.alerts.facts.followed_session import followed
from tracker.alerts.facts.past_sessions import list_visits
from tracker.alerts.facts.session_answers import read_session_answers
from tracker.outcomes.history import History, read_histories
from tracker.outcomes.rules.session_outcome import Response, find_responses
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.protocols.expected_course import BandPoint, ExpectedCourse
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One session hour by hour; without a baseline of its own the one that earlier sessions settled at."""

    history: History
    baseline: int | None
    baseline_estimated: bool
    expected: ExpectedCourse
    band: Sequence[BandPoint]


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What one session came to, and how usual pain stood before it."""

    history: History
    response: Response


def read_trajectory(actor: Actor, session: TreatmentSession, now: datetime) -> Trajectory:
    """Return how a session went; its alerts for staff alone."""
    history = read_histories(session.patient_id, [session], now, with_alerts=actor.is_staff)[0]
    looked_at = followed(session)
    facts, published = read_session_answers(session.patient_id, looked_at).facts, looked_at.published
    band = published.band(facts.baseline_soreness)
    return Trajectory(history, facts.baseline_soreness, facts.baseline_estimated, published.course, band)


def list_results(
    actor: Actor, patient: PatientFacts, limit: int, after: tuple[datetime, UUID] | None, now: datetime
) -> list[SessionResult]:
    """Return what a patient's standing sessions came to, newest first, one more than the limit."""
    chosen = sessions.list_standing(patient.id, limit, after)
    return read_results(chosen, now, with_alerts=actor.is_staff)


def read_results(
    chosen: Sequence[TreatmentSession], now: datetime, *, with_alerts: bool
) -> list[SessionResult]:
    """Return what these sessions of one patient came to, the newest standing first."""
    if not chosen:
        return []
    newest = chosen[0]
    visits = list_visits(newest.patient_id, newest.ended_at)
    found = find_responses([visit for _id, visit in visits], followed(newest).published.rule_set.thresholds)
    responses = {session_id: response for (session_id, _visit), response in zip(visits, found, strict=True)}
    histories = read_histories(newest.patient_id, chosen, now, with_alerts=with_alerts)
    return [SessionResult(history, responses[history.session.id]) for history in histories]
