"""The words of the safety content: versioned packs that a clinic approves, one file a locale."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tracker.safety.catalogue import CATALOGUE, FlagClass, FlagGroup

FALLBACK_LOCALE = "en"
PLACEHOLDERS = frozenset({"emergency_number", "urgent_care_phone", "clinic", "alcohol_until"})
PLACEHOLDER = re.compile(r" ?\{(\w*)\}")

_PACK_FOLDER = Path(__file__).parent / "packs"
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


@dataclass(frozen=True, slots=True)
class EmergencyText:
    """What an emergency group is told: what to do now, until help is there, and what to say."""

    title: str
    now: str
    meanwhile: str
    tell: str


@dataclass(frozen=True, slots=True)
class AdviceText:
    """A title and a message, still with placeholders."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class SafetyTexts:
    """The texts of one pack in one locale; complete for every code and group of the catalogue."""

    version: str
    locale: str
    date: str
    author: str
    sentences: Mapping[str, str]
    labels: Mapping[str, str]
    emergency: Mapping[str, EmergencyText]
    same_day: Mapping[str, AdviceText]
    advice: Mapping[str, AdviceText]
    aftercare: Mapping[str, str]
    check_in: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of the texts that a clinic approves as a whole, and the locales it is written in."""

    version: str
    date: str
    author: str
    locales: tuple[str, ...]
    folder: Path


def build_texts(content: Mapping[str, Any]) -> SafetyTexts:
    """Build texts from the content of a pack file; LookupError names every fault in it."""
    faults = [*_find_missing(content), *_find_unknown_placeholders(content)]
    if faults:
        raise LookupError(
            f"safety texts {content.get('version')}/{content.get('locale')}: {', '.join(faults)}"
        )
    return SafetyTexts(
        version=content["version"],
        locale=content["locale"],
        date=content["date"],
        author=content["author"],
        sentences=content["sentences"],
        labels=content["labels"],
        aftercare=content["aftercare"],
        check_in=content["check_in"],
        emergency={group: EmergencyText(**text) for group, text in content["emergency"].items()},
        same_day={group: AdviceText(**text) for group, text in content["same_day"].items()},
        advice={key: AdviceText(**text) for key, text in content["advice"].items()},
    )


def find_pack(version: str) -> Pack | None:
    """Return the pack of this version, or None."""
    return PACKS.get(version)


def latest_version() -> str:
    """Return the version of the newest pack that ships with the program."""
    return max(PACKS)


def get_texts(version: str, locale: str) -> SafetyTexts:
    """Return a pack's texts in the locale, its language or else English; LookupError without such a pack."""
    pack = find_pack(version)
    if pack is None:
        raise LookupError(f"there are no safety texts of version {version}")
    language = locale.replace("_", "-").split("-")[0].lower()
    # Only a locale of the pack reaches the file system: the caller's word may come from a request header.
    found = next((known for known in (locale, language) if known in pack.locales), FALLBACK_LOCALE)
    return _load(pack.folder / f"{found}.json")


@lru_cache(maxsize=64)
def _load(path: Path) -> SafetyTexts:
    return build_texts(json.loads(path.read_text(encoding="utf-8")))


def find_packs(root: Path) -> Iterator[Pack]:
    """Yield the packs in this folder, one folder a version; LookupError names what an English text lacks."""
    for english in sorted(root.glob(f"*/{FALLBACK_LOCALE}.json")):
        texts = _load(english)
        locales = tuple(sorted(path.stem for path in english.parent.glob("*.json")))
        yield Pack(texts.version, texts.date, texts.author, locales, english.parent)


def _required() -> Iterator[tuple[str, ...]]:
    """Yield the path of every text that a pack must hold."""
    yield from ((key,) for key in _META)
    keys = {"sentences": _SENTENCES, "labels": CATALOGUE, "aftercare": _AFTERCARE, "check_in": _CHECK_IN}
    yield from ((section, key) for section, names in keys.items() for key in names)
    yield from (("advice", key, part) for key in _ADVICE for part in ("title", "message"))
    for group in FlagGroup:
        classes = {flag.flag_class for flag in CATALOGUE.values() if flag.group is group}
        parts = (
            ("title", "now", "meanwhile", "tell") if FlagClass.EMERGENCY in classes else ("title", "message")
        )
        section = "emergency" if FlagClass.EMERGENCY in classes else "same_day"
        yield from ((section, group, part) for part in parts)


def _find_missing(content: Mapping[str, Any]) -> Iterator[str]:
    for path in _required():
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


# Read when the program starts, so that the general emergency advice never depends on the disk later.
PACKS: Mapping[str, Pack] = MappingProxyType({pack.version: pack for pack in find_packs(_PACK_FOLDER)})
