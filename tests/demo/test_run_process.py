"""`make run` as a newcomer meets it: one command, lines to paste, Ctrl-C; and what it says when it cannot."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import pytest

from scripts import run
from scripts.processes import CannotRun
from tests.jobs.worker_processes import PATIENCE_SECONDS
from tracker.config import SettingRefused

ROOT = Path(__file__).resolve().parents[2]
LAST_LINE = "#   a clinic of your own       docs/clinic.md"
# Machines without curl run these tests too; it understands what the printed lines use.
CURL = f"""#!{sys.executable}
import sys, urllib.request
given = sys.argv[1:]
headers, body, end, address, method = {{}}, None, "", "", None
while given:
    word = given.pop(0)
    if word == "-H": headers.update([given.pop(0).split(": ", 1)])
    elif word == "-d": body = given.pop(0).encode()
    elif word == "-X": method = given.pop(0)
    elif word == "-sw": end = given.pop(0).replace("\\\\n", "\\n")
    elif word != "-s": address = word
with urllib.request.urlopen(urllib.request.Request(address, body, headers, method=method)) as answer:
    sys.stdout.write(answer.read().decode() + end)
"""


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """The service and what it printed until it was ready, or ended."""
    environment = {**os.environ, "PORT": str(unused_port()), "INSTANCE_DIR": str(folder), **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    try:
        printed = []
        for line in process.stdout:
            printed.append(line.rstrip("\n"))
            if printed[-1] == LAST_LINE:
                break
        yield process, printed
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def paste(printed: list[str], folder: Path) -> list[str]:
    """What a shell answers to the printed lines."""
    shim = folder / "curl"
    shim.write_text(CURL)
    shim.chmod(0o755)
    first = next(number for number, line in enumerate(printed) if line.startswith("# 1."))
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    shell = subprocess.run(
        ["sh", "-eu"],
        input="\n".join(printed[first:]) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return shell.stdout.splitlines()


def has_listener(printed: list[str]) -> bool:
    """Whether anybody answers at the address that was printed."""
    address = next(line for line in printed if line.startswith("A=")).split(";")[0].rpartition(":")[2]
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address))) == 0


def test_the_printed_lines_work_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    with running(tmp_path / "instance") as (process, printed):
        answers = [orjson.loads(line) for line in paste(printed, tmp_path) if line]
        process.send_signal(signal.SIGINT)
        assert process.stdout
        assert process.stdout.read().splitlines()[-2:] == ["Stopping ...", "Stopped."]
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    caseload, plan, check_in, alerts, closed = answers
    assert len(caseload["items"]) == 3
    assert plan["plan"]["tasks"]
    assert check_in["advice"]["rule_key"] == "red_flag_same_day"
    assert "Kim" in {alert["patient"]["display_name"] for alert in alerts["items"]}
    assert (closed["patient"]["display_name"], closed["status"]) == ("Kim", "resolved")
    assert not has_listener(printed)
    assert (tmp_path / "instance/demo-accounts.txt").stat().st_mode & 0o777 == 0o600


def test_the_second_start_shows_the_same_accounts_and_ends_when_the_worker_does(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    with running(folder) as (_, first):
        pass
    with (folder / "tracker.db.worker-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as another worker on this database would
        with running(folder) as (process, second):
            assert process.stdout
            rest = process.stdout.read().splitlines()
            assert process.wait(timeout=PATIENCE_SECONDS) == 1
    said = [*second, *rest][-1]
    assert said.startswith("The worker ended with status 75, so all was stopped")
    assert "A worker is already running on this database" in said
    accounts = [line for line in first if line.startswith(("  Dana Meyer", "  Luis Ortega"))]
    assert len(accounts) == 2
    assert LAST_LINE not in second or set(accounts) <= set(second)
    assert not has_listener(first)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "abc"}, "PORT cannot be used: 'abc' is no whole number from 1 to 65535."),
        ({"PORT": "0"}, "PORT cannot be used: '0' is no whole number from 1 to 65535."),
        ({"TICK_SECONDS": "0"}, "TICK_SECONDS cannot be used: use a whole number from 1 to 60."),
        (
            {"INSTANCE_DIR": "/dev/null/x"},
            "INSTANCE_DIR cannot be used: /dev/null/x cannot be made (Not a directory).",
        ),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL cannot be used: use sqlite:///path or postgresql://"),
        (
            {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"},
            "The database postgresql+psycopg://me:***@127.0.0.1:1/x cannot be used: connection failed",
        ),
        (
            {"DATABASE_URL": "sqlite:////dev/null/x.db"},
            "The database sqlite:////dev/null/x.db cannot be used",
        ),
    ],
)
def test_what_keeps_it_from_starting_is_one_sentence(
    variables: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"PORT": str(unused_port()), "INSTANCE_DIR": str(tmp_path)} | variables
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((CannotRun, SettingRefused, OSError)) as refusal:
        run.prepare(os.environ)
    said = run.sentence_of(refusal.value)
    assert said.startswith(sentence)
    assert said.endswith(".")
    assert "\n" not in said


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            CannotRun, match=rf"^Port {port} cannot be used \(address already in use\); choose"
        ):
            run.find_free_port(str(port))
