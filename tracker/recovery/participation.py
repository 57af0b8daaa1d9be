"""A patient comes in, agrees, or takes it back; prompts start and stop with it."""

from datetime import datetime

from tracker.audit import service as audit
from tracker.people import invitations, patients, sign_in, trail
from tracker.people.models import Consent, Invitation
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor
from tracker.people.rules.bodies import ActivationBody, ConsentBody
from tracker.people.vocabulary import REQUIRED_CONSENTS, ConsentStatus
from tracker.recovery import appointments
from tracker.recovery.sessions import start_recent
from tracker.reminders import service as reminders


def activate(
    invitation: Invitation, values: ActivationBody, lives: sign_in.Lives, now: datetime
) -> sign_in.TokenPair:
    """Let an invited patient in and plan what still lies ahead of their sessions. Raises Gone, Conflict, Invalid."""
    tokens, repeated = invitations.activate(invitation, values, lives, now)
    if not repeated:
        assert invitation.patient_id is not None
        patient = patients.lock_patient(invitation.patient_id)
        _start(patient, now)
        audit.record(
            Action.SIGN_IN,
            "activation",
            invitation.id,
            actor_id=tokens.account_id,
            actor_role="patient",
            now=now,
            patient_id=patient.id,
        )
    return tokens


def record_consent(actor: Actor, key: str, values: ConsentBody, now: datetime) -> tuple[Consent, bool, int]:
    """Record what the caller says; a withdrawal cancels unsent reminders. Returns also how many are on their way."""
    patient = patients.lock_visible_patient(actor, patients.own_patient_id(actor, None))
    consent, repeated = patients.record_consent(patient, actor.account_id, key, values, now)
    in_flight = 0
    if not repeated:
        withdrawn = consent.status == ConsentStatus.WITHDRAWN and consent.kind in REQUIRED_CONSENTS
        if withdrawn:
            in_flight = reminders.cancel_for_want_of_consent(patient, now)
        again = patients.find_patient(patient.id)
        if again is not None and again.may_be_prompted and not patient.consents:
            _start(again, now)
        trail.record_deed(actor, Action.CREATE, "consent", consent.id, now, patient.id)
    return consent, repeated, in_flight


def _start(patient: PatientFacts, now: datetime) -> None:
    start_recent(patient, now)
    appointments.announce_ahead(patient, now)
