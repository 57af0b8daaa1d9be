"""What is compared: the presets, what they were before, simple limits, and changes that were tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tracker.alerts.rules.facts import Answer, Finding, SessionFacts, hours_between, make_finding
from tracker.alerts.rules.families import SCORE_FAMILIES, thresholds_of
from tracker.alerts.rules.lifecycle import ScoreFamily
from tracker.alerts.rules.rule_set import RuleSet
from tracker.alerts.rules.second_answers import SecondAnswer, needs_second_answer
from tracker.alerts.rules.soreness import PERSISTS, SORENESS, assess_soreness
from tracker.alerts.rules.thresholds import Preset, Thresholds
from tracker.alerts.vocabulary import Rule

AssessSoreness = Callable[[Sequence[Answer], SessionFacts, Thresholds], Finding | None]
Asks = Callable[[Sequence[Answer], SessionFacts, Thresholds], SecondAnswer | None]


def asks_nothing(answers: Sequence[Answer], session: SessionFacts, limits: Thresholds) -> SecondAnswer | None:
    """A simple limit never asks again."""
    return None


@dataclass(frozen=True)
class Contender:
    """A way to raise alerts about soreness, and when it asks again; red flags are the same for all."""

    name: str
    thresholds: Thresholds = field(default_factory=thresholds_of)
    assess: AssessSoreness = assess_soreness
    asks: Asks = needs_second_answer
    steadied: bool = True

    @property
    def asked_as(self) -> object:
        """What decides about the questions: contenders alike in it are told the same."""
        return None if self.asks is asks_nothing else (self.asks, self.thresholds, self.steadied)

    @property
    def rule_set(self) -> RuleSet:
        """The numbers as a rule set."""
        return RuleSet(thresholds=self.thresholds)

    @property
    def families(self) -> tuple[ScoreFamily, ...]:
        """The families that look at scores, with this way to look at soreness."""
        soreness = replace(
            SORENESS, assess=lambda said, limits: self.assess(said.soreness, said.facts, limits)
        )
        return tuple(soreness if family is SORENESS else family for family in SCORE_FAMILIES)


@dataclass(frozen=True)
class Limit:
    """Alert on any answer that is at least so sore, from an hour on."""

    soreness: int
    since: float = 0.0

    def __call__(
        self, answers: Sequence[Answer], session: SessionFacts, limits: Thresholds
    ) -> Finding | None:
        newest = answers[-1]
        if newest.soreness < self.soreness or hours_between(session.ended_at, newest.at) < self.since:
            return None
        return make_finding(PERSISTS, "", {"soreness": newest.soreness}, newest.at)


def change(thresholds: Thresholds, **values: int) -> Thresholds:
    """Other values for some numbers."""
    return thresholds.changed(
        *(replace(thresholds.named(name), value=value) for name, value in values.items())
    )


def limit(name: str, soreness: int, since: float = 0.0) -> Contender:
    """A simple limit as a contender."""
    return Contender(name, assess=Limit(soreness, since), asks=asks_nothing)


def as_written(preset: Preset, but: str = "", **values: int) -> Contender:
    """A preset before this evaluation changed it: no second look after a settled answer, one baseline."""
    numbers = change(thresholds_of(preset), persists_after_settled=3, **values)
    return Contender(f"{preset}, as first written{but}", numbers, steadied=False)


SENSITIVE = thresholds_of(Preset.SENSITIVE)
DEFAULT = Contender("sensitive (default)", SENSITIVE)
PRESETS = (
    Contender("quiet", thresholds_of(Preset.QUIET)),
    Contender("standard", thresholds_of(Preset.STANDARD)),
    DEFAULT,
)
WRITTEN = tuple(as_written(preset) for preset in Preset)
ANY = tuple(limit(f"any log >= {soreness}", soreness) for soreness in (4, 5, 7))
TUNED = tuple(
    limit(f"48 h and {'> 0' if soreness == 1 else f'>= {soreness}'}", soreness, 46)
    for soreness in (1, 2, 3, 4, 5)
)
# From the quietest to the loudest, for the comparison at equal rates of false alerts.
CURVES = {
    "rule set": (
        *PRESETS,
        Contender("1 point above baseline", change(SENSITIVE, persists_rise=1)),
        Contender("the same at once", change(SENSITIVE, persists_rise=1, persists_after_settled=3)),
        Contender(
            "the same, worse from 3",
            change(SENSITIVE, persists_rise=1, persists_after_settled=3, worsens_soreness=3),
        ),
    ),
    "as first written": (
        *WRITTEN,
        as_written(Preset.SENSITIVE, ", 1 point above baseline", persists_rise=1),
        as_written(Preset.SENSITIVE, ", the same, worse from 3", persists_rise=1, worsens_soreness=3),
    ),
    "48 h and a limit": TUNED,
    "any log and a limit": (*ANY, limit("any log >= 6", 6)),
}


def _pair_for_worsening(
    answers: Sequence[Answer], session: SessionFacts, limits: Thresholds
) -> Finding | None:
    finding = assess_soreness(answers, session, limits)
    newest = answers[-1]
    if finding is None or finding.inputs["rules"] != ["worsens"] or newest.soreness >= 6:
        return finding
    for length in range(1, len(answers)):
        if 4 <= hours_between(answers[length - 1].at, newest.at) <= 30:
            earlier = assess_soreness(answers[:length], session, limits)
            if earlier and "worsens" in str(earlier.inputs["rules"]):
                return finding
    return None


def _asks_about_worsening(
    answers: Sequence[Answer], session: SessionFacts, limits: Thresholds
) -> SecondAnswer | None:
    recheck = needs_second_answer(answers, session, limits)
    if recheck or assess_soreness(answers, session, limits) is None:
        return recheck
    if _pair_for_worsening(answers, session, limits) is not None:
        return None
    at = answers[-1].at
    return SecondAnswer(at + timedelta(hours=4), at + timedelta(hours=6), Rule.WORSENS)


def _slow_decline(answers: Sequence[Answer], session: SessionFacts, limits: Thresholds) -> Finding | None:
    finding = assess_soreness(answers, session, limits)
    newest, baseline = answers[-1], session.baseline_soreness or 0
    since = hours_between(session.ended_at, newest.at)
    if finding or since < 30 or newest.soreness < 5 or newest.soreness - baseline < 2:
        return finding
    for before in answers[:-1]:
        near = 4 <= hours_between(before.at, newest.at) <= 30
        if near and hours_between(session.ended_at, before.at) >= 20 and before.soreness <= newest.soreness:
            return make_finding(PERSISTS, "", {"soreness": newest.soreness}, newest.at)
    return None


TRIED = (
    as_written(Preset.SENSITIVE),
    Contender("kept: 3 or 4 after a settled answer is asked again", SENSITIVE, steadied=False),
    Contender(
        "kept: baseline is the middle of the last three",
        change(SENSITIVE, persists_after_settled=3),
    ),
    replace(DEFAULT, name="both of these: the default"),
    Contender("and: up to 5 after a settled answer", change(SENSITIVE, persists_after_settled=6)),
    Contender("and: 1 point above baseline is enough", change(SENSITIVE, persists_rise=1)),
    Contender("and: 3 points above baseline", change(SENSITIVE, persists_rise=3)),
    Contender(
        "and: worsening below 6 takes two answers",
        SENSITIVE,
        assess=_pair_for_worsening,
        asks=_asks_about_worsening,
    ),
    Contender("and: 5 at 30 h and no better than before", SENSITIVE, assess=_slow_decline),
    Contender("and: without R4, worsens", change(SENSITIVE, worsens_rise=11)),
    Contender("and: severe from 8", change(SENSITIVE, severe_soreness=8)),
)
