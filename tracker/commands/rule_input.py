"""What the commands about rules read: a rule set, and recorded sessions it is run over."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

import click

from tracker.alerts.rules.rule_set import InvalidRuleSet, RuleSet, rule_set_from
from tracker.alerts.rules.thresholds import Preset
from tracker.replay.recorded_json import BadRecord, read_sessions
from tracker.replay.replay import ReplayedAlert, replay_session
from tracker.replay.scoring import Judged, judge

Command = Callable[..., None]


class BadInput(click.ClickException):
    """Input that cannot be read: one sentence and the exit status 2."""

    exit_code = 2


def takes_rule_set(command: Command) -> Command:
    """Add the options that name a rule set."""
    preset = click.option(
        "--preset", type=click.Choice([each.value for each in Preset]), help="One of the rule sets that ship."
    )
    protocol = click.option(
        "--protocol",
        "protocol",
        type=click.File("r", encoding="utf-8"),
        help="A rule set of your own, as JSON.",
    )
    return preset(protocol(command))


def read_rule_set(preset: str | None, protocol: IO[str] | None) -> RuleSet:
    """Return the rule set that was named, or the one that ships; a preset beside a file wins over the file's."""
    try:
        data = json.load(protocol) if protocol else {}
        if preset and isinstance(data, dict):
            data["preset"] = preset
        return rule_set_from(data)
    except InvalidRuleSet as problem:
        raise BadInput(f"The rule set cannot be used: {problem}") from None
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"The rule set is not JSON: {problem}") from None


def replay_all(lines: Iterable[str], rule_set: RuleSet) -> Iterable[ReplayedAlert]:
    """Give what a rule set raises for recorded sessions, one after the other; raises BadInput."""
    try:
        for session in read_sessions(lines):
            yield from replay_session(session, rule_set)
    except (BadRecord, UnicodeDecodeError) as problem:
        raise BadInput(f"The sessions cannot be read: {problem}") from None


@dataclass(slots=True)
class Counted:
    """What a summary can say of sessions with and without a truth."""

    without_truth: int = 0
    alerts: int = 0

    def judge_all(self, lines: Iterable[str], rule_set: RuleSet) -> Iterable[Judged]:
        """Hold what a rule set raises against the truth of the sessions that have one; raises BadInput."""
        try:
            for session in read_sessions(lines):
                alerts = replay_session(session, rule_set)
                self.alerts += len(alerts)
                if session.truth is None:
                    self.without_truth += 1
                else:
                    yield judge(session, alerts)
        except (BadRecord, UnicodeDecodeError) as problem:
            raise BadInput(f"The sessions cannot be read: {problem}") from None
