"""What an alert rule declares of itself: how pressing it is, its family, and its numbers with their bounds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.alerts.vocabulary import Rule, Severity

AUTHOR = "Recovery Tracker defaults"

# What several numbers count.
POINTS, ABOVE_BASELINE = "points of 10", "points above baseline"
SINCE_SESSION = "hours since session"

# Sources and reasons that several families rest on.
SEVERE_BAND = "Boonstra et al., Front Psychol 2016;7:1466: severe from 7-8 of 10"
MEANINGFUL_CHANGE = "Ostelo et al., Spine 2008;33:90: 2 of 10 points"
SETTLES_BY_48_H = "post-needling soreness averages 4 of 100 at 48 h; 2 h allowed for an early answer"
NOISE = "one point is within the noise of a 0-10 answer; from four points on harm would be waited for"
EXPECTED_BEFORE = (
    "earlier is the expected course of every session; later hides most of the days that are asked"
)
MILD = "up to 2 counts as settled; above the given value moderate soreness would go unseen"


class Preset(StrEnum):
    """How readily persisting soreness is reported; nothing else differs."""

    QUIET = "quiet"
    STANDARD = "standard"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest value of a number that is safe, and why: no rule goes deaf."""

    lowest: int
    highest: int
    reason: str

    def holds(self, value: int) -> bool:
        """Say whether a value is safe, the edges included."""
        return self.lowest <= value <= self.highest


@dataclass(frozen=True, slots=True)
class Threshold:
    """One named number of a rule, with what it counts, where it comes from and who set it."""

    name: str
    value: int
    unit: str
    source: str
    author: str = AUTHOR


@dataclass(frozen=True, slots=True)
class Setting(Threshold):
    """A number that a clinic may set; `not_above` names another one that it may not exceed."""

    bounds: Bounds = field(kw_only=True)
    not_above: str | None = field(kw_only=True, default=None)


@dataclass(frozen=True, slots=True)
class DeclaredRule:
    """One rule: the severity it raises with, its family, and the settings that stand under it in a protocol.

    A clinic may switch an optional one off; without the others a patient in trouble could go unseen. A number that
    several rules use is set under one of them and holds for all.
    """

    rule: Rule
    severity: Severity
    family: str
    settings: tuple[Setting, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Every number that a clinic may set, as it holds: read one by its declaration, as in `limits[SEVERE_RISE]`."""

    settings: tuple[Setting, ...]
    _by_name: dict[str, Setting] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {each.name: each for each in self.settings})

    def __getitem__(self, declared: Setting) -> int:
        return self._by_name[declared.name].value

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.settings)

    def named(self, name: str) -> Setting:
        """Return a number as it holds, with its source and author; KeyError for a name that nobody declared."""
        return self._by_name[name]

    def changed(self, *given: Setting) -> "Thresholds":
        """Return these numbers with some of them replaced, by name."""
        return Thresholds(tuple({**self._by_name, **{each.name: each for each in given}}.values()))

    def values(self) -> dict[str, object]:
        """Return name and value of every number, ready for JSON, to be kept with an alert."""
        return {each.name: each.value for each in self.settings}
