"""A list builds its rows without marshmallow: they must be what reading each one, and having made it, answers."""

from datetime import timedelta
from typing import Any

from tests.cast import Cast
from tests.support.keys import keyed
from tracker.clock import MovableClock

EVERYTHING = {
    "soreness": 3,
    "stiffness": 0,
    "usual_pain": 4,
    "hydration_ml": 500,
    "alcohol": "yes",
    "standard_drinks": 2,
    "side_effects": [{"code": "bruising", "severity": "mild", "region": "lower_back", "note": "small"}],
    "red_flags": ["fever"],
    "activities": ["stretching"],
    "note": "Better than “yesterday”.",
}
SAID: list[dict[str, Any]] = [
    EVERYTHING,
    {},  # a moment without an answer
    {"red_flags": []},
    {"soreness": 2, "red_flags": [], "standard_drinks": 0.5, "note": ""},
    {"side_effects": [{"code": "fatigue", "severity": "moderate"}], "activities": []},
    {"recorded_at": "2026-03-02T15:50:00.5+01:00"},  # with no session before it
]


def said(cast: Cast, moment: MovableClock) -> list[dict[str, Any]]:
    """What the server answered to each check-in, newest first."""
    session = {
        "patient_id": str(cast.pia.patient_id),
        "modality": "dry_needling",
        "technique": "deep",
        "body_areas": [{"region": "lower_back", "side": "left"}],
        "ended_at": moment().isoformat(),
        "time_zone": "Europe/Berlin",
    }
    assert post(cast, "/v1/sessions", session, cast.tilda.headers)
    answers = []
    for items in SAID:
        moment.advance(timedelta(minutes=40))
        common = {"recorded_at": moment().isoformat(), "time_zone": "Europe/Berlin"}
        answers.append(post(cast, "/v1/check-ins", common | items, cast.pia.headers))
    return sorted(answers, key=lambda answer: answer["recorded_at"], reverse=True)


def post(cast: Cast, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    answer = cast.client.post(path, json=body, headers=keyed(headers))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    created: dict[str, Any] = answer.get_json()
    return created


def test_a_list_shows_a_check_in_as_its_creation_and_its_reading_do(cast: Cast, moment: MovableClock) -> None:
    created = said(cast, moment)
    listed = cast.client.get("/v1/check-ins", headers=cast.pia.headers).get_json()["items"]
    read = [
        cast.client.get(f"/v1/check-ins/{item['id']}", headers=cast.pia.headers).get_json() for item in listed
    ]
    assert listed == read
    assert listed == created


def test_a_repeated_key_gets_the_first_answer_again(cast: Cast) -> None:
    body = {"recorded_at": "2026-03-02T15:00:00Z", "time_zone": "Europe/Berlin", **EVERYTHING}
    headers = keyed(cast.pia.headers)
    first, again = (cast.client.post("/v1/check-ins", json=body, headers=headers) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
