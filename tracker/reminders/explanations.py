"""The course of one reminder, gathered and told for the patient it was for and who looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.delivery import operations
from tracker.delivery.models import Dispatch
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.reminders import service as reminders
from tracker.reminders.rules.explanation import Link, explain
from tracker.reminders.sentences import say_link, why_asked
from tracker.reminders.snooze import FIRST_FREE
from tracker.reminders.standing import find_session_of, kind_of, step_of
from tracker.translation import translate


@dataclass(frozen=True, slots=True)
class ToldLink:
    """One thing that happened to a reminder, as a sentence and as data."""

    sentence: str
    kind: str
    at: datetime
    reason: str | None
    until: datetime | None
    channel: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole chain, each link with its sentence, in the words of one time zone and language."""

    reminder_id: UUID
    time_zone: str
    summary: str
    links: Sequence[ToldLink]


def explain_reminder(patient: PatientFacts, reminder_id: UUID, locale: str) -> Explanation:
    """Return the whole course of a patient's reminder in the reader's language; raises NotFound."""
    row = reminders.get_reminder_of(patient.id, reminder_id)
    name = row.time_zone or patient.time_zone
    why, here = _why(row, locale), zone(name)
    chain = explain(row, operations.list_moves(row.id), operations.list_tries([row.id])[row.id])
    links = [_tell(link, say_link(link, why, here, locale)) for link in chain]
    summary = " ".join(link.sentence for link in (links[0], *links[1:][-1:]))
    return Explanation(reminder_id=row.id, time_zone=name, summary=summary, links=links)


def _tell(link: Link, sentence: str) -> ToldLink:
    return ToldLink(sentence, link.kind, link.at, link.reason, link.until, link.channel, link.outcome)


def _why(row: Dispatch, locale: str) -> str:
    if asks := kind_of(row).asks:
        return translate(asks, locale)
    if row.occurrence >= FIRST_FREE:
        return translate("the moment until which the patient put it off", locale)
    step = step_of(row, find_session_of(row))
    return why_asked(step, locale, is_repeat=step.is_repeat(row.occurrence))
