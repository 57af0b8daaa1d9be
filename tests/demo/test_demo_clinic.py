"""The demo clinic: what a newcomer finds, and the file with its passwords."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from scripts.worker_round import worker_round
from tracker import ids
from tracker.clock import MovableClock
from tracker.demo import clinic
from tracker.demo.acting_clinic import Therapist
from tracker.demo.callers import Caller, RequestRefused, request

STAFF = [Therapist("Dana Meyer", "dana@example.org", "secret words"), Therapist("Luis", "l@example.org", "x")]


def test_the_caseload_of_the_demo_clinic_is_a_busy_day(
    app: Flask, moment: MovableClock, tmp_path: Path
) -> None:
    now = moment()
    clinic_id, staff = clinic.load(app, moment, worker_round(app, tmp_path))
    assert moment() == now
    assert clinic.find_clinic_id(app) == clinic_id
    # Luis is the owner of last resort, so he sees everybody.
    found: list[Any] = Caller.sign_in(app, staff[clinic.LUIS].email, staff[clinic.LUIS].password).ask(
        "GET", "/v1/caseload"
    )["items"]
    assert {row["patient"]["display_name"]: row["triage_reasons"][0] for row in found} == {
        "Ines Costa": "urgent",
        "Sam Reed": "attention",
        "Owen Hale": "not_heard",
        "Petra Lang": "not_asked",
        "Aiko Mori": "settled",
    }


def test_every_load_makes_its_own_passwords(app: Flask, moment: MovableClock, tmp_path: Path) -> None:
    _, staff = clinic.load(app, moment, worker_round(app, tmp_path))
    assert len({person.password for person in staff}) == len(staff)
    with pytest.raises(RequestRefused, match="401"):
        Caller.sign_in(app, staff[0].email, staff[1].password)


def test_a_refused_request_shows_the_answer(app: Flask) -> None:
    with pytest.raises(RequestRefused, match=r"^GET /v1/caseload: 401 .*problem"):
        request(app, "GET", "/v1/caseload")


def test_accounts_are_kept_for_this_user_alone(tmp_path: Path) -> None:
    path, clinic_id = tmp_path / "accounts.txt", ids.new_id()
    path.write_text("of another clinic\n")
    path.chmod(0o644)
    clinic.keep_accounts(path, clinic_id, STAFF)
    assert path.stat().st_mode & 0o777 == 0o600
    assert clinic.find_accounts(path, clinic_id) == STAFF


def test_accounts_of_another_clinic_or_none_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    assert clinic.find_accounts(path, ids.new_id()) == []
    clinic.keep_accounts(path, ids.new_id(), STAFF)
    assert clinic.find_accounts(path, ids.new_id()) == []
