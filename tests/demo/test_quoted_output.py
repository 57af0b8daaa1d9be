"""What the pages quote as output is what comes out: the walk-through, the laboratory, the preview."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient

from scripts import walkthrough
from scripts.worker_round import worker_round
from tests.support.keys import keyed
from tests.support.pages import blocks, quoted_lines, read_page
from tracker import create_app
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db
from tracker.demo.acting_clinic import Therapist, open_clinic
from tracker.demo.clinic import CLINIC, STAFF, TIME_ZONE

PAGE = "docs/walk-through.md"
SESSION_ENDS = datetime(2026, 11, 21, 5, 46, 28, tzinfo=UTC)  # when the page's session ended
TREATED_BY = Therapist(*STAFF[0], "walk-through-password")
# After which time the worker comes round, and what the patient then says.
DAYS_AFTER: tuple[tuple[timedelta, dict[str, Any] | None], ...] = (
    (timedelta(hours=10), {"hydration_ml": 1000, "side_effects": [{"code": "bruising", "severity": "mild"}]}),
    (timedelta(hours=25, minutes=14), None),
    (timedelta(hours=27), {"soreness": 4, "alcohol": "no", "red_flags": []}),
    (timedelta(hours=36, minutes=1), None),
    (timedelta(hours=50), {"soreness": 6, "red_flags": []}),
)
CODE = re.compile(r"/go/[\w-]+")


@pytest.fixture
def small_app(tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty SQLite database, as `make run` opens it."""
    # A token that lasts for the days of the page spares the refreshes.
    app = create_app(Settings(instance_dir=tmp_path, log_level="ERROR", access_token_minutes=4 * 24 * 60))
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


class Shell:
    """Sends what the printed lines send, and knows what their variables hold."""

    def __init__(self, client: FlaskClient, moment: MovableClock) -> None:
        self._client = client
        self._moment = moment
        self.variables = {"N": "1"}

    def put(self, path: str, body: str, token: str) -> dict[str, Any]:
        """Return the answer to a body that replaces something."""
        return self.post(path, body, token, method="PUT")

    def post(self, path: str, body: str, token: str | None = None, method: str = "POST") -> dict[str, Any]:
        """Return the answer to a body as it is printed, in the name of who holds the token."""
        body = body.replace(walkthrough.NOW, self._moment().isoformat())
        for name, value in self.variables.items():
            body = body.replace(f"'${name}'", value)
        headers = keyed({"Authorization": f"Bearer {token}"} if token else {})
        answer = self._client.open(
            path, method=method, data=body, headers=headers, content_type="application/json"
        )
        assert answer.status_code in (200, 201), answer.get_data(as_text=True)
        told: dict[str, Any] = answer.get_json()
        return told

    def get(self, path: str, token: str) -> dict[str, Any]:
        """Return what somebody reads."""
        answer = self._client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        told: dict[str, Any] = answer.get_json()
        return told


def sign_in(shell: Shell) -> str:
    body = {"installation_id": "shell", "grant_type": "password", "email": TREATED_BY.email}
    token: str = shell.post("/v1/tokens", json.dumps(body | {"password": TREATED_BY.password}))[
        "access_token"
    ]
    return token


def previewed(shell: Shell, token: str) -> list[str]:
    """What the preview of the page tells, laid out as the page shows it."""
    (body,) = re.findall(r"/v1/reminder-previews .*?-d '(.*?)'", read_page(PAGE), re.DOTALL)
    reminders = shell.post("/v1/reminder-previews", body, token)["reminders"]
    return [f"{each['key']:<19} {each['due_at_local']:<25} {each['sentence']}" for each in reminders]


def follow(shell: Shell, moment: MovableClock, work: Callable[[], None], patient: str) -> None:
    """Let two days pass: the worker comes round, and the patient answers some of what it asks."""
    for after, said in DAYS_AFTER:
        moment.move_to(SESSION_ENDS + after)
        work()
        if said:
            body = said | {"recorded_at": moment().isoformat(), "time_zone": "Europe/Berlin"}
            shell.post("/v1/check-ins", json.dumps(body), patient)


def explained(shell: Shell, patient: str) -> list[str]:
    """Why the question of the first day came when it did."""
    reminders = shell.get("/v1/reminders", patient)["items"]
    sent = next(each for each in reminders if (each["kind"], each["status"]) == ("check_24h", "sent"))
    links = shell.get(f"/v1/reminders/{sent['id']}/explanation", patient)["links"]
    return [link["sentence"] for link in links]


