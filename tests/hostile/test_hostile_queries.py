"""Query strings: unknown, repeated and wrong parameters, limits and cursors of every list (S19, S20, S23)."""

import base64
import json
from dataclasses import asdict

from werkzeug.test import TestResponse

from tests.access.house import House, contents
from tests.hostile.bad_values import IDS, INSTANTS
from tests.hostile.offers import faults, verdict
from tracker.outcomes.feed import NEVER_RESTORED

UNKNOWN, WRONG, CURSOR = (400, "unknown_parameter"), (400, "invalid_parameter"), (400, "invalid_cursor")
# Each list, who asks for it, and what they must name.
LISTS = {
    "listSessions": ("/v1/sessions", "tilda", "patient_id={patient}"),
    "listCheckIns": ("/v1/check-ins", "tilda", "patient_id={patient}"),
    "listAppointments": ("/v1/appointments", "tilda", "patient_id={patient}"),
    "listReminders": ("/v1/reminders", "pia", ""),
    "listAlerts": ("/v1/alerts", "tilda", ""),
    "listCaseload": ("/v1/caseload", "tilda", ""),
    "listOutcomes": ("/v1/patients/{patient}/outcomes", "tilda", ""),
    "listInvitations": ("/v1/invitations", "tilda", ""),
    "listChanges": ("/v1/changes", "pia", ""),
    "listLeaves": ("/v1/clinics/{clinic}/leaves", "tilda", ""),
    "listProtocolVersions": ("/v1/protocol/versions", "tilda", ""),
}
LIMITS = [
    "",
    "0",
    "00",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    "\xb2",
    "\u0663",
    "x",
    " 1",
    "1 ",
    "1\n",
    "9" * 11,
    "%00",
    "NaN",
]
WORDS = ["", "surprise", ",", "open,", "open,surprise", "open;resolved", "OPEN", "' OR 1=1 --", "o" * 10_000]
TIMES = [(value, code) for value, code in INSTANTS if isinstance(value, str)]
TIMED = [
    ("listSessions", "ended_from"),
    ("listSessions", "ended_to"),
    ("listCheckIns", "recorded_from"),
    ("listCheckIns", "recorded_to"),
    ("listAppointments", "starts_from"),
    ("listAppointments", "starts_to"),
    ("listLeaves", "ends_from"),
]
WORDED = [("listAlerts", "status"), ("listAlerts", "severity"), ("listReminders", "status")]
NAMED = [("listAlerts", "patient_id"), ("listReminders", "patient_id"), ("listCheckIns", "session_id")]
NOBODY = "019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b"
HERE = str(NEVER_RESTORED)
HUGE: tuple[object, ...] = (2**63, -(2**63), 2**63 - 1, 10**30, 1.5, True, None, "1", [], {})


def ask(house: House, operation: str, query: str, caller: str = "") -> TestResponse:
    """Ask for a list with one more parameter, given as it stands in the address."""
    path, usual, needed = LISTS[operation]
    path, needed = (part.format_map(house.names(house.pia)) for part in (path, needed))
    person = house.person(caller or usual)
    assert person is not None
    return house.cast.client.get(f"{path}?{needed}&{query}".replace("?&", "?"), headers=person.headers)


