import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.jobs.due_rows import make_due, read_row
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.models import Dispatch
from tracker.delivery.reach import Obstacle, find_obstacles
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.verdicts import HandOver, Verdict
from tracker.delivery.vocabulary import Purpose
from tracker.errors import NotReady
from tracker.jobs.dispatch import run_once
from tracker.people import patients
from tracker.people.models import Patient
from tracker.people.vocabulary import PushProvider

# A file as somebody would write it who has another service for text messages.
COURIER = """
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

NAME = "sms"
SENT = []


class Courier:
    name = NAME
    drops_repetitions = False

    def send(self, message):
        SENT.append(message.address)
        return Result(AttemptOutcome.ACCEPTED)


def is_set(settings):
    return not settings.sms_url


def open_channel(settings):
    return Courier()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One more folder of channels, empty so far; its files are forgotten afterwards."""
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(f"{channels.__name__}.{file.stem}", None)


@pytest.mark.parametrize(
    ("smtp_url", "name"),
    [("", "Outbox"), ("smtp://mail.example.org", "Smtp"), ("smtps://u:p@mail.example.org:465", "Smtp")],
)
def test_the_settings_choose_how_mail_leaves(smtp_url: str, name: str) -> None:
    assert type(channels.open_all(Settings(smtp_url=smtp_url))["email"]).__name__ == name


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ({}, {"email"}),
        ({"smtp_url": "smtp://mail.example.org"}, {"email"}),
        ({"web_push_key": "key", "fcm_credentials": "file"}, {"email", *PushProvider}),
        ({"sms_url": "https://a:b@sms.example?from=+1", "webhooks": True}, {"email", "sms", "webhook"}),
    ],
)
def test_the_files_say_which_channels_the_settings_ask_for(asked: dict[str, Any], offered: set[str]) -> None:
    assert channels.list_offered(Settings(**asked)) == offered


def test_a_new_file_in_the_folder_is_a_new_channel(folder: Path) -> None:
    (folder / "pigeon.py").write_text(COURIER.replace('"sms"', '"pigeon"'))
    assert channels.list_offered(Settings()) == set(channels.open_all(Settings())) == {"email", "pigeon"}


def test_a_message_leaves_by_a_new_file_alone(
    cast: Cast, settings: Settings, moment: MovableClock, folder: Path
) -> None:
    pia = cast.pia.patient_id
    with transaction():
        patient = db.session.get_one(Patient, pia)
        patient.ways, patient.phone = ["sms"], "+4930123456"
    (row_id,) = make_due(patient, moment())
    assert find_obstacles([pia], channels.list_offered(settings), moment()) == {pia: Obstacle.NO_WAY}
    (folder / "courier.py").write_text(COURIER)
    assert find_obstacles([pia], channels.list_offered(settings), moment()) == {}
    run_once(
        settings,
        ids.new_id(),
        last_look={Purpose.REMINDER: by_what_is_known, Purpose.ALERT: by_what_is_known},
    )
    assert read_row(row_id).state == "accepted"
    assert importlib.import_module(f"{channels.__name__}.courier").SENT == ["+4930123456"]


def test_two_channels_of_one_name_are_refused(folder: Path) -> None:
    (folder / "second.py").write_text(COURIER.replace('"sms"', '"email"'))
    with pytest.raises(NotReady, match="email"):
        channels.open_all(Settings())


def test_every_channel_has_a_name_that_fits_its_column() -> None:
    everything = Settings(sms_url="a", webhooks=True, web_push_key="a", fcm_credentials="a")
    assert all(0 < len(name) <= 20 for name in channels.list_offered(everything))


def by_what_is_known(row: Dispatch, now: Any) -> Verdict:
    """Wanted, by the ways that the patient has."""
    patient = patients.find_patient(row.patient_id)
    assert patient is not None
    return HandOver(find_patient_recipient(patient, now), "reminder")
