"""The families of alert rules, each declared in its own file."""

from tracker.alerts.rules.lifecycle import ScoreFamily
from tracker.alerts.rules.soreness import SORENESS
from tracker.alerts.rules.stiffness import STIFFNESS

SCORE_FAMILIES: tuple[ScoreFamily, ...] = (SORENESS, STIFFNESS)
