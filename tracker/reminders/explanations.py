"""The course of one reminder, gathered and told for the patient it was for and who looks after them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from tracker.delivery import operations
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import STANDARD_AFTERCARE, Protocol
from tracker.reminders import service as reminders
from tracker.reminders.rules.explanation import explain
from tracker.reminders.sentences import say_link, why_asked
from tracker.reminders.snooze import FIRST_FREE
from tracker.sessions import service as sessions
from tracker.translation import translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole chain, each link with its sentence, in the words of one time zone and language."""

    reminder_id: UUID
    time_zone: str
    summary: str
    links: Sequence[dict[str, Any]]


def explain_reminder(patient: PatientFacts, reminder_id: UUID, locale: str) -> Explanation:
    """Return the whole course of a patient's reminder in the reader's language; raises NotFound."""
    row = reminders.get_reminder_of(patient.id, reminder_id)
    name = row.time_zone or patient.time_zone
    why, here = _why(row, locale), zone(name)
    chain = explain(row, operations.list_moves(row.id), operations.list_tries([row.id])[row.id])
    links = [asdict(link) | {"sentence": say_link(link, why, here, locale)} for link in chain]
    summary = " ".join(link["sentence"] for link in (links[0], *links[1:][-1:]))
    return Explanation(reminder_id=row.id, time_zone=name, summary=summary, links=links)


def _why(row: Dispatch, locale: str) -> str:
    if row.anchor_kind == Anchor.EMERGENCY:
        return translate("15 minutes after a warning sign was reported", locale)
    if row.anchor_kind == Anchor.CHECK_IN:
        return translate("a few hours after an answer that a second one makes clear", locale)
    if row.occurrence >= FIRST_FREE:
        return translate("the moment until which the patient put it off", locale)
    step = _protocol(row).get_step(row.step_key)
    return why_asked(step, locale, is_repeat=step.is_repeat(row.occurrence))


def _protocol(row: Dispatch) -> Protocol:
    session = sessions.find_session(row.anchor_id)
    return sessions.protocol_of(session) if session is not None else STANDARD_AFTERCARE
