"""What a prompt hangs on, which step it is, and whether it still stands: one line for each kind of anchor."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import select

from tracker.appointments.rules.scheduling import LIVE
from tracker.checkins.models import CheckIn
from tracker.db import db
from tracker.delivery.vocabulary import Anchor
from tracker.local_time.windows import elapsed
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import SECOND_ANSWER, STANDARD_AFTERCARE, Step
from tracker.protocols.tasks import StoredStatus
from tracker.reminders.rules.due import StandingFacts
from tracker.sessions import service as sessions
from tracker.sessions.models import TreatmentSession
from tracker.sessions.vocabulary import SessionStatus


class PromptColumns(Protocol):
    """What tells of a prompt whether it stands: a row of dispatch, or these columns of one."""

    anchor_kind: str
    anchor_id: UUID
    step_key: str
    occurrence: int
    generation: int
    nominal_at: datetime
    not_before: datetime
    not_after: datetime
    snoozed_until: datetime | None


class AnchorColumns(Protocol):
    """What tells of an anchor whether its prompts stand: a row, or these columns of one."""

    status: str
    generation: int


def _session_of_check_in(check_in_id: UUID) -> TreatmentSession | None:
    session_id = db.session.scalar(select(CheckIn.session_id).where(CheckIn.id == check_in_id))
    return sessions.find_session(session_id) if session_id else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """What holds for every prompt that hangs on one kind of anchor."""

    # In which states of its anchor it stands; empty: in all, whatever the patient has withdrawn.
    stands_while: Set[str] = frozenset()
    # The session that it asks about, by the anchor's id; None: it asks about none.
    find_session: Callable[[UUID], TreatmentSession | None] | None = None
    # The step that it is, where no protocol holds it.
    step: Step | None = None
    may_be_put_off: bool = True
    # How long after its last moment the page behind its link takes an answer; None: it never does.
    answerable_for: timedelta | None = None
    # When it asks, in English, where that is not the hour of a step.
    asks: str | None = None


KINDS = {
    Anchor.SESSION: KindRow(
        stands_while={SessionStatus.COMPLETED},
        find_session=sessions.find_session,
        answerable_for=timedelta(0),
    ),
    Anchor.CHECK_IN: KindRow(
        stands_while={SessionStatus.COMPLETED},
        find_session=_session_of_check_in,
        step=SECOND_ANSWER,
        may_be_put_off=False,
        answerable_for=timedelta(hours=6),  # a pair may be 30 h apart
        asks="a few hours after an answer that a second one makes clear",
    ),
    Anchor.EMERGENCY: KindRow(may_be_put_off=False, asks="15 minutes after a warning sign was reported"),
    Anchor.APPOINTMENT: KindRow(stands_while=LIVE),
}
ALWAYS_ASKED = frozenset(anchor for anchor, kind in KINDS.items() if not kind.stands_while)


def kind_of(prompt: PromptColumns) -> KindRow:
    """Return what holds for a reminder by what it hangs on."""
    return KINDS[Anchor(prompt.anchor_kind)]


def standing(
    prompt: PromptColumns, step: Step, patient: PatientFacts, *, stands: bool, task_status: str | None = None
) -> StandingFacts:
    """Return what a prompt's row, its patient and its task tell of it."""
    exempt = elapsed(prompt.nominal_at, step.quiet_exempt_minutes) if step.quiet_exempt_minutes else None
    return StandingFacts(
        step=step,
        occurrence=prompt.occurrence,
        not_before=prompt.not_before,
        not_after=prompt.not_after,
        quiet=patient.quiet,
        zone=zone(patient.time_zone),
        exempt_until=exempt,
        session_stands=stands,
        consent_given=patient.consents,
        patient_active=patient.is_active,
        routine_paused=patient.routine_paused_at is not None,
        opted_in=step.key in patient.opted_in,
        task_completed=task_status not in (None, StoredStatus.OPEN),
        snoozed=prompt.snoozed_until is not None,
    )


def stands(prompt: PromptColumns, anchor: AnchorColumns | None) -> bool:
    """Say whether its anchor is there, and has neither ended nor moved since this prompt was planned."""
    if anchor is None or anchor.status not in kind_of(prompt).stands_while:
        return False
    return prompt.generation == anchor.generation


def find_session_of(prompt: PromptColumns) -> TreatmentSession | None:
    """Return the session that a reminder asks about, or None."""
    find = kind_of(prompt).find_session
    return find(prompt.anchor_id) if find else None


def step_of(prompt: PromptColumns, session: TreatmentSession | None) -> Step:
    """Return the step that a reminder asks for: that of its session's protocol, or of the standard one."""
    protocol = sessions.protocol_of(session) if session is not None else STANDARD_AFTERCARE
    return kind_of(prompt).step or protocol.get_step(prompt.step_key)
