"""Values that no member takes are refused with pointer and code, nothing is written (S4, S17-S19, T30-T32)."""

from typing import Any

import pytest

from tests.access.house import House, contents
from tests.hostile.bad_values import BAD_VALUES, NEEDED, Case
from tests.hostile.offers import OFFERS, Offer, body_of, faults, send, spoil, verdict

# A check-in that ticks a warning sign is never refused.
TICKING = ("createCheckIn", "amendCheckIn")
ZONES = {
    "Europe/Kiev": "Europe/Kyiv",
    "US/Eastern": "America/New_York",
    "EST5EDT": "America/New_York",
    "Asia/Calcutta": "Asia/Kolkata",
    "UTC": "Etc/UTC",
    "Europe/Oslo": "Europe/Oslo",
}
UNUSUAL: list[tuple[str, Any, Any]] = [
    ("soreness", 9.0, 9),
    ("soreness", -0.0, 0),
    ("soreness", None, None),
    ("hydration_ml", 10_000, 10_000),
    ("standard_drinks", 0.5, 0.5),
    ("note", "", ""),
    ("note", "x" * 4000, "x" * 4000),
    ("note", "\U0001f9d1\u200d\u2695\ufe0f \u202e nai\u0308ve \u05d0\ttab\nline", None),
    ("note", "'; DROP TABLE patient; -- %s %(x)s {0} \\x00 \\u0000", None),
    ("recorded_at", "2026-03-03t21:00:00.123456789+00:00", "2026-03-03T21:00:00Z"),
    ("recorded_at", "2026-03-04T02:00:00+05:00", "2026-03-03T21:00:00Z"),
]


def answer_to(house: House, offer: Offer, case: Case) -> str:
    """Return how one bad value is answered, "" when it is refused as it should be."""
    path, value, code = case
    answer = send(house, offer, spoil(body_of(house, offer), path, value))
    code, elsewhere, pointer = code.partition(" at ")
    expected = (pointer if elsewhere else f"#/{path}", code)
    if verdict(answer) not in {(422, "validation_failed"), (413, "too_many_items")}:
        return f"{path} = {str(value)[:60]!r}: {verdict(answer)}"
    found = faults(answer)
    return "" if expected in found else f"{path} = {str(value)[:60]!r}: {found}, not {expected}"


def is_tick(operation: str, case: Case) -> bool:
    """Say whether a bad value may be meant as a warning sign, which is never refused."""
    path, value, _code = case
    return operation in TICKING and path.partition("/")[0] == "red_flags" and bool(value)


@pytest.mark.parametrize("operation", TICKING)
def test_what_may_be_meant_as_a_warning_sign_is_answered_as_one(house: House, operation: str) -> None:
    ticks = [case for case in BAD_VALUES[operation] if is_tick(operation, case)]
    assert ticks
    for path, value, _code in ticks:
        offer = OFFERS[operation]
        answer = send(house, offer, spoil(body_of(house, offer), path, value))
        assert answer.status_code == offer.status, (path, value)
        assert answer.get_json()["advice"]["level"] == "emergency", (path, value)


@pytest.mark.parametrize("operation", BAD_VALUES)
def test_every_bad_value_is_refused_and_named(house: House, operation: str) -> None:
    before = contents()
    cases = [case for case in BAD_VALUES[operation] if not is_tick(operation, case)]
    odd = [found for case in cases if (found := answer_to(house, OFFERS[operation], case))]
    assert odd == []
    assert contents() == before


def test_what_is_needed_is_asked_for(house: House) -> None:
    for operation in NEEDED:
        before, offer = contents(), OFFERS[operation]
        names = NEEDED[operation].split()
        for name in names:
            body = body_of(house, offer)
            del body[name]
            for sent in (body, body | {name: None}):  # null means not sent
                assert (f"#/{name}", "required") in faults(send(house, offer, sent)), name
        first = faults(send(house, offer, {}))
        assert {pointer for pointer, _code in first} >= {"#/" + name for name in names[:2]}
        assert contents() == before


def test_every_member_of_every_body_is_tried(house: House) -> None:
    for operation, cases in BAD_VALUES.items():
        schema = house.operations[operation].body
        assert schema is not None
        tried = {path.partition("/")[0] for path, _value, _code in cases}
        assert set(schema().fields) - {"refresh_token"} <= tried, operation


def test_an_old_name_of_a_zone_becomes_its_name_of_today(house: House) -> None:
    for sent, kept in ZONES.items():
        for operation in ("createCheckIn", "updateMe"):
            offer = OFFERS[operation]
            answer = send(house, offer, body_of(house, offer) | {"time_zone": sent})
            assert (answer.status_code, answer.get_json()["time_zone"]) == (offer.status, kept)


def test_what_is_only_unusual_is_taken(house: House) -> None:
    for member, value, shown in UNUSUAL:
        offer = OFFERS["createCheckIn"]
        answer = send(house, offer, body_of(house, offer) | {member: value})
        assert answer.status_code == 201, answer.text
        assert answer.get_json().get(member) == (shown if shown is not None or value is None else value)


def test_a_good_request_of_each_kind_is_taken(house: House) -> None:
    offers = [offer for offer in OFFERS.values() if offer.operation != "activateAccount"]
    found = {offer.operation: send(house, offer, body_of(house, offer)).status_code for offer in offers}
    assert found == {offer.operation: offer.status for offer in offers}
