"""Imports keep their direction; one file reads the clock, one makes ids, no noun commits."""

from collections.abc import Callable, Iterator

import pytest

from tests.support import import_rules
from tests.support.import_rules import RULES
from tests.support.source import ROOT, Source, read

Rule = Callable[[Source], Iterator[str]]
TRACKER = read("tracker")


def test_the_walk_reaches_every_folder() -> None:
    folders = {path.parent for path in (ROOT / "tracker").rglob("*.py")}
    assert {(ROOT / source.path).parent for source in TRACKER} == folders
    assert "tracker/clock.py" in {source.path for source in TRACKER}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_tracker_keeps(rule: Rule) -> None:
    offences = [offence for source in TRACKER for offence in rule(source)]
    assert not offences, "\n" + "\n".join(offences)


INSIDE_REFUSED = [
    ("sessions/rules.py", "from tracker.checkins.rules.moments import Reading", "right pure"),
    ("sessions/rules.py", "from tracker.checkins import rules", "right pure"),
    ("alerts/rules/worsening.py", "from tracker.reminders.rules.prompts import PLAN", "right pure"),
    ("reminders/rules.py", "from tracker.alerts.rules import Finding", "right pure"),
    ("reminders/service.py", "from tracker.alerts import service", "right service"),
    ("checkins/rules.py", "from tracker import clock", "clock"),
    ("checkins/rules.py", "from tracker.db import Base", "db"),
    ("checkins/rules.py", "import tracker.ids", "ids"),
    ("checkins/rules.py", "from tracker.config import Settings", "config"),
    ("checkins/rules.py", "from . import models", "own models"),
    ("checkins/rules.py", "from .service import log", "own service"),
    ("checkins/rules.py", "from ..people import service", "left service"),
    ("checkins/__init__.py", "from tracker.checkins.service import log", "own service"),
    ("checkins/__init__.py", "from .models import CheckIn", "own models"),
    ("checkins/rules.py", "def late():\n    from tracker.people import models", "left models"),
    ("checkins/rules.py", "if TYPE_CHECKING:\n    from tracker.checkins.models import CheckIn", "own models"),
    ("checkins/models.py", "from tracker.sessions.models import TreatmentSession", "left models"),
    ("checkins/models.py", "from tracker.checkins import service", "own service"),
    ("checkins/models.py", "from tracker.clock import now", "clock"),
    ("checkins/service.py", "from tracker import clock", "clock"),
    ("checkins/service.py", "from tracker.db import transaction", "db.transaction"),
    ("checkins/service.py", "from tracker import db\nwith db.transaction(): pass", "db.transaction"),
    ("checkins/service.py", "from tracker.recovery import service", "right service"),
    ("checkins/service.py", "from tracker.alerts.models import Alert", "right models"),
    ("checkins/service.py", "from tracker.delivery.channels import email", "left channels"),
    ("checkins/service.py", "from tracker.api.auth import requires", "api"),
    ("checkins/service.py", "from tracker.jobs import tasks", "jobs"),
    ("checkins/queries.py", "from tracker.alerts.models import Alert", "right models"),
    ("checkins/statements.py", "from tracker import clock", "clock"),
    ("delivery/channels/email.py", "from tracker.db import db", "db"),
    ("delivery/channels/email.py", "from tracker.delivery.models import Message", "own models"),
    ("api/checkins.py", "from tracker.jobs import tasks", "jobs"),
    ("api/checkins.py", "from tracker.delivery.channels import email", "any channels"),
    ("api/checkins.py", "from tracker.checkins.models import CheckIn", "any models"),
    ("api/checkins.py", "from tracker.db import db", "db"),
    ("jobs/tasks.py", "from tracker.api import auth", "api"),
    ("demo/seed.py", "from tracker.api import auth", "api"),
    ("demo/seed.py", "from tracker.jobs import tasks", "jobs"),
    ("errors.py", "from tracker.people.rules.access import Actor", "any pure"),
    ("clock.py", "from tracker.config import Settings", "config"),
    ("db.py", "from tracker.people.models import Patient", "any models"),
    ("people/service.py", "from tracker import create_app", "app"),
    ("api/status.py", "from tracker.app import create_app", "app"),
    ("__init__.py", "from tracker.people.patients import enrol", "any service"),
]
INSIDE_ALLOWED = [
    ("checkins/rules.py", "from tracker.sessions.rules import State"),
    ("checkins/models.py", "from tracker.checkins.vocabulary import Source\nfrom tracker.db import Base"),
    (
        "checkins/service.py",
        "from tracker.checkins.models import CheckIn\nfrom tracker.sessions import service",
    ),
    ("checkins/service.py", "from tracker.db import db\nfrom tracker.errors import NotFound"),
    ("recovery/service.py", "from tracker.alerts import service\nfrom tracker.reminders import rules"),
    ("recovery/queries.py", "from tracker.alerts.models import Alert"),
    ("api/checkins.py", "from tracker import clock\nfrom tracker.db import transaction"),
    ("jobs/tasks.py", "from tracker.delivery.channels import email\nfrom tracker.db import transaction"),
    ("app.py", "from tracker import api\nfrom tracker.db import db"),
    ("cli.py", "from tracker.jobs import scheduler\nfrom tracker.demo import seed"),
    ("__init__.py", "from tracker.app import create_app"),
]
OUTSIDE_REFUSED = [
    ("checkins/rules.py", "import flask"),
    ("checkins/rules.py", "from sqlalchemy import select"),
    ("checkins/rules.py", "from marshmallow import Schema"),
    ("checkins/rules.py", "import yaml"),
    ("checkins/rules.py", "import socket"),
    ("alerts/rules/pain.py", "from sqlalchemy.orm import Session"),
    ("checkins/service.py", "from flask import g"),
    ("checkins/service.py", "from marshmallow import ValidationError"),
    ("checkins/service.py", "import requests"),
    ("checkins/models.py", "from flask import current_app"),
    ("delivery/channels/email.py", "from sqlalchemy import select"),
    ("api/checkins.py", "from sqlalchemy import select"),
    ("api/schemas/checkins.py", "import sqlalchemy as sa"),
    ("jobs/tasks.py", "from flask import request"),
    ("jobs/tasks.py", "import flask\nflask.request.args"),
    ("clock.py", "import structlog"),
]
OUTSIDE_ALLOWED = [
    ("checkins/rules.py", "import tzdata\nfrom zoneinfo import ZoneInfo"),
    ("checkins/service.py", "from sqlalchemy import select"),
    ("checkins/models.py", "from sqlalchemy.orm import Mapped"),
    ("delivery/channels/webhook.py", "import requests"),
    ("ids.py", "from uuid_utils.compat import uuid7"),
    ("jobs/tasks.py", "from flask import Flask"),
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
OTHER_REFUSED: list[tuple[Rule, str, str]] = [
    (import_rules.files_without_a_place, "helpers/text.py", ""),
    (import_rules.files_without_a_place, "common.py", ""),
    (import_rules.commits, "checkins/service.py", "db.session.commit()"),
    (import_rules.commits, "checkins/queries.py", "def log(session):\n    session.commit()"),
    (import_rules.second_importers, "api/jobs.py", "from apscheduler.schedulers.blocking import X"),
    (import_rules.second_importers, "cli.py", "import apscheduler"),
    (import_rules.second_importers, "app.py", "from flask_sqlalchemy import SQLAlchemy"),
]
OTHER_ALLOWED: list[tuple[Rule, str, str]] = [
    (import_rules.files_without_a_place, "alerts/rules/pain.py", ""),
    (import_rules.commits, "db.py", "db.session.commit()"),
    (import_rules.commits, "checkins/service.py", "db.session.flush()"),
    (import_rules.second_importers, "jobs/scheduler.py", "import apscheduler"),
    (import_rules.second_importers, "db.py", "from flask_sqlalchemy import SQLAlchemy"),
]


def offences(rule: Rule, path: str, text: str) -> list[str]:
    return list(rule(Source(f"tracker/{path}", text)))


@pytest.mark.parametrize(("path", "text", "label"), INSIDE_REFUSED)
def test_an_import_against_the_table_is_found(path: str, text: str, label: str) -> None:
    found = offences(import_rules.imports_inside, path, text)
    assert found
    assert found[0].endswith(f" may not know {label}")


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        *[(import_rules.imports_outside, *case) for case in OUTSIDE_REFUSED],
        *[(import_rules.second_clocks, *case) for case in CLOCK_REFUSED],
        *[(import_rules.second_makers_of_ids, *case) for case in IDS_REFUSED],
        *OTHER_REFUSED,
    ],
)
def test_an_offence_is_found(rule: Rule, path: str, text: str) -> None:
    assert offences(rule, path, text)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        *[(import_rules.imports_inside, *case) for case in INSIDE_ALLOWED],
        *[(import_rules.imports_outside, *case) for case in OUTSIDE_ALLOWED],
        *[(import_rules.second_clocks, *case) for case in CLOCK_ALLOWED],
        *[(import_rules.second_makers_of_ids, *case) for case in IDS_ALLOWED],
        *OTHER_ALLOWED,
    ],
)
def test_what_the_table_allows_passes(rule: Rule, path: str, text: str) -> None:
    assert offences(rule, path, text) == []
