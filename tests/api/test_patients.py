"""Who may read a patient, and what a reading leaves behind."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.cast import Cast
from tracker import clock
from tracker.audit.models import AuditEvent
from tracker.db import db
from tracker.people.rules.access import Permission


def readings(patient_id: object) -> list[tuple[Any, ...]]:
    statement = select(AuditEvent.actor_role, AuditEvent.actor_id).where(
        AuditEvent.patient_id == patient_id, AuditEvent.action == "read"
    )
    return [tuple(row) for row in db.session.execute(statement)]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("pia", 200),
        ("tilda", 200),
        ("lars", 200),  # the owner of last resort
        ("tom", 404),
        ("olga", 404),
        ("paul", 404),
        ("otto", 404),
    ],
)
def test_a_patient_is_read_by_who_cares_for_them(cast: Cast, who: str, status: int) -> None:
    headers = getattr(cast, who).headers
    answer = cast.client.get(f"/v1/patients/{cast.pia.patient_id}", headers=headers)
    assert answer.status_code == status
    unknown = cast.client.get(f"/v1/patients/{cast.clinic_id}", headers=headers)
    assert unknown.status_code == 404
    if status == 404:
        assert {**answer.get_json(), "request_id": ""} == {**unknown.get_json(), "request_id": ""}


def test_a_patient_reads_themselves_as_me_without_a_trace(cast: Cast) -> None:
    answer = cast.client.get("/v1/patients/me", headers=cast.pia.headers)
    assert answer.get_json() == {
        "id": str(cast.pia.patient_id),
        "display_name": "Pia",
        "status": "active",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "therapist_id": str(cast.tilda.account_id),
        "version": 2,
    }
    assert readings(cast.pia.patient_id) == []


def test_a_reading_by_staff_is_written_down_and_a_refused_one_is_not(cast: Cast) -> None:
    for person in (cast.tilda, cast.tom):
        cast.client.get(f"/v1/patients/{cast.pia.patient_id}", headers=person.headers)
    assert readings(cast.pia.patient_id) == [("therapist", cast.tilda.account_id)]


def test_who_has_read_it_already_need_not_read_it_again(cast: Cast) -> None:
    first = cast.client.get("/v1/patients/me", headers=cast.pia.headers)
    again = cast.client.get(
        "/v1/patients/me", headers=cast.pia.headers | {"If-None-Match": first.headers["ETag"]}
    )
    assert (first.headers["ETag"], again.status_code) == ('"2"', 304)


@pytest.mark.parametrize("patient_id", ["me", "x", "0", "%00", "../me", "9" * 200])
def test_what_is_no_id_does_not_exist(cast: Cast, patient_id: str) -> None:
    assert cast.client.get(f"/v1/patients/{patient_id}", headers=cast.tilda.headers).status_code == 404


def test_the_cast_is_who_it_says(cast: Cast) -> None:
    people = (cast.tilda, cast.tom, cast.lars, cast.olga, cast.pia, cast.paul, cast.otto)
    assert len({person.account_id for person in people}) == 7
    assert [person.actor.is_last_resort for person in people] == [
        False,
        False,
        True,
        True,
        False,
        False,
        False,
    ]
    assert not cast.tilda.actor.may(Permission.READ_HOME)
    assert clock.replaced()
