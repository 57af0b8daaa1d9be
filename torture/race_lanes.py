"""What a race is run for: patients with one due reminder each, and the four ways in which it is withdrawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from tests.cast import Cast
from tests.support.keys import new_key
from tracker import ids
from tracker.checkins.rules.bodies import CheckInBody
from tracker.db import db, transaction
from tracker.delivery.models import DeliveryAttempt, Dispatch, DispatchMove
from tracker.delivery.vocabulary import State
from tracker.people.models import Patient
from tracker.people.rules.access import Actor
from tracker.people.rules.bodies import ConsentBody, PreferencesBody
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, REQUIRED_CONSENTS
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.recovery import check_ins, participation, preferences, sessions
from tracker.sessions.models import PlanTask, TreatmentSession

# 13:00 in Berlin: nothing but the withdrawal keeps a reminder from leaving.
NOON = datetime.fromisoformat("2026-03-03T12:00:00+00:00")
QUIET_ALL_DAY: PreferencesBody = {
    "quiet_hours": {"enabled": True, "starts": "09:00", "ends": "20:00"},
    "opted_in": [],
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One patient, whose reminder for the first check is due now."""

    patient: Actor
    therapist: Actor
    session_id: UUID
    dispatch_id: UUID

    @property
    def patient_id(self) -> UUID:
        assert self.patient.patient_id is not None
        return self.patient.patient_id


def lay(cast: Cast, count: int) -> list[Lane]:
    """Make so many new patients of Tilda's, each with a session of yesterday, an open check and its reminder."""
    lanes = [
        Lane(replace(cast.pia.actor, patient_id=ids.new_id()), cast.tilda.actor, ids.new_id(), ids.new_id())
        for _ in range(count)
    ]
    tasks = {lane.dispatch_id: ids.new_id() for lane in lanes}
    reminders = [_reminder(lane, tasks[lane.dispatch_id]) for lane in lanes]
    for behind, reminder in enumerate(reversed(reminders)):
        reminder["next_attempt_at"] -= timedelta(milliseconds=behind)  # they leave in the order of the lanes
    with transaction():
        db.session.execute(insert(Patient), [_patient(lane) for lane in lanes])
        db.session.execute(insert(TreatmentSession), [_session(lane) for lane in lanes])
        db.session.execute(insert(PlanTask), [_task(lane, tasks[lane.dispatch_id]) for lane in lanes])
        db.session.execute(insert(Dispatch), reminders)
    return lanes


def clear(lanes: list[Lane]) -> None:
    """Remove the reminders, so that later rounds are not about them."""
    which = [lane.dispatch_id for lane in lanes]
    with transaction():
        for table in (DeliveryAttempt, DispatchMove):
            db.session.execute(delete(table).where(table.dispatch_id.in_(which)))
        db.session.execute(delete(Dispatch).where(Dispatch.id.in_(which)))


def log(lane: Lane, now: datetime) -> None:
    """The patient answers the check that the reminder asks for."""
    said: CheckInBody = {"recorded_at": now, "time_zone": "Europe/Berlin", "soreness": 2, "red_flags": []}
    check_ins.log_check_in(lane.patient, lane.patient_id, new_key(), said, now)


def cancel(lane: Lane, now: datetime) -> None:
    """The therapist finds that the session was entered in error."""
    sessions.correct_session(lane.therapist, lane.session_id, 1, {"status": "entered_in_error"}, now)


def withdraw_consent(lane: Lane, now: datetime) -> int:
    """The patient withdraws consent; returns how many reminders are said to be on their way."""
    said: ConsentBody = {
        "kind": min(REQUIRED_CONSENTS),
        "document_version": CONSENT_DOCUMENT_VERSION,
        "status": "withdrawn",
    }
    *_, in_flight = participation.record_consent(lane.patient, new_key(), said, now)
    return in_flight


