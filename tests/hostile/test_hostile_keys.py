"""One creation per key, for good: repeated, reused, shared, missing and odd keys (api.md 1.2)."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from tests.access.house import House, contents
from tests.hostile.offers import OFFERS, Offer, body_of, faults, send, verdict
from tests.support.keys import new_key
from tracker.clock import MovableClock

KEYED = (
    "createSession",
    "createCheckIn",
    "createAppointment",
    "createInvitation",
    "recordConsent",
    "createLeave",
    "requestContact",
    "publishProtocolVersion",
    "addAlertNote",
)
CREATING = (*KEYED, "reportRedFlag")
CHANGES: dict[str, dict[str, Any]] = {
    "createSession": {"needle_count": 7},
    "createCheckIn": {"soreness": 4},
    "createAppointment": {"duration_minutes": 20},
    "createInvitation": {"display_name": "Another name"},
    "recordConsent": {"status": "withdrawn"},
    "createLeave": {"ends_at": "2026-08-01T00:00:00Z"},
    "requestContact": {"message": "May I swim?"},
    "publishProtocolVersion": {"note": "On second thoughts"},
    "addAlertNote": {"text": "Somebody answered."},
}
ODD_KEYS = {
    "": "idempotency_key_missing",
    "   ": "idempotency_key_missing",
    '""': "idempotency_key_missing",
    "two words": "invalid_parameter",
    "tab\tbed": "invalid_parameter",
    "sch\xf6n": "invalid_parameter",
    "\x7f": "invalid_parameter",
    "k" * 256: "invalid_parameter",
    "k" * 60_000: "invalid_parameter",
}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def counts() -> dict[str, int]:
    """Return how many rows every table has."""
    return {table: len(rows) for table, rows in contents().items()}


def id_of(answer: Any) -> str:
    """Return the id of what was created."""
    body = answer.get_json()
    return str(body["session"]["id"] if "session" in body else body["id"])


def test_every_operation_that_takes_a_key_is_tried(house: House) -> None:
    assert set(CREATING) == {name for name, info in house.operations.items() if info.key}


@pytest.mark.parametrize("days", [0, 40])
def test_the_same_again_creates_nothing(house: House, moment: MovableClock, days: int) -> None:
    keys = {name: new_key() for name in CREATING}
    bodies = {name: body_of(house, OFFERS[name]) for name in CREATING}
    first = {name: send(house, OFFERS[name], bodies[name], keyed(keys[name])) for name in CREATING}
    before = counts()
    moment.move_to(moment() + timedelta(days=days))
    for name, key in keys.items():
        assert "Idempotent-Replayed" not in first[name].headers
        for written in (key, f'"{key}"', f" {key} "):
            again = send(house, OFFERS[name], bodies[name] | {"surprise": None}, keyed(written))
            assert (again.status_code, id_of(again)) == (201, id_of(first[name])), name
            assert again.headers["Idempotent-Replayed"] == "true", name
    assert counts() == before


@pytest.mark.parametrize("days", [0, 40])
def test_a_used_key_with_other_content_is_refused(house: House, moment: MovableClock, days: int) -> None:
    keys = {name: new_key() for name in KEYED}
    bodies = {name: body_of(house, OFFERS[name]) for name in KEYED}
    for name in KEYED:
        assert send(house, OFFERS[name], bodies[name], keyed(keys[name])).status_code == 201
    moment.move_to(moment() + timedelta(days=days))
    before = contents()
    for name in KEYED:
        answer = send(house, OFFERS[name], bodies[name] | CHANGES[name], keyed(keys[name]))
        assert verdict(answer) == (422, "idempotency_key_reused"), name
    assert contents() == before


def test_what_cannot_be_a_key_is_refused(house: House) -> None:
    before = contents()
    for name in KEYED:
        body = body_of(house, OFFERS[name])
        found = {key: verdict(send(house, OFFERS[name], body, keyed(key))) for key in ODD_KEYS}
        assert found == {key: (400, code) for key, code in ODD_KEYS.items()}, name
    assert contents() == before


def test_an_unusual_key_is_a_key(house: House) -> None:
    for operation, key in product(CREATING, ("k", "k" * 255, "a,b;c=d'\"--", "../../x", "%00")):
        offer = OFFERS[operation]
        body = body_of(house, offer)
        first, again = (send(house, offer, body, keyed(key)) for _ in range(2))
        assert (first.status_code, again.status_code, id_of(again)) == (201, 201, id_of(first)), operation


def test_a_key_belongs_to_who_sent_it(house: House) -> None:
    offer, key = OFFERS["createCheckIn"], new_key()
    body = body_of(house, offer)
    made = [send(house, offer, body, keyed(key), caller) for caller in ("pia", "paul", "otto")]
    assert [answer.status_code for answer in made] == [201, 201, 201]
    assert len({id_of(answer) for answer in made}) == 3


@pytest.mark.parametrize("operation", ["createSession", "createCheckIn"])
def test_a_key_used_for_one_patient_does_not_answer_for_another(house: House, operation: str) -> None:
    offer, key = OFFERS[operation], new_key()
    hers, his = (
        body_of(house, offer) | {"patient_id": str(person.patient_id)}
        for person in (house.cast.pia, house.cast.paul)
    )
    assert send(house, offer, hers, keyed(key), "tilda").status_code == 201
    before = contents()
    assert verdict(send(house, offer, his, keyed(key), "tilda")) == (422, "idempotency_key_reused")
    assert contents() == before


def test_a_key_replays_nothing_to_who_no_longer_sees_the_patient(house: House) -> None:
    offer, key = OFFERS["createCheckIn"], new_key()
    body = body_of(house, offer) | {"patient_id": house.pia.patient}
    assert send(house, offer, body, keyed(key), "tilda").status_code == 201
    for stranger in ("tom", "olga", "paul"):
        assert verdict(send(house, offer, body, keyed(key), stranger)) == (404, "not_found")


def test_a_refused_request_does_not_use_its_key_up(house: House) -> None:
    offer, key = OFFERS["createCheckIn"], new_key()
    body = body_of(house, offer)
    assert faults(send(house, offer, body | {"soreness": 11}, keyed(key))) == [("#/soreness", "out_of_range")]
    assert send(house, offer, body, keyed(key)).status_code == 201


@pytest.mark.parametrize("key", ["used", "u" * 255])
def test_another_report_under_a_used_key_is_still_taken_once(house: House, key: str) -> None:
    offer: Offer = OFFERS["reportRedFlag"]
    reports = [{"symptoms": [code]} for code in ("fever", "chest_pain", "cough_blood", "fever", "chest_pain")]
    made = [send(house, offer, report, keyed(key)) for report in reports]
    assert [answer.status_code for answer in made] == [201] * 5
    assert len({id_of(answer) for answer in made}) == 3
    assert [answer.headers.get("Idempotent-Replayed") for answer in made] == [
        None,
        None,
        None,
        "true",
        "true",
    ]


def test_what_cannot_be_a_key_is_no_reason_to_lose_a_report(house: House) -> None:
    offer = OFFERS["reportRedFlag"]
    taken = [send(house, offer, {"symptoms": ["chest_pain"]}, keyed(key)) for key in ODD_KEYS]
    assert {answer.status_code for answer in taken} == {201}
    assert len({id_of(answer) for answer in taken}) == len(ODD_KEYS)
