"""Invitations: a code lets one patient in, once; a lost answer can be repeated for ten minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_, update

from tracker import idempotency, ids
from tracker.clinics import service as clinics
from tracker.db import db
from tracker.errors import Conflict, Fault, Gone, Invalid, NotFound, NotSignedIn
from tracker.people import patients, sign_in
from tracker.people.accounts import hold_account, revoke_tokens
from tracker.people.models import Account, Invitation, Patient
from tracker.people.rules.access import Actor, Role
from tracker.people.rules.bodies import ActivationBody, ConsentBody, InvitationBody
from tracker.people.vocabulary import (
    REQUIRED_CONSENTS,
    ConsentStatus,
    InvitationKind,
    InvitationStatus,
    PatientStatus,
)

LIFE = timedelta(days=7)
REPLAY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation, and its code where it was made just now; a repeated request gets no code."""

    invitation: Invitation
    code: str | None


def invite(actor: Actor, key: str, values: InvitationBody, now: datetime) -> NewInvitation:
    """Invite a new patient, or one of the caller's patients again; raises Conflict for a pending address."""
    # Two requests with one key meet here: the second waits, then finds what the first made.
    if not hold_account(actor.account_id).active:
        raise NotSignedIn(
            "This token is not valid. Sign in again."
        )  # whoever left meanwhile gets no new patient
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(Invitation, actor.account_id, key, body_hash)
    if known is not None:
        return NewInvitation(known, None)
    patient_id = values.get("patient_id")
    if patient_id is not None:
        patient = patients.lock_visible_patient(actor, patient_id)
        _revoke_pending(patient_id)
        if values.get("address"):
            patients.change_patient(patient, {"email": _address(values)})
    else:
        _refuse_second(actor, _address(values), now)
        patient_id = _create_patient(actor, values, now)
    code = ids.new_code()
    invitation = Invitation(
        id=ids.new_id(),
        clinic_id=actor.clinic_id,
        kind=InvitationKind.PATIENT,
        display_name=values["display_name"],
        channel=values["channel"],
        address=_address(values),
        locale=values.get("locale") or clinics.get_clinic(actor.clinic_id).default_locale,
        patient_id=patient_id,
        status=InvitationStatus.PENDING,
        code_hash=ids.hash_secret(code),
        expires_at=now + LIFE,
        created_at=now,
        created_by_id=actor.account_id,
        idempotency_key=key,
        body_hash=body_hash,
    )
    db.session.add(invitation)
    db.session.flush()
    return NewInvitation(invitation, code)


def list_invitations(actor: Actor, limit: int, after: tuple[datetime, UUID] | None) -> Sequence[Invitation]:
    """Return invitations that this caller made, newest first, one more than the limit."""
    statement = select(Invitation).where(
        Invitation.clinic_id == actor.clinic_id, Invitation.created_by_id == actor.account_id
    )
    if after:
        statement = statement.where(tuple_(Invitation.created_at, Invitation.id) < tuple_(*after))
    order = (Invitation.created_at.desc(), Invitation.id.desc())
    return db.session.scalars(statement.order_by(*order).limit(limit + 1)).all()


def revoke(actor: Actor, invitation_id: UUID) -> Invitation:
    """End a pending invitation of the caller's; repeating it changes nothing. Raises NotFound, Conflict."""
    invitation = _lock(Invitation.id == invitation_id)
    if invitation is None or invitation.created_by_id != actor.account_id:
        raise NotFound
    if invitation.status == InvitationStatus.ACCEPTED:
        raise Conflict("This invitation was accepted already; it cannot be revoked.")
    invitation.status = InvitationStatus.REVOKED
    return invitation


def status_of(invitation: Invitation, now: datetime) -> str:
    """Return the status as the caller should see it: a pending one past its time has expired."""
    if invitation.status == InvitationStatus.PENDING and invitation.expires_at <= now:
        return "expired"
    return invitation.status


def code_is_over() -> Gone:
    """Return the refusal of every code that lets nobody in; unknown and used ones read alike, so none is probed."""
    return Gone(
        "This code is not valid any more. Ask your clinic for a new one.", code="activation_code_expired"
    )


def find_invitation(code: str) -> Invitation | None:
    """Return the invitation of a code, in whatever way a person typed it, locked with its patient; or None."""
    return _lock(Invitation.code_hash == ids.hash_secret(_letters(code)))


