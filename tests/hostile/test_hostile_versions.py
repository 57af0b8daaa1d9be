"""What names no version, a wrong one or an old one changes nothing; what proxies do to a version is undone."""

import pytest

from tests.access.house import House, contents
from tests.hostile.offers import OFFERS, body_of, send, verdict

VERSIONED = (
    "updateSession",
    "amendCheckIn",
    "updateAppointment",
    "replaceReminderPreferences",
    "updateMe",
    "updateClinic",
    "updateMember",
)
MISSING, STALE = (428, "if_match_required"), (412, "version_mismatch")
REFUSED = {
    "": MISSING,
    "  ": MISSING,
    "*": STALE,
    "{v}": STALE,  # not in quotes
    "'{v}'": STALE,
    '"{v}': STALE,
    '"{v}", "{v}"': STALE,
    '"-{v}"': STALE,
    '"+{v}"': STALE,
    '"{v}.0"': STALE,
    '"{v} "': STALE,
    '"\xb2"': STALE,
    '"0"': STALE,
    '"999999999"': STALE,
    '"99999999999999999999"': STALE,
    '"' + "9" * 60_000 + '"': STALE,
    'W/"': STALE,
    'w/"{v}"': STALE,
    '"{v}-rot13"': STALE,
    '"019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b"': STALE,
}
TAKEN = [
    '"{v}"',
    'W/"{v}"',
    ' "{v}" ',
    '"{v}-gzip"',
    '"{v}:gzip"',
    'W/"{v}-br"',
    '"{v};zstd"'.replace(";", "-"),
]


def test_every_operation_that_asks_for_a_version_is_tried(house: House) -> None:
    assert set(VERSIONED) == {name for name, info in house.operations.items() if info.if_match}


@pytest.mark.parametrize("operation", VERSIONED)
def test_what_is_not_the_version_changes_nothing(house: House, operation: str) -> None:
    before, offer = contents(), OFFERS[operation]
    version = house.version(operation, house.person(offer.caller))
    found = {}
    for written in REFUSED:
        sent = {"If-Match": written.replace("{v}", str(version))}
        found[written] = verdict(send(house, offer, body_of(house, offer), sent))
    assert found == REFUSED
    assert contents() == before


def test_what_a_proxy_makes_of_the_version_is_the_version(house: House) -> None:
    offer = OFFERS["updateSession"]
    for pain, written in enumerate(TAKEN):
        version = house.version("updateSession", house.cast.tilda)
        sent = {"If-Match": written.replace("{v}", str(version))}
        answer = send(house, offer, {"pain_during": pain}, sent)
        assert (answer.status_code, answer.get_json()["version"]) == (200, version + 1), written


@pytest.mark.parametrize("operation", VERSIONED)
def test_the_same_change_sent_twice_is_made_once_and_another_is_refused(house: House, operation: str) -> None:
    offer = OFFERS[operation]
    body, sent = (
        body_of(house, offer),
        {"If-Match": f'"{house.version(operation, house.person(offer.caller))}"'},
    )
    first = send(house, offer, body, sent)
    before = contents()
    again = send(house, offer, body, sent)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json()["version"] == again.get_json()["version"]
    other = {
        "updateSession": {"pain_during": 9},
        "amendCheckIn": {"soreness": 5},
        "updateAppointment": {"location": "Room 4"},
        "replaceReminderPreferences": body | {"opted_in": []},
        "updateMe": {"locale": "fr"},
        "updateClinic": {"closed_days": []},
        "updateMember": {"licence_ends_on": ""},
    }
    assert verdict(send(house, offer, other[operation], sent)) == STALE
    assert {name: len(rows) for name, rows in contents().items()} == {
        name: len(rows) for name, rows in before.items()
    }
