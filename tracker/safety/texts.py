"""The words of the safety content: versioned packs that a clinic approves, one file a locale."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tracker.safety.completeness import find_faults

FALLBACK_LOCALE = "en"
_PACK_FOLDER = Path(__file__).parent / "packs"


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
    contact: Mapping[str, str]  # empty in the first edition, as is `course`
    course: Mapping[str, str]


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
    faults = find_faults(content)
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
        contact=content.get("contact", {}),
        course=content.get("course", {}),
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


# Read when the program starts, so that the general emergency advice never depends on the disk later.
PACKS: Mapping[str, Pack] = MappingProxyType({pack.version: pack for pack in find_packs(_PACK_FOLDER)})
