"""A red-flag report is never refused for its content, and whatever refuses it says what to do in an emergency."""

from typing import Any

from tests.access.house import House, contents
from tests.hostile.bad_values import IDS, INSTANTS, ZONES
from tests.hostile.offers import OFFERS, send, verdict
from tests.hostile.test_hostile_bodies import UNREADABLE

REPORT = OFFERS["reportRedFlag"]
ADVICE = {"emergency", "contact_clinic"}
ODD: list[Any] = [
    None,
    1,
    -1,
    9.7,
    1e308,
    True,
    "",
    "x",
    "x" * 10_000,
    [],
    {},
    [[]],
    [{}],
    {"a": {"b": []}},
    "\x00",
    "\x1b[1m",
]
SYMPTOMS: list[Any] = [
    *ODD,
    ["nothing_known"],
    ["chest_pain", "nothing_known"],
    ["CHEST_PAIN"],
    [""],
    [None],
    [1, 2.5, True, {}, []],
    ["x" * 10_000],
    ["chest_pain"] * 51,
    ["\x00chest_pain"],
    {"chest_pain": True},
    "chest_pain",
]
MEMBERS = (
    "reported_at",
    "sent_at",
    "time_zone",
    "session_id",
    "note",
    "callback_phone",
    "surprise",
    "a\x00b",
    "",
)

NOT_STORABLE = [
    b'{"symptoms": ["\\ud800"]}',
    b'{"symptoms": ["chest_pain"], "note": "\\ud83d\\u0000"}',
    b'{"\\ud800": 1}',
    b'{"symptoms": ["chest_pain"], "note": "\\u202e\\ufeff"}',
    b'{"symptoms": ["chest_pain"], "note": ' + b"9" * 5000 + b"}",
    b'{"symptoms": ["chest_pain", ' + b"9" * 30 + b'], "reported_at": 1e999}',
]


def advice_of(house: House, body: dict[str, Any]) -> str:
    """Send a report and return the level of its advice, or what went wrong."""
    answer = send(house, REPORT, body)
    if answer.status_code != 201:
        return f"{answer.status_code} {answer.text}"
    return str(answer.get_json()["advice"]["level"])


def test_symptoms_that_cannot_be_read_are_taken_for_an_emergency(house: House) -> None:
    for symptoms in SYMPTOMS:
        level = "contact_clinic" if symptoms in (None, []) else "emergency"
        assert advice_of(house, {"symptoms": symptoms}) == level, repr(symptoms)[:80]


def test_a_known_sign_is_found_in_whatever_holds_it(house: House) -> None:
    for symptoms in ("chest_pain", ["chest_pain"] * 51, {"chest_pain": True}, ["chest_pain", 7]):
        answer = send(house, REPORT, {"symptoms": symptoms})
        assert "chest_pain" in answer.get_json()["symptoms"]


def test_whatever_stands_beside_a_symptom_it_stays_an_emergency(house: House) -> None:
    for member in MEMBERS:
        for value in ODD:
            assert advice_of(house, {"symptoms": ["chest_pain"], member: value}) == "emergency", repr(value)[
                :80
            ]


def test_an_impossible_moment_zone_or_session_is_no_reason(house: House) -> None:
    odd = {"reported_at": INSTANTS, "sent_at": INSTANTS, "time_zone": ZONES, "session_id": IDS}
    for member, values in odd.items():
        for value, _code in values:
            level = advice_of(house, {"symptoms": ["chest_pain"], member: value})
            assert level == "emergency", (member, value)


def test_an_empty_report_is_a_report(house: House) -> None:
    before = len(contents()["red_flag_report"])
    assert advice_of(house, {}) in ADVICE
    assert len(contents()["red_flag_report"]) == before + 1


def test_text_that_cannot_be_stored_is_left_out(house: House) -> None:
    for raw in NOT_STORABLE:
        assert send(house, REPORT, raw).status_code == 201


def test_a_session_of_somebody_else_is_left_out(house: House) -> None:
    body = {"symptoms": ["chest_pain"], "session_id": house.pia.session}
    answer = send(house, REPORT, body, caller="otto")
    assert answer.status_code == 201
    assert house.pia.session not in answer.text


def test_who_withdrew_everything_may_still_report(house: House) -> None:
    for kind in ("data_processing", "share_with_clinic"):
        body = {"kind": kind, "document_version": "2026-11", "status": "withdrawn"}
        assert send(house, OFFERS["recordConsent"], body).status_code == 201
    assert advice_of(house, {"symptoms": ["chest_pain"]}) == "emergency"
    assert verdict(
        send(house, OFFERS["createCheckIn"], {"recorded_at": "2026-03-03T21:00:00Z", "time_zone": "UTC"})
    ) == (
        403,
        "consent_required",
    )


def test_every_refusal_says_what_to_do(house: House) -> None:
    unreadable = {name: send(house, REPORT, raw) for name, raw in UNREADABLE.items()}
    others = {
        "no token": send(house, REPORT, {}, caller="nobody"),
        "bad token": send(house, REPORT, {}, {"Authorization": "Bearer x"}),
        "staff": send(house, REPORT, {}, caller="tilda"),
        "too large": send(house, REPORT, b" " * 300_000),
        "no JSON": send(house, REPORT, {}, {"Content-Type": "text/plain"}),
        "a parameter": house.cast.client.post(
            "/v1/red-flag-reports?a=1", json={}, headers=house.cast.pia.headers
        ),
    }
    assert {name: answer.status_code for name, answer in others.items()} == {
        "no token": 401, "bad token": 401, "staff": 403, "too large": 413, "no JSON": 415, "a parameter": 400,
    }  # fmt: skip
    silent = [
        name
        for name, answer in (unreadable | others).items()
        if "emergency" not in answer.get_json(force=True).get("emergency_advice", "")
    ]
    assert silent == []
