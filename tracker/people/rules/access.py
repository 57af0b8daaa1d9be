"""Who may do what: one table of roles and permissions, answerable without a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID


class Role(StrEnum):
    """What an account is."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    CLINIC_ADMIN = "clinic_admin"  # runs the practice and sees no record
    SERVICE = "service"  # an external reminder worker of one clinic


# Whom a clinic employs.
STAFF = (Role.THERAPIST, Role.CLINIC_ADMIN)


class Action(StrEnum):
    """What was done, as the audit trail names it."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SIGN_IN = "sign_in"


class Permission(StrEnum):
    """What an operation asks of its caller's role; which rows they reach is asked of the row."""

    USE_OWN_ACCOUNT = "use_own_account"
    READ_HOME = "read_home"
    SET_REMINDER_PREFERENCES = "set_reminder_preferences"
    GIVE_CONSENT = "give_consent"
    SYNC = "sync"
    INVITE_PEOPLE = "invite_people"
    READ_CASELOAD = "read_caseload"
    READ_PATIENT = "read_patient"
    RECORD_SESSION = "record_session"
    READ_SESSIONS = "read_sessions"
    LOG_CHECK_IN = "log_check_in"
    READ_CHECK_INS = "read_check_ins"
    DELETE_CHECK_IN = "delete_check_in"
    REPORT_RED_FLAG = "report_red_flag"
    REQUEST_CONTACT = "request_contact"
    READ_SAFETY_TEXTS = "read_safety_texts"
    READ_APPOINTMENTS = "read_appointments"
    BOOK_APPOINTMENTS = "book_appointments"
    CHANGE_APPOINTMENTS = "change_appointments"  # what of them, the row says: a patient only answers
    PREPARE_APPOINTMENTS = "prepare_appointments"
    READ_REMINDERS = "read_reminders"
    ANSWER_REMINDERS = "answer_reminders"
    HANDLE_ALERTS = "handle_alerts"
    PREVIEW_REMINDERS = "preview_reminders"
    DELIVER_REMINDERS = "deliver_reminders"
    READ_CLINIC = "read_clinic"
    PLAN_LEAVE = "plan_leave"  # their own; everybody's for who administers
    ADMINISTER_CLINIC = "administer_clinic"
    READ_SAFETY_NUMBERS = "read_safety_numbers"  # counts of the whole clinic, nobody's record


_EVERYONE = {Permission.USE_OWN_ACCOUNT, Permission.READ_SAFETY_TEXTS}
_CARE_RECORD = {
    Permission.READ_PATIENT,
    Permission.READ_SESSIONS,
    Permission.LOG_CHECK_IN,
    Permission.READ_CHECK_INS,
    Permission.READ_APPOINTMENTS,
    Permission.CHANGE_APPOINTMENTS,
    Permission.READ_REMINDERS,
    Permission.PREVIEW_REMINDERS,
}

_STAFF = {
    Permission.READ_CLINIC,
    Permission.PLAN_LEAVE,
    Permission.ADMINISTER_CLINIC,
    Permission.READ_SAFETY_NUMBERS,
}
# Of those who hold it by their role, only whose account administers may use it.
_NEEDS_OFFICE = frozenset({Permission.ADMINISTER_CLINIC})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PATIENT: frozenset(
        _EVERYONE
        | _CARE_RECORD
        | {
            Permission.READ_HOME,
            Permission.SET_REMINDER_PREFERENCES,
            Permission.GIVE_CONSENT,
            Permission.SYNC,
            Permission.DELETE_CHECK_IN,
            Permission.REPORT_RED_FLAG,
            Permission.REQUEST_CONTACT,
            Permission.PREPARE_APPOINTMENTS,
            Permission.ANSWER_REMINDERS,
        }
    ),
    Role.THERAPIST: frozenset(
        _EVERYONE
        | _CARE_RECORD
        | _STAFF
        | {
            Permission.INVITE_PEOPLE,
            Permission.READ_CASELOAD,
            Permission.RECORD_SESSION,
            Permission.BOOK_APPOINTMENTS,
            Permission.HANDLE_ALERTS,
        }
    ),
    Role.CLINIC_ADMIN: frozenset(_EVERYONE | _STAFF),
    Role.SERVICE: frozenset({Permission.DELIVER_REMINDERS}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in caller: facts of the account, never a row."""

    account_id: UUID
    role: Role
    clinic_id: UUID
    patient_id: UUID | None
    token_family_id: UUID
    is_last_resort: bool
    administers: bool = False
    stands_in_for: frozenset[UUID] = frozenset()  # who is not there, while the caller is next in line
    entrusted: frozenset[UUID] = frozenset()  # patients of whom the caller owns an unfinished alert

    def may(self, permission: Permission) -> bool:
        """Say whether this caller's role holds the permission, and their account the office it needs."""
        held = permission in PERMISSIONS[self.role]
        return held and (self.administers or permission not in _NEEDS_OFFICE)

    @property
    def is_patient(self) -> bool:
        """Say whether the caller is in care, so that all they ask is about themselves."""
        return self.role is Role.PATIENT

    @property
    def is_staff(self) -> bool:
        """Say whether the caller is anybody else: what they read of a patient leaves a trail."""
        return not self.is_patient

    @property
    def sees_whole_clinic(self) -> bool:
        """Say whether every patient of the clinic is the caller's to see: for its owner of last resort."""
        return self.role is Role.THERAPIST and self.is_last_resort

    @property
    def answers_for(self) -> frozenset[UUID]:
        """Return whose patients the caller sees: their own, and those of whom they stand in for now."""
        return self.stands_in_for | {self.account_id} if self.role is Role.THERAPIST else frozenset()


# Whose id the facts of a patient have to be among; all of them together make one way to see that patient.
Sight = Mapping[Literal["id", "clinic_id", "therapist_id"], frozenset[UUID]]


def sights_of(actor: Actor) -> tuple[Sight, ...]:
    """Return every way in which a caller sees patients: their own record; or, at their clinic, who is theirs.

    Theirs are all for who sees the whole clinic, else the patients whom, or whose alert, they answer for. This is
    the one place that says so: a patient at hand (``may_see``) and a query (``visible_patients``) both follow it.
    """
    if actor.is_patient:
        return ({"id": frozenset({actor.patient_id})},) if actor.patient_id else ()
    here: Sight = {"clinic_id": frozenset({actor.clinic_id})}
    if actor.sees_whole_clinic:
        return (here,)
    return ({**here, "therapist_id": actor.answers_for}, {**here, "id": actor.entrusted})


def may_see(actor: Actor, *, patient_id: UUID, clinic_id: UUID, therapist_id: UUID) -> bool:
    """Say whether a caller sees the patient of whom these are the facts."""
    facts = {"id": patient_id, "clinic_id": clinic_id, "therapist_id": therapist_id}
    return any(all(facts[name] in wanted for name, wanted in way.items()) for way in sights_of(actor))