def pack(*values: object) -> str:
    """Write a cursor as the server writes it."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def quote(value: str) -> str:
    """Write text as it may stand in an address, percent signs left alone."""
    return "".join(
        c if (c.isalnum() and c.isascii()) or c in "%-" else "".join(f"%{b:02X}" for b in c.encode())
        for c in value
    )


def test_every_list_is_tried(house: House) -> None:
    assert set(LISTS) == {name for name in house.operations if name.startswith("list")}


def test_odd_limits_and_parameters_are_refused_and_named(house: House) -> None:
    for operation in LISTS:
        before = contents()
        limits = {limit: ask(house, operation, f"limit={quote(limit)}") for limit in LIMITS}
        assert {limit: verdict(answer) for limit, answer in limits.items()} == dict.fromkeys(LIMITS, WRONG)
        assert all(faults(answer)[0][0] == "limit" for answer in limits.values())
        for query in (
            "surprise=1",
            "Limit=1",
            "limit[]=1",
            "limit%00=1",
            "%ff=1",
            "a&b",
            "__proto__=1",
            "offset=5",
        ):
            assert verdict(ask(house, operation, query)) == UNKNOWN, query
        assert verdict(ask(house, operation, "limit=1&limit=2")) == WRONG
        assert verdict(ask(house, operation, "&".join(f"p{n}=1" for n in range(10_000)))) == UNKNOWN
        assert contents() == before


def test_a_large_limit_becomes_the_largest(house: House) -> None:
    for operation in LISTS:
        for limit in ("1", "100", "101", "100000", "9999999999", "0000000001"):
            answer = ask(house, operation, f"limit={limit}")
            assert answer.status_code == 200, (operation, limit)
            assert 1 <= len(answer.get_json()["items"]) <= int(limit)


def test_a_cursor_that_is_none_is_refused(house: House) -> None:
    for operation in LISTS:
        good = ask(house, operation, "limit=1").get_json().get("next_cursor") or pack(
            "2026-03-02T15:00:00+00:00", NOBODY
        )
        before = contents()
        odd = [
            "x", "0", "\xe4", "====", "AAAA", "bnVsbA", "W10", "W11=", "e30", good[:-3], good + "AAAA", "[]",
            pack("2026-03-02T15:00:00", NOBODY), pack("9999-12-31T23:59:59-12:00", NOBODY), pack("x", "y"),
            pack("0001-01-01T00:00:00+14:00", NOBODY), pack(NOBODY, NOBODY), pack("2026-03-02T15:00:00Z", "x" * 36),
            pack("2026-03-02T15:00:00Z", "\u0660" * 32), pack([[]]), "A" * 1000,
            base64.b64encode(b"[" * 700).decode(),
            base64.b64encode(b'["\\ud800","' + NOBODY.encode() + b'"]').decode(),
        ]  # fmt: skip
        found = {cursor: verdict(ask(house, operation, f"cursor={quote(cursor)}")) for cursor in odd}
        assert {cursor: answer for cursor, answer in found.items() if answer != CURSOR} == {}
        for cursor in ("%00", "A" * 1001):
            assert verdict(ask(house, operation, f"cursor={cursor}")) == WRONG
        assert contents() == before


def test_a_cursor_with_a_number_of_no_use_is_no_failure(house: House) -> None:
    for place in HUGE:
        for operation, cursor in (
            ("listCaseload", pack(place)),
            ("listChanges", pack(place, "session", NOBODY, HERE)),
            ("listChanges", pack(place, "", NOBODY, HERE)),
            ("listChanges", pack(place, "\x00", NOBODY, HERE)),
            ("listChanges", pack(place, "session", NOBODY)),
        ):
            answer = ask(house, operation, f"cursor={cursor}")
            assert answer.status_code in {200, 400, 410}, (operation, place, answer.text)


def test_a_cursor_of_somebody_else_tells_a_place_and_no_right(house: House) -> None:
    for operation in ("listReminders", "listChanges"):
        hers = ask(house, operation, "limit=1", "pia").get_json()["next_cursor"]
        for stranger in ("paul", "otto"):
            answer = ask(house, operation, f"cursor={hers}", stranger)
            assert answer.status_code in {200, 410}
            assert not [word for word in asdict(house.pia).values() if word in answer.text]


def test_odd_times_are_refused_and_named(house: House) -> None:
    before = contents()
    for operation, name in TIMED:
        for value, _code in TIMES:
            answer = ask(house, operation, f"{name}={quote(value)}")
            assert (verdict(answer), faults(answer)[0][0]) == (WRONG, name), value
    assert contents() == before


def test_odd_words_are_refused_and_named(house: House) -> None:
    before = contents()
    for operation, name in WORDED:
        for value in WORDS:
            answer = ask(house, operation, f"{name}={quote(value)}")
            assert (verdict(answer), faults(answer)[0][0]) == (WRONG, name), value
    assert contents() == before


def test_odd_ids_are_refused_and_named(house: House) -> None:
    before = contents()
    for operation, name in NAMED:
        for value, _code in IDS:
            if isinstance(value, str):
                answer = ask(house, operation, f"{name}={quote(value)}")
                assert (verdict(answer), faults(answer)[0][0]) == (WRONG, name), value
    assert contents() == before


def test_operations_without_parameters_take_none(house: House) -> None:
    before = contents()
    for info in house.operations.values():
        if info.query is None and info.permission is not None:
            path = info.rule.replace("<", "").replace(">", "").replace("patient_id", "me")
            if "_id" not in path:
                for name in ("pia", "tilda"):
                    person = house.person(name)
                    assert person is not None
                    answer = house.cast.client.open(
                        f"{path}?surprise=1", method=info.method, headers=person.headers
                    )
                    assert verdict(answer) in {UNKNOWN, (404, "not_found"), (403, "role_not_allowed")}, (
                        info.operation_id
                    )
    assert contents() == before
