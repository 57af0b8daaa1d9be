"""What a therapist should have read before the next visit, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.appointments import service as appointments
from tracker.appointments.models import Appointment
from tracker.checkins import service as checkins
from tracker.errors import NotFound
from tracker.outcomes.history import History
from tracker.outcomes.rules.session_outcome import Point
from tracker.outcomes.trajectories import SessionResult, read_results
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.sessions import service as sessions

# The last one and the three it is compared with.
SESSIONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Remark:
    """A patient's own words: a note, or a wish to be contacted."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """One appointment, what was disclosed before it and before the last one, and the sessions until then."""

    appointment: Appointment
    disclosed_before: Appointment | None
    patient: PatientFacts
    results: Sequence[SessionResult]  # newest first
    remarks: Sequence[Remark]

    @property
    def has_news(self) -> bool:
        """Say whether medicines or conditions read differently from last time."""
        now, before = self.appointment, self.disclosed_before
        return (now.medicines or "", now.conditions or "") != (
            (before.medicines or "", before.conditions or "") if before else ("", "")
        )


def read_summary(actor: Actor, appointment_id: UUID, now: datetime) -> VisitSummary:
    """Return the summary of a visit to whom it is with, their cover, and who may see the patient.

    Raises NotFound.
    """
    appointment = appointments.find_appointment(appointment_id)
    patient = patients.find_patient(appointment.patient_id) if appointment else None
    if appointment is None or patient is None:
        raise NotFound
    if appointment.therapist_id not in actor.answers_for:
        patient = patients.get_visible_patient(actor, patient.id)
    until = min(now, appointment.starts_at)
    chosen = sessions.list_standing(patient.id, SESSIONS_SHOWN - 1, None, until)
    results = read_results(chosen, now, with_alerts=True)
    before = appointments.find_disclosed_before(appointment)
    remarks = _remarks(patient.id, results[0].history if results else None)
    return VisitSummary(appointment, before, patient, results, remarks)


def _remarks(patient_id: UUID, last: History | None) -> list[Remark]:
    """Return what the patient wrote since the last session, oldest first."""
    since = last.session.ended_at if last else None
    notes = _notes(last.points) if last else []
    wishes = [
        Remark(wish.requested_at, wish.kind, wish.message or "")
        for wish in checkins.list_contact_requests(patient_id, since)
    ]
    return sorted([*notes, *wishes], key=lambda remark: remark.at)


def _notes(points: Sequence[Point]) -> list[Remark]:
    return [Remark(point.recorded_at, "note", note) for point in points if (note := point.said.get("note"))]
