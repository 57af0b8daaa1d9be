"""Try a rule set before it is used: simulate sessions, replay recorded ones, look at a clinic's own past."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import IO

import click
from flask.cli import AppGroup

from tracker import clock
from tracker.alerts.rules.rule_set import RuleSet
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.commands.console import get_clinic, one_sentence
from tracker.commands.figures import data_of, lines_of, sentences_of
from tracker.commands.rule_input import BadInput, Command, Counted, read_rule_set, replay_all, takes_rule_set
from tracker.practice import clinic_past
from tracker.replay.comparison import compare
from tracker.replay.recorded_json import write_session
from tracker.replay.simulation.parameters import Parameters, list_parameters
from tracker.replay.simulation.patients import simulate
from tracker.replay.summary import summarise

rule_commands = AppGroup("rules", help="Try alert rules before they are used.")


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
@takes_rule_set
@_takes_parameters
def simulate_sessions(
    sessions: int, seed: int, output: IO[str], preset: str | None, protocol: IO[str] | None, **given: float
) -> None:
    """Write simulated sessions with their truth, one JSON object a line; the rule set says what is asked again."""
    limits = read_rule_set(preset, protocol).thresholds
    with one_sentence():
        parameters = Parameters(**given)
    for session in simulate(
        parameters, sessions, seed, lambda said, facts: needs_second_answer(said, facts, limits)
    ):
        click.echo(write_session(session), file=output)


@rule_commands.command("replay")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@takes_rule_set
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
    rule_set = read_rule_set(preset, protocol)
    if from_database is (file is not None):
        raise BadInput("Name a file (or - for standard input), or say --from-database.")
    if file is None:
        _show_comparison(clinic_name, days, rule_set)
    elif summary:
        _show_summary(file, rule_set)
    else:
        for alert in replay_all(file, rule_set):
            click.echo(json.dumps(data_of(alert)))


def _show_summary(lines: Iterable[str], rule_set: RuleSet) -> None:
    """Write the figures as JSON to standard output, and for the eye to standard error."""
    counted = Counted()
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
