"""The clinic's numbers and hours in the texts that patients read."""

import re
from dataclasses import dataclass

from tracker.safety.completeness import PLACEHOLDER
from tracker.safety.texts import SafetyTexts


@dataclass(frozen=True, slots=True)
class MonitoredTimes:
    """Whether somebody at the clinic looks now, in the reader's words: until when, or when the next time."""

    closes: str | None = None  # the local time, while somebody looks
    opens: str | None = None  # the day and time, while nobody does


@dataclass(frozen=True, slots=True)
class ClinicContact:
    """The clinic's numbers; any may be missing, and the advice still says what to do."""

    name: str | None = None
    phone: str | None = None
    emergency_number: str | None = None
    urgent_care_phone: str | None = None
    urgent_instructions: str | None = None
    watch: MonitoredTimes | None = None


def emergency_notice(texts: SafetyTexts) -> str:
    """Return the general emergency advice, for answers that know neither patient nor clinic."""
    return fill(texts.sentences["emergency_notice"], ClinicContact())


def watched_sentence(texts: SafetyTexts, clinic: ClinicContact, reply_by: str | None = None) -> str:
    """Say who looks at the answers and when, or that nobody does now; and whom to call instead."""
    said, watch = texts.sentences, clinic.watch
    if watch is None or "watched_now" not in said:
        return fill(said["watched"], clinic)
    parts = [said["watched_now" if watch.closes else "watched_later"]]
    if reply_by is not None:
        parts.insert(0, said["watched_reply"])
    return fill(" ".join(parts), clinic, reply_by=reply_by)


def aftercare_lines(
    texts: SafetyTexts,
    clinic: ClinicContact,
    alcohol_until: str | None,
    *,
    chest: bool = False,
    chest_check_late: bool = False,
) -> tuple[str, ...]:
    """Return the aftercare card; `alcohol_until` is a local day and time in words, None leaves it out."""
    shown = {"alcohol": alcohol_until is not None, "chest": chest, "chest_late": chest and chest_check_late}
    return tuple(
        fill(line, clinic, alcohol_until) for key, line in texts.aftercare.items() if shown.get(key, True)
    )


def fill(
    template: str, clinic: ClinicContact, alcohol_until: str | None = None, reply_by: str | None = None
) -> str:
    """Put the clinic's numbers in brackets where the text names them; a missing one leaves no trace.

    What nobody fills in stays as it is: a clinic's own sentence must not keep advice from being given.
    """
    watch = clinic.watch or MonitoredTimes()
    values = {
        "emergency_number": _bracket(clinic.emergency_number),
        "urgent_care_phone": _bracket(clinic.urgent_care_phone),
        "clinic": _bracket(clinic.name, clinic.phone),
        "alcohol_until": _spaced(alcohol_until),
        "opens": _spaced(watch.opens),
        "closes": _spaced(watch.closes),
        "reply_by": _spaced(reply_by),
    }

    def replacement(match: re.Match[str]) -> str:
        return values.get(match.group(1), match.group(0))

    return PLACEHOLDER.sub(replacement, template)


def _spaced(words: str | None) -> str:
    return f" {words}" if words else ""


def _bracket(*parts: str | None) -> str:
    known = [part for part in parts if part]
    return f" ({', '.join(known)})" if known else ""
