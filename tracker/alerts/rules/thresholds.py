"""The numbers of the alert rules, each with its unit, source and author."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum

AUTHOR = "Recovery Tracker defaults"

SEVERE_BAND = "Boonstra et al., Front Psychol 2016;7:1466: severe from 7-8 of 10"
MODERATE_BAND = "Boonstra et al., Pain 2014;155:2545: moderate from 3.5 of 10"
MEANINGFUL_CHANGE = "Ostelo et al., Spine 2008;33:90: 2 of 10 points"
FIRST_HALF_DAY = "convention: soreness peaks on the day of the needling"
SETTLES_BY_48_H = "post-needling soreness averages 4 of 100 at 48 h; 2 h allowed for an early answer"
PAIR_WINDOW = "convention: a re-check later the same day, or the next daily answer"
STIFF = "convention: no smallest meaningful change of stiffness is known for back pain"
COURSE_CHANGE = "Ostelo et al., Spine 2008;33:90: less than 2 of 10 points and less than 30 %"
COURSE_REVIEW = "convention: three sessions of treatment are behind, and a plan is reviewed every three"
STILL_IN_PAIN = "convention: below 3 of 10 pain is mild enough to say that the course has helped"
DAILY_CHECKS = "convention: checks are a day apart, so a smaller difference may be the schedule's"
IN_A_ROW = "convention: three sessions in a row are more than one bad day"
SECOND_ANSWER_SPAN = "convention: a re-check 4 to 6 h later, still on the same day"
SIMULATED = "alert rule simulation (docs/alerts.md): a third fewer false alerts, hardly a course missed"
SENSITIVE_PRESET = "alert rule simulation, sensitive preset"
OUTREACH = "PRO-TECT, Basch et al., JAMA 2022;327:2413: staff call those who have not answered by 72 h"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One named number of a rule, with what it counts, where it comes from and who set it."""

    name: str
    value: int
    unit: str
    source: str
    author: str = AUTHOR


# Not configurable by a clinic, so outside `Thresholds`.
ALWAYS_SEVERE = Threshold("always_severe", 9, "points of 10", SEVERE_BAND)
MISSED_AFTER = Threshold("missed_after", 60, "hours since session", OUTREACH)
MISSED_AFTER_CHEST = Threshold(
    "missed_after_chest",
    30,
    "hours since session",
    "pneumothorax is reported up to two days after needling (Ghent 2024; Mintken, Phys Ther 2025)",
)
ALCOHOL_ANSWERED_BY = Threshold(
    "alcohol_answered_by",
    36,
    "hours since session",
    "care flow: alcohol since the session, answered up to the 24 h check, whose window ends then",
)
ALCOHOL_REMARK_WITHIN = Threshold(
    "alcohol_remark_within",
    24,
    "hours after the answer about alcohol",
    "convention: no evidence of a rebound",
)
SECOND_ANSWER_WITHIN = Threshold(
    "recheck_within", 2, "hours from the earliest re-check to the latest", SECOND_ANSWER_SPAN
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers that a clinic may set; the defaults are the sensitive preset."""

    severe_soreness: Threshold = Threshold("severe_soreness", 7, "points of 10", SEVERE_BAND)
    severe_rise: Threshold = Threshold("severe_rise", 2, "points above baseline", MEANINGFUL_CHANGE)
    severe_from: Threshold = Threshold("severe_from", 12, "hours since session", FIRST_HALF_DAY)
    persists_at_once: Threshold = Threshold("persists_at_once", 3, "points of 10", SENSITIVE_PRESET)
    persists_on_second: Threshold = Threshold("persists_on_second", 3, "points of 10", SENSITIVE_PRESET)
    persists_rise: Threshold = Threshold("persists_rise", 2, "points above baseline", MEANINGFUL_CHANGE)
    persists_from: Threshold = Threshold("persists_from", 46, "hours since session", SETTLES_BY_48_H)
    persists_after_settled: Threshold = Threshold("persists_after_settled", 5, "points of 10", SIMULATED)
    worsens_soreness: Threshold = Threshold("worsens_soreness", 4, "points of 10", MODERATE_BAND)
    worsens_rise: Threshold = Threshold("worsens_rise", 2, "points above the lowest", MEANINGFUL_CHANGE)
    worsens_from: Threshold = Threshold("worsens_from", 24, "hours since session", FIRST_HALF_DAY)
    lowest_from: Threshold = Threshold("lowest_from", 12, "hours since session", FIRST_HALF_DAY)
    second_after: Threshold = Threshold("second_after", 4, "hours between answers", PAIR_WINDOW)
    second_within: Threshold = Threshold("second_within", 30, "hours between answers", PAIR_WINDOW)
    stiffness_score: Threshold = Threshold("stiffness_score", 7, "points of 10", STIFF)
    stiffness_rise: Threshold = Threshold("stiffness_rise", 3, "points above baseline", STIFF)
    stiffness_from: Threshold = Threshold("stiffness_from", 46, "hours since session", SETTLES_BY_48_H)
    not_helping_session: Threshold = Threshold(
        "not_helping_session", 4, "number of the session", COURSE_REVIEW
    )
    not_helping_points: Threshold = Threshold("not_helping_points", 2, "points of usual pain", COURSE_CHANGE)
    not_helping_percent: Threshold = Threshold("not_helping_percent", 30, "% of usual pain", COURSE_CHANGE)
    not_helping_pain: Threshold = Threshold("not_helping_pain", 3, "points of 10", STILL_IN_PAIN)
    not_helping_again: Threshold = Threshold("not_helping_again", 3, "sessions", COURSE_REVIEW)
    sorer_peak: Threshold = Threshold("sorer_peak", 2, "points from first to last session", MEANINGFUL_CHANGE)
    sorer_hours: Threshold = Threshold("sorer_hours", 24, "hours from first to last session", DAILY_CHECKS)
    sorer_sessions: Threshold = Threshold("sorer_sessions", 3, "sessions in a row", IN_A_ROW)

    def values(self) -> dict[str, object]:
        """Return name and value of every threshold, ready for JSON, to be kept with an alert."""
        return {field.name: getattr(self, field.name).value for field in fields(self)}


class Preset(StrEnum):
    """How readily persisting soreness is reported; nothing else differs."""

    QUIET = "quiet"
    STANDARD = "standard"
    SENSITIVE = "sensitive"


_PERSISTS = {Preset.QUIET: (5, 4), Preset.STANDARD: (4, 3), Preset.SENSITIVE: (3, 3)}


def thresholds_of(preset: Preset = Preset.SENSITIVE) -> Thresholds:
    """Return the thresholds of a preset; only the two numbers of the persists rule depend on it."""
    at_once, on_second = _PERSISTS[preset]
    base = Thresholds()
    source = f"alert rule simulation, {preset} preset"
    return replace(
        base,
        persists_at_once=replace(base.persists_at_once, value=at_once, source=source),
        persists_on_second=replace(base.persists_on_second, value=on_second, source=source),
    )
