"""The therapist's first screen: every patient, the one who needs them most first."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import current_app

from tracker import clock
from tracker.api.cursors import Page, PageParameters, decode, page
from tracker.api.schemas.caseload import CaseloadPageView
from tracker.api.schemas.common import PageQuery
from tracker.api.wire import Blueprint, Shown
from tracker.db import transaction
from tracker.delivery.health import worker_health
from tracker.outcomes.caseload import CaseloadRow, list_caseload, rows_after
from tracker.people import staff, trail
from tracker.people.rules.access import Action, Actor, Permission

blueprint = Blueprint("caseload", "A therapist's patients in triage order.")


class _Place(NamedTuple):
    started_at: datetime
    order: str
    patient_id: UUID


@blueprint.operation(
    "listCaseload",
    "GET",
    "/v1/caseload",
    Permission.READ_CASELOAD,
    query=PageQuery,
    returns=CaseloadPageView,
    conditional=True,
)
def list_patients(actor: Actor, query: PageParameters) -> Page[dict[str, object]] | dict[str, object]:
    """List the caller's patients in triage order, emergencies first; the reasons of the order are in the rows."""
    after = decode(query.get("cursor"), _Place)
    now = clock.now()
    with transaction():
        rows = list_caseload(actor, current_app.extensions["channels"], now)
        health = worker_health(now)
        told = actor.administers or actor.is_last_resort
        expired = staff.list_expired(actor.clinic_id, now) if told else ()
        trail.record_deed(actor, Action.READ, "caseload", None, now)
    delayed = health.late_by_minutes if health.is_degraded else None
    ranks = {row.patient.id: rank for rank, row in enumerate(rows, start=1)}
    started_at = after.started_at if after else now
    shown = page(
        rows_after(rows, (after.order, after.patient_id), started_at) if after else rows,
        query["limit"],
        lambda row: _view(row, ranks[row.patient.id], delayed),
        lambda row: (started_at, *row.place),
    )
    return {**shown, "expired_licences": [Shown(member, member_id=member.id) for member in expired] or None}


def _view(row: CaseloadRow, rank: int, delayed: int | None) -> dict[str, object]:
    session, latest, visit = row.last_session, row.latest, row.next_appointment
    return {
        "patient": {"id": row.patient.id, "display_name": row.patient.display_name},
        "triage_rank": rank,
        "triage_reasons": list(row.triage.reasons),
        "triage_explanation": row.triage_explanation,
        "course_position": row.facts.course_position,
        "alert_settling": row.facts.alert_settling,
        "alert_snoozed": row.facts.alert_snoozed,
        "severe_side_effect": row.facts.severe_side_effect,
        "open_alert_count": row.open_alert_count,
        "highest_open_severity": row.highest_open_severity,
        "overdue_check_in_count": row.overdue_check_in_count,
        "soreness_trend": row.soreness_trend,
        "heard": row.heard,
        "last_session_id": session.id if session else None,
        "last_session_ended_at": session.ended_at if session else None,
        "latest_soreness": latest.soreness if latest else None,
        "latest_stiffness": latest.stiffness if latest else None,
        "next_appointment_at": visit.starts_at if visit else None,
        "next_appointment_id": visit.id if visit else None,
        "medicines": visit.medicines if visit else None,
        "conditions": visit.conditions if visit else None,
        "latest_check_in_at": latest.recorded_at if latest else None,
        "reminders_delayed_minutes": delayed,
    }
