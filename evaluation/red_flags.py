"""Whether every emergency item alerts, whatever the score, the hour and the rule set."""

from datetime import UTC, datetime, timedelta

from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.rule_set import RuleSet
from tracker.alerts.rules.thresholds import Preset
from tracker.alerts.vocabulary import Rule
from tracker.replay.recorded import RecordedLog, RecordedSession
from tracker.replay.replay import replay_session
from tracker.safety.catalogue import CATALOGUE, FlagClass

ENDED = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOURS = (-1, 0, 0.5, 3.99, 12, 24, 46, 48, 100, 167)
SCORES = (None, 0, 10)


def emergency_codes() -> list[str]:
    """The items that are answered as an emergency."""
    return [code for code, flag in CATALOGUE.items() if flag.flag_class is FlagClass.EMERGENCY]


def silent_items() -> list[str]:
    """The emergency items that raise nothing somewhere; the answer should be none."""
    return [code for code in emergency_codes() if not _always_alerts(code)]


def _always_alerts(code: str) -> bool:
    return all(
        _alerts(code, hour, soreness, preset) for hour in HOURS for soreness in SCORES for preset in Preset
    )


def _alerts(code: str, hour: float, soreness: int | None, preset: Preset) -> bool:
    log = RecordedLog(ENDED + timedelta(hours=hour), soreness, red_flags=(code,))
    session = RecordedSession("s", ENDED, (log,))
    raised = replay_session(session, RuleSet(preset, thresholds_of(preset)))
    return [alert.finding.rule for alert in raised].count(Rule.RED_FLAG_EMERGENCY) == 1
