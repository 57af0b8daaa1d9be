"""The dry run: every window and reminder in local time, by the rules of a real session, and nothing written."""

from typing import Any

import pytest
from sqlalchemy import func, select

from tests.cast import Cast
from tracker.db import Base, db

NEW_YORK = {"ended_at": "2026-03-07T20:00:00Z", "time_zone": "America/New_York"}


def preview(cast: Cast, **body: Any) -> dict[str, Any]:
    answer = cast.client.post("/v1/reminder-previews", json=NEW_YORK | body, headers=cast.pia.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def rows() -> dict[str, int]:
    db.session.rollback()
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.tables.values()
    }


def test_a_change_of_clocks_moves_what_is_elapsed_and_not_what_is_local(cast: Cast) -> None:
    seen = preview(cast)
    due = {
        item["key"]: item["due_at_local"] for item in reversed(seen["reminders"]) if "due_at_local" in item
    }
    assert due["check_24h"] == "Sunday 8 March, 16:00"
    assert due["check_48h"] == "Monday 9 March, 16:00"
    assert due["infection_question"] == "Thursday 12 March, 19:00"
    windows = {item["key"]: item["closes_at_local"] for item in seen["windows"]}
    assert windows["alcohol_window"] == "Sunday 8 March, 16:00"
    assert windows["rest_of_day"] == "Sunday 8 March, 00:00"


def test_every_reminder_says_why(cast: Cast) -> None:
    by_key = {(item["key"], item["occurrence"]): item for item in preview(cast)["reminders"]}
    assert by_key["check_24h", 0]["sentence"] == "24 hours after the session's end."
    late = preview(cast, ended_at="2026-06-10T03:00:00Z")["reminders"]
    moved = next(item for item in late if (item["key"], item["occurrence"]) == ("check_24h", 0))
    assert moved["sentence"] == (
        "24 hours after the session's end, which is Wednesday 10 June, 23:00. "
        "That moment lay in quiet hours, so it waits until they end."
    )
    assert moved["due_at_local"] == "Thursday 11 June, 08:00"


def test_regions_choices_and_quiet_hours_count(cast: Cast) -> None:
    keys = {
        item["key"] for item in preview(cast, regions=["upper_back"], opted_in=["hydration"])["reminders"]
    }
    assert {"chest_check", "hydration"} <= keys
    never = preview(cast, quiet_hours={"enabled": False, "starts": "21:00", "ends": "08:00"})
    assert {item["reason"] for item in never["reminders"]} == {"on_time"}


def test_nothing_is_written(cast: Cast) -> None:
    before = rows()
    preview(cast)
    assert rows() == before


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"protocol": "nothing"}, "#/protocol"),
        ({"protocol_version": 9}, "#/protocol"),
        ({"time_zone": "Foo/Bar"}, "#/time_zone"),
        ({"regions": ["tail"]}, "#/regions/0"),
        ({"ended_at": "2026-03-07T20:00:00"}, "#/ended_at"),
        ({"quiet_hours": {"enabled": True, "starts": "25:00", "ends": "08:00"}}, "#/quiet_hours/starts"),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, wrong: dict[str, Any], pointer: str) -> None:
    answer = cast.client.post("/v1/reminder-previews", json=NEW_YORK | wrong, headers=cast.pia.headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize("ended_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_time_are_refused_or_planned_but_never_break(cast: Cast, ended_at: str) -> None:
    answer = cast.client.post(
        "/v1/reminder-previews", json=NEW_YORK | {"ended_at": ended_at}, headers=cast.pia.headers
    )
    assert answer.status_code in {200, 422}
