"""Trying rules at the command line: simulated and recorded sessions, and a clinic's own past."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tracker import create_app
from tracker.config import Settings

SIMULATE = ["rules", "simulate", "--sessions", "60"]
LINE = (
    '{"id": "s1", "ended_at": "2026-03-02T15:00:00Z", "regions": ["lower_back"], "baseline_soreness": 2, '
    '"follow_hours": 168, "logs": [{"recorded_at": "2026-03-04T15:10:00Z", "soreness": 4, "red_flags": []}], '
    '"truth": {"actionable": true, "kind": "persist", "onset_at": "2026-03-04T15:00:00Z"}}\n'
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """None of this needs a database: this one has none, so a statement would fail."""
    folder = tmp_path_factory.mktemp("instance")
    return create_app(Settings(instance_dir=folder, secret_key="x" * 32, log_level="ERROR"))


def lines(result: Result) -> list[dict[str, Any]]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def invoke(app: Flask, *words: str, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=words, input=typed)


def refused(result: Result) -> str:
    """What is said of bad input, with nothing after it."""
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    return result.stderr


def test_a_simulation_is_repeated_by_its_seed_and_tells_the_truth(app: Flask) -> None:
    first = invoke(app, *SIMULATE, "--seed", "7")
    assert first.stdout == invoke(app, *SIMULATE, "--seed", "7").stdout
    assert first.stdout != invoke(app, *SIMULATE, "--seed", "8").stdout
    assert all(type(session["truth"]["actionable"]) is bool for session in lines(first))
    assert len(lines(first)) == 60


def test_every_assumption_is_an_option_and_may_be_written_to_a_file(app: Flask, tmp_path: Path) -> None:
    target = str(tmp_path / "sessions.jsonl")
    result = invoke(app, *SIMULATE, "--output", target, "--never-logs", "1", "--leakage", "0")
    assert (result.exit_code, result.stdout) == (0, "")
    written = [json.loads(line) for line in Path(target).read_text().splitlines()]
    assert [session["logs"] for session in written] == [[]] * 60
    assert invoke(app, *SIMULATE, "--never-logs", "1.5").exit_code == 2


def test_a_replay_prints_alerts_as_lines(app: Flask) -> None:
    assert lines(invoke(app, "rules", "replay", "-", typed=LINE)) == [
        {
            "session": "s1",
            "rule": "persists",
            "severity": "attention",
            "raised_at": "2026-03-04T15:10:00Z",
            "reason": "4/10 at 48 h; 2/10 before the session; expected to have settled by 48 h.",
        }
    ]


def test_what_was_simulated_can_be_replayed_and_judged(app: Flask, tmp_path: Path) -> None:
    target = str(tmp_path / "sessions.jsonl")
    invoke(app, "rules", "simulate", "--sessions", "400", "--output", target)
    alerts = lines(invoke(app, "rules", "replay", target))
    summary = invoke(app, "rules", "replay", target, "--summary")
    (data,) = [json.loads(line) for line in summary.stdout.splitlines()]
    assert data["all_alerts"] == len(alerts)
    assert (data["sessions"], data["sessions_without_truth"]) == (400, 0)
    assert 0 < data["actionable"]["sensitivity"] < 1
    assert (
        f"false alerts per 100 patient-days {data['false_alerts_per_100_patient_days']:.3g}" in summary.stderr
    )


@pytest.mark.parametrize(
    ("words", "rule_set", "alerts"),
    [
        ([], None, 1),
        (["--preset", "quiet"], None, 0),
        ([], {"preset": "quiet"}, 0),
        (["--preset", "sensitive"], {"preset": "quiet"}, 1),
    ],
)
def test_a_preset_or_a_rule_set_of_ones_own_decides(
    app: Flask, tmp_path: Path, words: list[str], rule_set: dict[str, str] | None, alerts: int
) -> None:
    if rule_set is not None:
        (tmp_path / "protocol.json").write_text(json.dumps(rule_set))
        words = [*words, "--protocol", str(tmp_path / "protocol.json")]
    assert len(lines(invoke(app, "rules", "replay", "-", *words, typed=LINE))) == alerts


def test_sessions_without_truth_are_counted_and_not_judged(app: Flask) -> None:
    unknown = json.loads(LINE) | {"truth": None}
    result = invoke(app, "rules", "replay", "-", "--summary", typed=LINE + json.dumps(unknown))
    data = json.loads(result.stdout)
    assert (data["sessions"], data["sessions_without_truth"], data["all_alerts"]) == (1, 1, 2)


@pytest.mark.parametrize("words", [[], ["--summary"]])
def test_bad_input_is_named_by_line_and_field_and_nothing_comes_after(app: Flask, words: list[str]) -> None:
    bad = json.dumps(json.loads(LINE) | {"logs": [{"recorded_at": "2026-03-04T15:10:00Z", "soreness": 12}]})
    result = invoke(app, "rules", "replay", "-", *words, typed=LINE + bad + "\n" + LINE)
    assert "line 2: logs[0].soreness: is 12, must be a whole number from 0 to 10" in refused(result)
    assert len(result.stdout.splitlines()) == (0 if words else 1)


@pytest.mark.parametrize(
    ("words", "protocol", "said"),
    [
        ([], None, "Name a file"),
        (["-", "--from-database"], None, "Name a file"),
        (["--from-database"], None, "--clinic NAME"),
        (["-"], "{", "not JSON"),
        (["-"], "[]", "Give an object"),
        (["-"], '{"preset": "loud"}', "#/preset: Choose one of quiet, standard, sensitive."),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused(
    app: Flask, tmp_path: Path, words: list[str], protocol: str | None, said: str
) -> None:
    if protocol is not None:
        (tmp_path / "protocol.json").write_text(protocol)
        words = [*words, "--protocol", str(tmp_path / "protocol.json")]
    result = invoke(app, "rules", "replay", *words, typed=LINE)
    assert said in refused(result)
    assert result.stdout == ""


def test_a_file_that_is_no_text_is_refused(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "sessions").write_bytes(b"\xff\xfe")
    assert "cannot be read" in refused(invoke(app, "rules", "replay", str(tmp_path / "sessions")))