def activate(
    invitation: Invitation, values: ActivationBody, lives: sign_in.Lives, now: datetime
) -> tuple[sign_in.TokenPair, bool]:
    """Let the invited patient in; return their tokens and whether this repeats an earlier answer.

    Raises Gone for a code that is used or over, Conflict while the clinic is not ready or when the account was
    closed, Invalid without consents.
    """
    installation = values["installation_id"]
    seed = f"{_letters(values['code'])} {invitation.id} {installation}"
    if invitation.status == InvitationStatus.ACCEPTED:
        return _repeat(invitation, installation, seed, lives, now), True
    if invitation.status != InvitationStatus.PENDING or invitation.expires_at <= now:
        raise code_is_over()
    clinics.require_ready(clinics.get_clinic(invitation.clinic_id))
    _require_consents(values["consents"])
    assert invitation.patient_id is not None
    patient = patients.lock_patient(invitation.patient_id)
    account = _account_of(patient, invitation, values, now)
    for consent in values["consents"]:
        patients.record_consent(
            patient, account.id, f"activation {invitation.id} {consent['kind']}", consent, now
        )
        patient = patients.find_patient(patient.id) or patient
    invitation.status = InvitationStatus.ACCEPTED
    invitation.accepted_at = now
    invitation.accepted_installation = installation
    invitation.account_id = account.id
    patients.change_patient(
        patient,
        {
            "status": PatientStatus.ACTIVE,
            "locale": values["locale"],
            "time_zone": values["time_zone"],
            "activated_at": patient.activated_at or now,
        },
    )
    db.session.flush()
    return sign_in.issue(account.id, installation, lives, now, seed), False


def _account_of(
    patient: patients.PatientFacts, invitation: Invitation, values: ActivationBody, now: datetime
) -> Account:
    """Return the patient's account; on a new phone it is the one they had, and the old phone is signed out.

    Raises Conflict for an account that was closed.
    """
    account = db.session.scalars(select(Account).where(Account.patient_id == patient.id)).one_or_none()
    if account is not None:
        if not account.active:
            raise Conflict("Your account was closed. Ask your clinic.")
        revoke_tokens(account.id, now)
        return account
    account = Account(
        id=ids.new_id(),
        clinic_id=patient.clinic_id,
        role=Role.PATIENT,
        display_name=invitation.display_name,
        patient_id=patient.id,
        locale=values["locale"],
        time_zone=values["time_zone"],
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def _repeat(
    invitation: Invitation, installation: str, seed: str, lives: sign_in.Lives, now: datetime
) -> sign_in.TokenPair:
    fresh = invitation.accepted_at is not None and now - invitation.accepted_at <= REPLAY
    if not fresh or invitation.accepted_installation != installation or invitation.account_id is None:
        raise code_is_over()
    return sign_in.repeat(invitation.account_id, seed, lives)


def _require_consents(consents: Sequence[ConsentBody]) -> None:
    granted = {consent["kind"] for consent in consents if consent["status"] == ConsentStatus.GRANTED}
    missing = sorted(set(REQUIRED_CONSENTS) - granted)
    if missing:
        words = " and ".join(missing)
        raise Invalid(
            Fault("#/consents", "required", f"Logging needs these consents to be granted: {words}.")
        )
    if len({consent["kind"] for consent in consents}) < len(consents):
        raise Invalid(Fault("#/consents", "out_of_range", "Name each kind of consent once."))


def _create_patient(actor: Actor, values: InvitationBody, now: datetime) -> UUID:
    clinic = clinics.get_clinic(actor.clinic_id)
    patient = Patient(
        id=ids.new_id(),
        clinic_id=actor.clinic_id,
        therapist_id=actor.account_id,
        display_name=values["display_name"],
        email=_address(values),
        status=PatientStatus.INVITED,
        locale=values.get("locale") or clinic.default_locale,
        time_zone=clinic.time_zone,
        created_at=now,
    )
    db.session.add(patient)
    db.session.flush()
    return patient.id


def _lock(which: ColumnElement[bool]) -> Invitation | None:
    """Return an invitation with its patient's lock held, which always comes first; or None."""
    found = db.session.execute(select(Invitation.patient_id).where(which)).one_or_none()
    if found is None:
        return None
    if found.patient_id is not None:
        patients.hold_patient(found.patient_id)
    statement = select(Invitation).where(which).with_for_update()
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def _letters(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _address(values: InvitationBody) -> str | None:
    address = values.get("address")
    return address.strip().lower() if address else None


def _refuse_second(actor: Actor, address: str | None, now: datetime) -> None:
    if address is None:
        return
    pending = select(Invitation.id).where(
        Invitation.created_by_id == actor.account_id,  # whom a colleague invited is not this caller's to know
        Invitation.address == address,
        Invitation.status == InvitationStatus.PENDING,
        Invitation.expires_at > now,
    )
    if db.session.scalars(pending.limit(1)).first() is not None:
        raise Conflict("This address has a pending invitation; revoke it first.", code="invitation_exists")


def _revoke_pending(patient_id: UUID) -> None:
    pending = update(Invitation).where(
        Invitation.patient_id == patient_id, Invitation.status == InvitationStatus.PENDING
    )
    db.session.execute(pending.values(status=InvitationStatus.REVOKED))
