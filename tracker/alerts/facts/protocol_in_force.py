"""What a clinic's published protocol version says about a session that follows it; None of them: what ships."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from uuid import UUID

from tracker.alerts.rules.rule_set import DEFAULT, InvalidRuleSet, RuleSet, rule_set_from
from tracker.alerts.rules.soreness import PERSISTS_FROM, SEVERE_SORENESS
from tracker.alerts.vocabulary import RULE_SET_VERSION
from tracker.clinics import protocol_versions
from tracker.clinics.models import ClinicProtocol
from tracker.protocols.expected_course import DEFAULT_COURSE, BandPoint, CoursePosition, ExpectedCourse
from tracker.protocols.expected_course_form import expected_course_from
from tracker.safety.advice import RecheckFrom
from tracker.safety.texts import AdviceText, SafetyTexts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """One version: its alert rules, its expected course, and its own words of advice by locale and key."""

    rule_set: RuleSet = DEFAULT
    course: ExpectedCourse = DEFAULT_COURSE
    advice: Mapping[str, Mapping[str, AdviceText]] = field(default_factory=dict)

    @property
    def recheck_from(self) -> RecheckFrom:
        """Return from where on advice asks to look again though no rule has raised anything."""
        limits = self.rule_set.thresholds
        return RecheckFrom(limits[SEVERE_SORENESS], limits[PERSISTS_FROM])

    def position(self, soreness: int, baseline: int | None, hours: float) -> CoursePosition | None:
        """Place an answer against the expected course; None: nothing to compare."""
        severe_from = self.rule_set.thresholds[SEVERE_SORENESS]
        return self.course.position(soreness, baseline, hours, severe_from)

    def band(self, baseline: int | None) -> Sequence[BandPoint]:
        """Return the bounds of the expected course of a session with this baseline."""
        return self.course.band(baseline, self.rule_set.thresholds[SEVERE_SORENESS])

    def in_words_of(self, texts: SafetyTexts) -> SafetyTexts:
        """Return the texts with the advice that this version words itself in their locale."""
        own = self.advice.get(texts.locale)
        return replace(texts, advice={**texts.advice, **own}) if own else texts


SHIPPED = Published()


def published_of(version_id: UUID | None) -> Published:
    """Return what this version says; None stands for what ships."""
    return SHIPPED if version_id is None else _published(version_id)


def version_label(version: int) -> str:
    """Return how an alert names the rules of a clinic's version: those of the program, and which numbers."""
    return f"{RULE_SET_VERSION}/{version}" if version else RULE_SET_VERSION


# A version never changes once it is published, so that every process may keep what it has read.
@lru_cache(maxsize=1024)
def _published(version_id: UUID) -> Published:
    row = protocol_versions.find_version(version_id)
    assert row is not None, "a session follows a version that is there"
    return read(row)


def read(row: ClinicProtocol) -> Published:
    """Return what a stored version says."""
    words: dict[str, dict[str, AdviceText]] = {}
    for text in row.advice_texts or ():
        words.setdefault(text["locale"], {})[text["key"]] = AdviceText(text["title"], text["message"])
    course = expected_course_from(row.expected_course) if row.expected_course else DEFAULT_COURSE
    return Published(_rules_of(row), course, words)


def _rules_of(row: ClinicProtocol) -> RuleSet:
    """Return the rules of a version; those that a later release would refuse give way to what ships.

    A check-in must not fail over them: a red flag may be in it.
    """
    try:
        return rule_set_from(row.rule_set, version_label(row.version))
    except InvalidRuleSet as invalid:
        log.error("version %s of clinic %s cannot be used: %s", row.version, row.clinic_id, invalid)
        return DEFAULT
