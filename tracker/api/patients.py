"""Patients: who they are."""

from typing import Any
from uuid import UUID

from tracker import clock
from tracker.api.schemas.patients import PatientView
from tracker.api.wire import Blueprint
from tracker.db import transaction
from tracker.people import patients, trail
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("patients", "The people in care.")

_SHOWN = ("id", "display_name", "status", "locale", "time_zone", "therapist_id", "version")


@blueprint.operation(
    "getPatient", "GET", "/v1/patients/<patient_id>", Permission.READ_PATIENT, returns=PatientView
)
def get_patient(actor: Actor, patient_id: UUID) -> Any:
    """Read one patient."""
    with transaction():
        patient = patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "patient", patient_id, clock.now(), patient_id)
    return view_patient(patient)


def view_patient(patient: patients.PatientFacts) -> dict[str, Any]:
    """Show a patient."""
    return {name: getattr(patient, name) for name in _SHOWN}
