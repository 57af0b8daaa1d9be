"""Imports keep their direction; one file reads the clock, one makes ids, no noun commits."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import habits
from tests.support.habits import HABITS
from tests.support.source import ROOT, Source, read

Habit = Callable[[Source], Iterator[str]]
TRACKER = read("tracker")
# A contract by the beginning of its name, and a line that breaks it in a file that exists.
BREACHES = {
    "Whoever stands higher": ("sessions/service.py", "from tracker.alerts import service"),
    "Pure files": ("checkins/rules/moments.py", "from tracker.people import patients"),
    "Nouns know neither the web": ("people/staff.py", "from flask import request"),
    "Channels know no database": ("delivery/channels/mail.py", "import sqlalchemy"),
    "Rows of one noun": ("alerts/models.py", "from tracker.people.models import Patient"),
    "Routes hold no queries": ("api/home.py", "from tracker.people.models import Patient"),
    "APScheduler": ("cli.py", "import apscheduler"),
    "Flask-SQLAlchemy": ("app.py", "import flask_sqlalchemy"),
    "Flask-Babel": ("api/landing.py", "import flask_babel"),
}


def broken_contracts(folder: Path) -> list[str]:
    """Return the names of the contracts that the package in this folder breaks."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True, check=False
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if " BROKEN" in line]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package and its contracts that a test may spoil."""
    shutil.copytree(ROOT / "tracker", tmp_path / "tracker", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    assert broken_contracts(ROOT) == []


def test_every_contract_finds_its_breach(copied: Path) -> None:
    for file, line in BREACHES.values():
        path = copied / "tracker" / file
        path.write_text(f"{path.read_text('utf-8')}\n\n{line}\n", "utf-8")
    found = broken_contracts(copied)
    assert [name for name in BREACHES if not any(line.startswith(name) for line in found)] == []
    assert len(found) == len(BREACHES)


def test_a_folder_without_a_floor_is_found(copied: Path) -> None:
    (copied / "tracker/helpers").mkdir()
    (copied / "tracker/helpers/__init__.py").write_text("", "utf-8")
    assert [line.partition(" knows")[0] for line in broken_contracts(copied)] == ["Whoever stands higher"]


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_tracker_keeps(habit: Habit) -> None:
    offences = [offence for source in TRACKER for offence in habit(source)]
    assert not offences, "\n" + "\n".join(offences)


COMMITS_REFUSED = [
    ("checkins/service.py", "db.session.commit()"),
    ("checkins/context.py", "def log(session):\n    session.commit()"),
    ("checkins/service.py", "from tracker.db import transaction"),
    ("checkins/service.py", "from tracker import db\nwith db.transaction(): pass"),
]
COMMITS_ALLOWED = [
    ("db.py", "db.session.commit()"),
    ("checkins/service.py", "db.session.flush()"),
    ("jobs/tasks.py", "from tracker.db import transaction"),
    ("api/check_ins.py", "from tracker.db import transaction"),
]
CLOCK_REFUSED = [
    ("checkins/service.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    ("checkins/service.py", "import datetime\ndatetime.datetime.utcnow()"),
    ("checkins/service.py", "import datetime as dt\ndt.date.today()"),
    ("checkins/models.py", "from datetime import datetime as moment\nfield(default_factory=moment.now)"),
    ("checkins/models.py", "from datetime import datetime\ndatetime.today()"),
    ("jobs/tasks.py", "import time\ntime.time()"),
    ("api/auth.py", "from time import time\ntime()"),
    ("api/auth.py", "from time import monotonic"),
    ("sessions/service.py", "from sqlalchemy import func\nfunc.now()"),
]
CLOCK_ALLOWED = [
    ("clock.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    ("jobs/worker.py", "import time\ntime.monotonic()"),
    ("delivery/service.py", "from time import monotonic"),
    ("checkins/service.py", "from tracker import clock\ndef log(now): return now.date()"),
]
IDS_REFUSED = [
    ("people/service.py", "import uuid\nuuid.uuid4()"),
    ("people/service.py", "from uuid import uuid4"),
    ("people/models.py", "from uuid_utils.compat import uuid7"),
    ("people/service.py", "import secrets"),
    ("delivery/retry.py", "from random import random"),
    ("api/auth.py", "import os\nos.urandom(16)"),
]
IDS_ALLOWED = [
    ("ids.py", "import secrets\nfrom uuid_utils.compat import uuid7"),
    ("people/models.py", "from uuid import UUID\nUUID(int=0)"),
]
LIBRARIES_REFUSED = [
    ("checkins/rules/moments.py", "import yaml"),
    ("checkins/vocabulary.py", "from marshmallow import Schema"),
    ("safety/advice.py", "import flask"),
]
LIBRARIES_ALLOWED = [
    ("checkins/rules/moments.py", "from zoneinfo import ZoneInfo\nimport tzdata"),
    ("checkins/service.py", "from sqlalchemy import select"),
]


def offences(habit: Habit, path: str, text: str) -> list[str]:
    return list(habit(Source(f"tracker/{path}", text)))


@pytest.mark.parametrize(
    ("habit", "path", "text"),
    [
        *[(habits.commits, *case) for case in COMMITS_REFUSED],
        *[(habits.second_clocks, *case) for case in CLOCK_REFUSED],
        *[(habits.second_makers_of_ids, *case) for case in IDS_REFUSED],
        *[(habits.libraries_in_pure_files, *case) for case in LIBRARIES_REFUSED],
        (habits.requests_in_jobs, "jobs/tasks.py", "from flask import request"),
        (habits.requests_in_jobs, "jobs/tasks.py", "import flask\nflask.request.args"),
    ],
)
def test_an_offence_is_found(habit: Habit, path: str, text: str) -> None:
    assert offences(habit, path, text)


@pytest.mark.parametrize(
    ("habit", "path", "text"),
    [
        *[(habits.commits, *case) for case in COMMITS_ALLOWED],
        *[(habits.second_clocks, *case) for case in CLOCK_ALLOWED],
        *[(habits.second_makers_of_ids, *case) for case in IDS_ALLOWED],
        *[(habits.libraries_in_pure_files, *case) for case in LIBRARIES_ALLOWED],
        (habits.requests_in_jobs, "jobs/tasks.py", "from flask import Flask"),
    ],
)
def test_what_is_right_passes(habit: Habit, path: str, text: str) -> None:
    assert offences(habit, path, text) == []
