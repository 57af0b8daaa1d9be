"""What every deed leaves behind: a row in the audit trail, in the same transaction."""

from datetime import datetime
from uuid import UUID

from tracker.audit import service as audit
from tracker.people import patients
from tracker.people.accounts import hold_account
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Action, Actor


def record_deed(
    actor: Actor,
    action: Action,
    kind: str,
    resource_id: UUID | None,
    now: datetime,
    patient_id: UUID | None = None,
    after: tuple[int, bytes] | None = None,
) -> None:
    """Write down a change; the caller holds the lock of the patient it concerns, if it concerns one."""
    if patient_id is None:
        hold_account(actor.account_id)  # two deeds at once must not take the same place in its chain
    audit.record(
        action,
        kind,
        resource_id,
        actor_id=actor.account_id,
        actor_role=actor.role,
        now=now,
        patient_id=patient_id,
        after=after,
    )


def record_sign_in(account_id: UUID, now: datetime) -> None:
    """Write down that an account signed in with its password."""
    account = hold_account(account_id)
    audit.record(Action.SIGN_IN, "account", account_id, actor_id=account_id, actor_role=account.role, now=now)


def read_patient(
    actor: Actor, named: UUID | None, kind: str, resource_id: UUID | None, now: datetime
) -> PatientFacts:
    """Return whose record is read: the caller's own, or that of whom staff name, which leaves a trace.

    Raises NotFound for who may not be seen.
    """
    patient = patients.get_visible_patient(actor, patients.own_patient_id(actor, named))
    record_read(actor, kind, resource_id, now, patient.id)
    return patient


def record_read(actor: Actor, kind: str, resource_id: UUID | None, now: datetime, patient_id: UUID) -> None:
    """Write down that staff read a patient's record; patients read their own without a trace."""
    if actor.is_staff:
        patients.hold_patient(patient_id)
        record_deed(actor, Action.READ, kind, resource_id, now, patient_id)
