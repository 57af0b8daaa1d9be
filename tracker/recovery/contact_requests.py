"""A patient who asks to be contacted, or has a worry nobody asked about: told to a person, answered at once."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from tracker import idempotency
from tracker.alerts.assessments import raise_contact_request
from tracker.alerts.service import Evidence
from tracker.checkins import service as checkins
from tracker.checkins.models import ContactRequest
from tracker.checkins.rules import moments
from tracker.checkins.rules.bodies import ContactRequestBody
from tracker.people import patients, trail
from tracker.people.rules.access import Action, Actor
from tracker.recovery.consequences.advice import answer_request
from tracker.sessions import service as sessions


def request_contact(
    actor: Actor, patient_id: UUID, key: str, values: ContactRequestBody, now: datetime
) -> tuple[ContactRequest, bool]:
    """Take a request and tell the therapist; return it with its advice and whether this key had sent it before.

    It needs no consent: who asks for help gets an answer. Raises NotFound, Invalid for another body under the key.
    """
    patient = patients.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(ContactRequest, actor.account_id, key, body_hash)
    if known is not None:
        return known, True
    time = moments.clamp_clock(values["requested_at"], values.get("sent_at"), now)
    session = sessions.find_meant(patient.id, time.at)
    session_id = session.id if session else None
    can_wait = values.get("can_wait")
    request = checkins.add_contact_request(
        {
            "patient_id": patient.id,
            "session_id": session_id,
            "kind": values["kind"],
            "can_wait": can_wait,
            "message": values.get("message"),
            "callback_phone": values.get("callback_phone"),
            "requested_at": time.at,
            "received_at": now,
            "clock_quality": time.quality.value,
            "time_zone": values["time_zone"],
            "alert_id": None,
            "advice": asdict(answer_request(patient, bool(can_wait), now)),
            "created_by_id": actor.account_id,
            "idempotency_key": key,
            "body_hash": body_hash,
        }
    )
    evidence = Evidence(patient, session_id, now, contact_request_id=request.id)
    # Unanswered, the question whether it can wait counts as no.
    alert = raise_contact_request(time.at, bool(can_wait), _remarks(values), evidence)
    request.alert_id = alert.id if alert else None
    trail.record_deed(actor, Action.CREATE, "contact_request", request.id, now, patient.id)
    return request, False


def _remarks(values: ContactRequestBody) -> dict[str, str]:
    """Return the patient's own words and number, as an alert shows them."""
    words = {"note": values.get("message"), "callback_phone": values.get("callback_phone")}
    return {"kind": values["kind"]} | {name: said for name, said in words.items() if said}
