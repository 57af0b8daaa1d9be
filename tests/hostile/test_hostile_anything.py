"""Whatever JSON object comes, no answer is a failure of the server, and no report of warning signs is refused."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.access.house import House
from tests.hostile.offers import OFFERS, body_of, send
from tracker.safety.catalogue import CATALOGUE

WORDS = some.sampled_from(
    [*CATALOGUE, "Europe/Berlin", "2026-03-03T15:00:00Z", "yes", "phone", "stretching", ""]
)
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers(-(10**19), 10**19)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
    | WORDS
)
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
QUICKLY = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def objects(operation: str) -> some.SearchStrategy[dict[str, Any]]:
    """Give objects with the operation's own members, others, or both, each holding anything."""
    own = {
        "createCheckIn": "recorded_at sent_at time_zone patient_id session_id soreness stiffness hydration_ml "
        "alcohol standard_drinks side_effects red_flags activities note source",
        "reportRedFlag": "symptoms reported_at sent_at time_zone session_id note callback_phone",
    }[operation].split()
    return some.dictionaries(some.sampled_from(own) | some.text(max_size=5), VALUES, max_size=6)


def written(body: dict[str, Any]) -> bytes:
    """Write an object as JSON that any client could send, lone surrogates too."""
    return json.dumps(body).encode()


@QUICKLY
@given(body=objects("reportRedFlag"))
def test_any_object_is_a_report(house: House, body: dict[str, Any]) -> None:
    answer = send(house, OFFERS["reportRedFlag"], written(body))
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["advice"]["level"] in {"emergency", "contact_clinic"}


@QUICKLY
@given(body=objects("createCheckIn"))
def test_any_object_is_taken_or_refused_with_a_reason(house: House, body: dict[str, Any]) -> None:
    answer = send(house, OFFERS["createCheckIn"], written(body))
    assert answer.status_code in {201, 400, 404, 413, 422}, answer.text


@QUICKLY
@given(body=objects("createCheckIn"))
def test_any_change_of_a_good_check_in_is_taken_or_refused(house: House, body: dict[str, Any]) -> None:
    offer = OFFERS["createCheckIn"]
    answer = send(house, offer, written(body_of(house, offer) | body))
    assert answer.status_code in {201, 400, 404, 413, 422}, answer.text
