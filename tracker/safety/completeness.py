"""What a pack of safety texts must hold, and which placeholders anybody fills in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.safety.catalogue import CATALOGUE, FlagClass, FlagGroup

PLACEHOLDERS = frozenset(
    {"emergency_number", "urgent_care_phone", "clinic", "alcohol_until", "opens", "closes", "reply_by"}
)
PLACEHOLDER = re.compile(r" ?\{(\w*)\}")

_META = ("version", "locale", "date", "author")
_SENTENCES = (
    "emergency_notice",
    "emergency_title",
    "emergency_now",
    "emergency_tell",
    "emergency_closing",
    "same_day_call",
    "same_day_worse",
    "watched",
    "note_field",
    "note_remark",
    "red_flags_open_remark",
    "alcohol_remark",
    "help_question",
    "help_yes",
    "help_no",
    "action_emergency",
    "action_urgent_care",
    "action_clinic",
)
_ADVICE = ("red_flag_unknown", "severe", "worsens", "persists", "expected", "recheck", "self_care")
_AFTERCARE = (
    "alcohol",
    "drink",
    "stretch",
    "activity",
    "expected",
    "chest",
    "chest_late",
    "help",
    "call",
    "worse",
)
_CHECK_IN = ("soreness", "red_flags", "red_flags.none")

# It lacks the texts below; a clinic that approved it keeps what it says.
_FIRST_EDITION = "2026-11"
_WATCHED = ("watched_now", "watched_reply", "watched_later")
_CONTACT_ADVICE = ("contact_soon", "contact_can_wait")
_CONTACT = ("contact_me", "worry", "message", "callback_phone", "can_wait", "can_wait.yes", "can_wait.no")
_COURSE = ("label", "below", "inside", "above", "late")


def find_faults(content: Mapping[str, Any]) -> list[str]:
    """Name every text that a pack lacks, and every placeholder in it that nobody fills in."""
    return [*_find_missing(content), *_find_unknown_placeholders(content)]


def _required(version: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every text that a pack of this version must hold."""
    yield from ((key,) for key in _META)
    keys = {"sentences": _SENTENCES, "labels": CATALOGUE, "aftercare": _AFTERCARE, "check_in": _CHECK_IN}
    advice: tuple[str, ...] = _ADVICE
    if version != _FIRST_EDITION:
        keys |= {"sentences": _SENTENCES + _WATCHED, "contact": _CONTACT, "course": _COURSE}
        advice += _CONTACT_ADVICE
    yield from ((section, key) for section, names in keys.items() for key in names)
    yield from (("advice", key, part) for key in advice for part in ("title", "message"))
    for group in FlagGroup:
        classes = {flag.flag_class for flag in CATALOGUE.values() if flag.group is group}
        parts = (
            ("title", "now", "meanwhile", "tell") if FlagClass.EMERGENCY in classes else ("title", "message")
        )
        section = "emergency" if FlagClass.EMERGENCY in classes else "same_day"
        yield from ((section, group, part) for part in parts)


def _find_missing(content: Mapping[str, Any]) -> Iterator[str]:
    for path in _required(str(content.get("version", ""))):
        value: Any = content
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if not isinstance(value, str) or not value.strip():
            yield f"{'.'.join(path)} is missing"


def _find_unknown_placeholders(content: Any, path: str = "") -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _find_unknown_placeholders(value, f"{path}.{key}".lstrip("."))
        return
    for name in PLACEHOLDER.findall(str(content)):
        if name not in PLACEHOLDERS:
            yield f"{path} has the unknown placeholder {{{name}}}"