def make_quiet(lane: Lane, now: datetime) -> None:
    """The patient asks for rest at this hour."""
    preferences.replace_preferences(lane.patient, 1, QUIET_ALL_DAY, now)


WITHDRAWALS: Mapping[str, Callable[[Lane, datetime], int | None]] = {
    "log": log,
    "cancel": cancel,
    "consent": withdraw_consent,
    "quiet": make_quiet,
}


def attempts_of(lanes: list[Lane]) -> dict[UUID, set[UUID]]:
    """Return the hand-overs of each lane's reminder, as this transaction sees them."""
    found: dict[UUID, set[UUID]] = {lane.dispatch_id: set() for lane in lanes}
    statement = select(DeliveryAttempt.dispatch_id, DeliveryAttempt.id)
    for row in db.session.execute(statement.where(DeliveryAttempt.dispatch_id.in_(found))):
        found[row.dispatch_id].add(row.id)
    return found


def open_among(lanes: list[Lane]) -> int:
    """Return how many reminders have not ended."""
    which = [lane.dispatch_id for lane in lanes]
    return len(
        db.session.scalars(
            select(Dispatch.id).where(Dispatch.id.in_(which), Dispatch.ended_at.is_(None))
        ).all()
    )


def _patient(lane: Lane) -> dict[str, Any]:
    return {
        "id": lane.patient_id,
        "clinic_id": lane.therapist.clinic_id,
        "therapist_id": lane.therapist.account_id,
        "display_name": "P",
        "email": f"{lane.dispatch_id}@home.example",
        "status": "active",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "quiet_enabled": False,
        "consents_granted": sorted(REQUIRED_CONSENTS),
        "created_at": NOON,
        "activated_at": NOON,
    }


def _session(lane: Lane) -> dict[str, Any]:
    return {
        "id": lane.session_id,
        "clinic_id": lane.therapist.clinic_id,
        "patient_id": lane.patient_id,
        "therapist_id": lane.therapist.account_id,
        "modality": "dry_needling",
        "technique": "deep",
        "body_areas": [{"region": "lower_back", "side": "left"}],
        "ended_at": NOON - timedelta(hours=24),
        "time_zone": "Europe/Berlin",
        "post_care": [],
        "co_interventions": [],
        "baseline_soreness": 2,
        "status": "completed",
        "protocol_key": STANDARD_AFTERCARE.key,
        "protocol_version": STANDARD_AFTERCARE.version,
        "generation": 1,
        "version": 1,
        "sync_seq": 0,
        "created_at": NOON,
        "updated_at": NOON,
        "created_by_id": lane.therapist.account_id,
        "idempotency_key": new_key(),
        "body_hash": bytes(32),
    }


def _task(lane: Lane, task_id: UUID) -> dict[str, Any]:
    return {
        "id": task_id,
        "session_id": lane.session_id,
        "patient_id": lane.patient_id,
        "key": "check_24h",
        "kind": "soreness_check",
        "opens_at": NOON - timedelta(hours=4),
        "due_at": NOON,
        "closes_at": NOON + timedelta(hours=12),
        "status": "open",
        "sync_seq": 0,
    }


def _reminder(lane: Lane, task_id: UUID) -> dict[str, Any]:
    return {
        "id": lane.dispatch_id,
        "purpose": "reminder",
        "audience": "patient",
        "anchor_kind": "session",
        "anchor_id": lane.session_id,
        "step_key": "check_24h",
        "occurrence": 0,
        "generation": 1,
        "clinic_id": lane.therapist.clinic_id,
        "patient_id": lane.patient_id,
        "plan_task_id": task_id,
        "nominal_at": NOON,
        "due_at": NOON,
        "not_before": NOON - timedelta(hours=4),
        "not_after": NOON + timedelta(hours=12),
        "planned_because": "on_time",
        "state": State.SCHEDULED,
        "next_attempt_at": NOON,
        "created_at": NOON,
    }
