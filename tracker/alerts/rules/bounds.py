"""How far a clinic may move each number of the alert rules, so that no rule goes deaf or cries without cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tracker.alerts.vocabulary import Rule


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rule a number is set under, the smallest and the largest value that is safe, and why."""

    rule: Rule
    lowest: int
    highest: int
    reason: str

    def holds(self, value: int) -> bool:
        """Say whether a value is safe, the edges included."""
        return self.lowest <= value <= self.highest


_NOISE = "one point is within the noise of a 0-10 answer; from four points on harm would be waited for"
_EXPECTED_BEFORE = (
    "earlier is the expected course of every session; later hides most of the days that are asked"
)
_FIRST_NIGHT = "the first hours are sore in everybody; after a day the rule would miss what it is for"
_MILD = "up to 2 counts as settled; above the given value moderate soreness would go unseen"

# A number that several rules use is set under one of them and holds for all.
BOUNDS: Mapping[str, Bounds] = MappingProxyType(
    {
        "severe_soreness": Bounds(
            Rule.SEVERE,
            5,
            8,
            "moderate begins at 4, and 9 is always severe, so more than 8 would switch it off",
        ),
        "severe_rise": Bounds(Rule.SEVERE, 1, 3, _NOISE),
        "severe_from": Bounds(Rule.SEVERE, 4, 24, _FIRST_NIGHT),
        "persists_at_once": Bounds(Rule.PERSISTS, 3, 6, _MILD),
        "persists_on_second": Bounds(Rule.PERSISTS, 3, 5, _MILD),
        "persists_rise": Bounds(Rule.PERSISTS, 1, 3, _NOISE),
        "persists_from": Bounds(Rule.PERSISTS, 36, 72, _EXPECTED_BEFORE),
        "persists_after_settled": Bounds(
            Rule.PERSISTS, 3, 7, "severe begins at 7, which is never asked about again; at 3 nothing is"
        ),
        "second_after": Bounds(
            Rule.PERSISTS, 2, 12, "closer answers are one moment; a second answer must fit into the same day"
        ),
        "second_within": Bounds(
            Rule.PERSISTS, 24, 48, "the next daily answer must count; two days on, the course has moved"
        ),
        "worsens_soreness": Bounds(Rule.WORSENS, 3, 6, _MILD),
        "worsens_rise": Bounds(Rule.WORSENS, 1, 3, _NOISE),
        "worsens_from": Bounds(Rule.WORSENS, 12, 36, _FIRST_NIGHT),
        "lowest_from": Bounds(Rule.WORSENS, 6, 24, _FIRST_NIGHT),
        "stiffness_score": Bounds(
            Rule.STIFFNESS, 4, 9, "below 4 stiffness is mild; 10 only would never be met"
        ),
        "stiffness_rise": Bounds(Rule.STIFFNESS, 2, 5, "usual stiffness varies by a point from day to day"),
        "stiffness_from": Bounds(Rule.STIFFNESS, 36, 72, _EXPECTED_BEFORE),
        "not_helping_session": Bounds(
            Rule.COURSE_NOT_HELPING,
            3,
            8,
            "two sessions say too little; after eight a plan is long overdue a review",
        ),
        "not_helping_points": Bounds(Rule.COURSE_NOT_HELPING, 1, 3, _NOISE),
        "not_helping_percent": Bounds(
            Rule.COURSE_NOT_HELPING,
            15,
            50,
            "half of the meaningful change, up to the change called substantial",
        ),
        "not_helping_pain": Bounds(Rule.COURSE_NOT_HELPING, 2, 5, _MILD),
        "not_helping_again": Bounds(
            Rule.COURSE_NOT_HELPING, 2, 8, "each session would repeat it; after eight it would be forgotten"
        ),
        "sorer_peak": Bounds(Rule.GETTING_SORER, 1, 4, _NOISE),
        "sorer_hours": Bounds(
            Rule.GETTING_SORER, 12, 72, "checks are 12 h to a day apart; soreness lasts three days"
        ),
        "sorer_sessions": Bounds(
            Rule.GETTING_SORER, 3, 6, "two sessions are no trend; more than six are a course"
        ),
    }
)
