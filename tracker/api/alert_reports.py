"""Whether a clinic's alerts are worth their interruption."""

from dataclasses import asdict
from uuid import UUID

from tracker import clock
from tracker.alerts import report
from tracker.api.schemas.alert_reports import AlertReportParameters, AlertReportQuery, AlertReportView
from tracker.api.wire import Blueprint
from tracker.db import transaction
from tracker.errors import NotFound, Refused
from tracker.people import trail
from tracker.people.rules.access import Action, Actor, Permission

blueprint = Blueprint("alert-reports", "Whether a clinic's alerts are worth their interruption.")


@blueprint.operation(
    "getAlertReport",
    "GET",
    "/v1/clinics/<clinic_id>/alert-report",
    Permission.READ_CLINIC,
    query=AlertReportQuery,
    returns=AlertReportView,
)
def get_alert_report(actor: Actor, clinic_id: UUID, query: AlertReportParameters) -> dict[str, object]:
    """Count a period's alerts by rule and therapist, for who administers the clinic or is its last resort."""
    if not (actor.administers or actor.is_last_resort):
        raise Refused("Only those who administer the clinic, or own what nobody else owns, may read this.")
    if clinic_id != actor.clinic_id:
        raise NotFound
    with transaction():
        found = report.report(clinic_id, query["raised_from"], query["raised_to"])
        trail.record_deed(actor, Action.READ, "alert_report", None, clock.now())
    days = found.patient_days
    return {
        "alert_count": found.alert_count,
        "patient_days": round(days, 1),
        "alerts_per_100_patient_days": round(100 * found.alert_count / days, 2) if days else None,
        "rules": [asdict(rule) for rule in found.rules],
        "therapists": [asdict(load) for load in found.loads],
    }