def course(shell: Shell, therapist: str, session_id: str) -> list[str]:
    """How the session went, laid out as the page shows it."""
    told = shell.get(f"/v1/sessions/{session_id}/trajectory", therapist)
    outcome = told["outcome"]
    answered = f"{outcome['answered_check_in_count']} of {outcome['expected_check_in_count']}"
    points = [
        f"{each['hours_since_session']:>4} h  {each.get('soreness', '-'):>2}  "
        f"{each.get('course_position', '-'):<8}{' '.join(each['side_effects'])}".rstrip()
        for each in told["points"]
    ]
    return [
        *points,
        *(f"{each['key']:<12} {each['outcome']}" for each in told["reminders"]),
        f"peak {outcome['peak_soreness']} at {outcome['peak_at_hours']} h, "
        f"{outcome['soreness_at_24_hours']} at 24 h, alcohol avoided: {outcome['alcohol_avoided']}, "
        f"{outcome['hydration_total_ml']} ml, {answered} questions answered",
        *(f"{alert['severity']:<10} {alert['status']:<9} {alert['reason']}" for alert in told["alerts"]),
    ]


def walk(app: Flask, moment: MovableClock, outbox: Path) -> list[str]:
    """What the walk-through brings, laid out as the page shows it."""
    open_clinic(CLINIC, TIME_ZONE, [TREATED_BY])
    shell, work = Shell(app.test_client(), moment), worker_round(app, outbox)
    therapist = sign_in(shell)
    invited = shell.post("/v1/invitations", walkthrough.INVITATION, therapist)
    shell.variables |= {"PATIENT": invited["patient_id"], "CODE": invited["activation_code"]}
    patient = shell.post("/v1/activations", walkthrough.ACTIVATION)["access_token"]
    treated = shell.post("/v1/sessions", walkthrough.SESSION, therapist)
    moment.move_to(SESSION_ENDS.replace(second=29))
    work()
    (mail,) = outbox.glob("*.eml")
    lines = mail.read_text("utf-8").splitlines()
    advice = shell.post("/v1/check-ins", walkthrough.CHECK_IN, patient)["advice"]
    del advice["actions"], advice["watched"]
    (alert,) = shell.get("/v1/alerts", therapist)["items"]
    shell.put(f"/v1/alerts/{alert['id']}/resolution", walkthrough.CLOSED, therapist)
    follow(shell, moment, work, patient)
    return [
        *(f"{task['key']:<20} {task['status']:<9} {task['window']}" for task in treated["plan"]["tasks"]),
        *lines,
        *json.dumps(advice, indent=1, ensure_ascii=False).splitlines(),
        f"{alert['severity']}  {alert['reason']}",
        *previewed(shell, therapist),
        *explained(shell, patient),
        *course(shell, therapist, treated["session"]["id"]),
    ]


def test_the_walk_through_brings_what_its_page_quotes(
    small_app: Flask, moment: MovableClock, tmp_path: Path
) -> None:
    moment.move_to(SESSION_ENDS)
    told = {CODE.sub("/go/...", line) for line in walk(small_app, moment, tmp_path / "outbox")}
    quoted = [CODE.sub("/go/...", line) for line in quoted_lines(read_page(PAGE))]
    assert len(quoted) > 25
    assert not [line for line in quoted if line not in told], "\n".join(sorted(told))


def test_the_page_shows_the_lines_that_make_run_prints() -> None:
    printed = "\n".join(walkthrough.walkthrough("http://127.0.0.1:8000", TREATED_BY))
    shown = [block.text.rstrip("\n") for block in blocks(read_page(PAGE), "sh")]
    not_printed = [text for text in shown if text not in printed]
    assert len(shown) == 5
    assert [text.split()[3] for text in not_printed] == ["$A/v1/reminder-previews"]


def test_the_laboratory_says_what_its_page_quotes(tmp_path: Path) -> None:
    app = create_app(Settings(instance_dir=tmp_path, log_level="ERROR"))  # it needs no database
    page, run = read_page("docs/rules-laboratory.md"), app.test_cli_runner().invoke
    (simulate, replay), *told = (block.text.splitlines() for block in blocks(page, ""))
    sessions = str(tmp_path / "sessions.jsonl")
    named = re.findall(r"--\w+ \d+", simulate)
    assert named
    assert "rules replay sessions.jsonl --summary" in replay
    options = [word for option in named for word in option.split()]
    assert run(args=["rules", "simulate", *options, "--output", sessions]).exit_code == 0
    summary = run(args=["rules", "replay", sessions, "--summary"]).stderr.splitlines()
    alerts = run(args=["rules", "replay", sessions]).stdout.splitlines()
    assert told == [summary, alerts[:1]]
