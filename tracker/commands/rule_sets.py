"""Try a rule set before it is used: simulate sessions, replay recorded ones, look at a clinic's own past."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any

import click
from flask.cli import AppGroup

from tracker import clock
from tracker.alerts.rules.rule_set import InvalidRuleSet, RuleSet, rule_set_from
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.alerts.rules.thresholds import Preset
from tracker.commands.console import get_clinic, one_sentence
from tracker.commands.figures import lines_of, sentences_of
from tracker.practice import clinic_past
from tracker.replay.comparison import compare
from tracker.replay.recorded_json import BadRecord, read_sessions, write_session, write_time
from tracker.replay.replay import ReplayedAlert, replay_session
from tracker.replay.scoring import Judged, judge
from tracker.replay.simulation.parameters import Parameters, list_parameters
from tracker.replay.simulation.patients import simulate
from tracker.replay.summary import summarise

rule_commands = AppGroup("rules", help="Try alert rules before they are used.")

Command = Callable[..., Any]


class BadInput(click.ClickException):
    """Input that cannot be read: one sentence and the exit status 2."""

    exit_code = 2


def _takes_rule_set(command: Command) -> Command:
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


def _takes_parameters(command: Command) -> Command:
    for each, told in reversed(list_parameters()):
        least, most = each.metadata["least"], each.metadata["most"]
        name = f"--{each.name.replace('_', '-')}"
        limits = click.FloatRange(least, most)
        command = click.option(name, type=limits, default=each.default, show_default=True, help=told)(command)
    return command


@rule_commands.command("simulate")
@click.option("--sessions", type=click.IntRange(1, 10_000_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same sessions.")
@click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="A file; else standard output."
)
@_takes_rule_set
@_takes_parameters
def simulate_sessions(
    sessions: int, seed: int, output: IO[str], preset: str | None, protocol: IO[str] | None, **given: float
) -> None:
    """Write simulated sessions with their truth, one JSON object a line; the rule set says what is asked again."""
    limits = _rule_set(preset, protocol).thresholds
    with one_sentence():
        parameters = Parameters(**given)
    for session in simulate(
        parameters, sessions, seed, lambda said, facts: needs_second_answer(said, facts, limits)
    ):
        click.echo(write_session(session), file=output)


@rule_commands.command("replay")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@_takes_rule_set
@click.option("--summary", is_flag=True, help="How well the alerts fit the truth, instead of the alerts.")
@click.option(
    "--from-database", is_flag=True, help="Instead of a file: what a clinic was really told, and would be."
)
@click.option("--clinic", "clinic_name", help="With --from-database: whose past.")
@click.option("--days", type=click.IntRange(1, 3660), default=90, show_default=True)
def replay_sessions(
    file: IO[str] | None,
    preset: str | None,
    protocol: IO[str] | None,
    summary: bool,
    from_database: bool,
    clinic_name: str | None,
    days: int,
) -> None:
    """Run a rule set over recorded sessions (FILE, or - for standard input) and print its alerts as JSON lines."""
    rule_set = _rule_set(preset, protocol)
    if from_database is (file is not None):
        raise BadInput("Name a file (or - for standard input), or say --from-database.")
    if file is None:
        _show_comparison(clinic_name, days, rule_set)
    elif summary:
        _show_summary(file, rule_set)
    else:
        for alert in _replay(file, rule_set):
            click.echo(json.dumps(_as_data(alert)))


def _rule_set(preset: str | None, protocol: IO[str] | None) -> RuleSet:
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


def _replay(lines: Iterable[str], rule_set: RuleSet) -> Iterable[ReplayedAlert]:
    try:
        for session in read_sessions(lines):
            yield from replay_session(session, rule_set)
    except (BadRecord, UnicodeDecodeError) as problem:
        raise BadInput(f"The sessions cannot be read: {problem}") from None


@dataclass(slots=True)
class _Counted:
    """What a summary can say of sessions with and without a truth."""

    without_truth: int = 0
    alerts: int = 0

    def judge_all(self, lines: Iterable[str], rule_set: RuleSet) -> Iterable[Judged]:
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


def _show_summary(lines: Iterable[str], rule_set: RuleSet) -> None:
    """Write the figures as JSON to standard output, and for the eye to standard error."""
    counted = _Counted()
    summary = summarise(counted.judge_all(lines, rule_set))
    data = {"all_alerts": counted.alerts, "sessions_without_truth": counted.without_truth} | summary.as_data()
    click.echo(json.dumps(data))
    for line in lines_of(summary):
        click.echo(line, err=True)


def _show_comparison(clinic_name: str | None, days: int, rule_set: RuleSet) -> None:
    if clinic_name is None:
        raise BadInput("Say whose past: --from-database --clinic NAME.")
    with one_sentence():
        clinic = get_clinic(clinic_name)
        until = clock.now()
        sessions = clinic_past.list_past(clinic.id, until - timedelta(days=days), until)
    comparison = compare(sessions, rule_set)
    click.echo(json.dumps(comparison.as_data()))
    for line in sentences_of(comparison, days):
        click.echo(line, err=True)


def _as_data(alert: ReplayedAlert) -> dict[str, str]:
    finding = alert.finding
    return {
        "session": alert.session_id,
        "rule": finding.rule.value,
        "severity": finding.severity.value,
        "raised_at": write_time(alert.raised_at),
        "reason": finding.reason,
    }
