"""Patients: who they are."""

from uuid import UUID

from tracker import clock
from tracker.api.schemas.patients import PatientView
from tracker.api.wire import Blueprint
from tracker.db import transaction
from tracker.people import patients, trail
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor, Permission

blueprint = Blueprint("patients", "The people in care.")


@blueprint.operation(
    "getPatient", "GET", "/v1/patients/<patient_id>", Permission.READ_PATIENT, returns=PatientView
)
def get_patient(actor: Actor, patient_id: UUID) -> PatientFacts:
    """Read one patient."""
    with transaction():
        patient = patients.get_visible_patient(actor, patient_id)
        trail.record_read(actor, "patient", patient_id, clock.now(), patient_id)
    return patient
