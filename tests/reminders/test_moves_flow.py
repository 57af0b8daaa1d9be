"""What is remembered when a reminder moves: from when, to when, why, and in which zone hours were reckoned."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.reminders.test_announcement_flow import consent, hours_of, live_in
from tests.reminders.test_explanation_flow import Failing, explain
from tests.scene import ENDED, Scene
from tracker.db import db
from tracker.delivery.models import Dispatch, DispatchMove

BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"  # Auckland is 12 h ahead in March


def prefer(scene: Scene, version: int, starts: str, ends: str) -> None:
    quiet = {"enabled": True, "starts": starts, "ends": ends}
    put(scene, "/v1/me/reminder-preferences", version, {"quiet_hours": quiet, "opted_in": []})


def put(scene: Scene, path: str, version: int, body: dict[str, Any]) -> None:
    headers = scene.cast.pia.headers | {"If-Match": f'"{version}"'}
    method = "PATCH" if path == "/v1/me" else "PUT"
    answer = scene.cast.client.open(path, method=method, json=body, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def row_of(step: str, occurrence: int = 0) -> Dispatch:
    db.session.rollback()
    statement = select(Dispatch).where(Dispatch.step_key == step, Dispatch.occurrence == occurrence)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def moves_of(row: Dispatch) -> list[tuple[float, float | None, str, str | None]]:
    """(from, to, why, zone) in hours after the session's end."""
    moves = db.session.scalars(
        select(DispatchMove).where(DispatchMove.dispatch_id == row.id).order_by(DispatchMove.id)
    )

    def hours(moment: datetime) -> float:
        return (moment - ENDED) / timedelta(hours=1)

    return [
        (hours(move.from_at), hours(move.to_at) if move.to_at else None, move.reason, move.time_zone)
        for move in moves
    ]


def test_a_plan_says_in_which_zone_it_was_made(scene: Scene) -> None:
    scene.treat()
    db.session.rollback()
    assert set(db.session.scalars(select(Dispatch.time_zone))) == {BERLIN}
    scene.post("/v1/red-flag-reports", {"symptoms": ["chest_pain"]}, scene.cast.pia)
    assert row_of("help_question").time_zone == BERLIN


def test_quiet_hours_that_change_leave_a_trace_at_what_moves_and_at_nothing_else(scene: Scene) -> None:
    scene.treat()
    prefer(scene, 1, "12:00", "18:30")
    assert moves_of(row_of("check_24h")) == [(24, 26.5, "deferred_quiet", BERLIN)]
    assert moves_of(row_of("infection_question")) == []
    prefer(scene, 2, "21:00", "08:00")
    assert moves_of(row_of("check_24h"))[-1][1:] == (24, "on_time", BERLIN)


def test_what_no_hour_is_left_for_is_held_and_let_go_again(scene: Scene) -> None:
    scene.treat()
    prefer(scene, 1, "11:00", "04:30")  # 19 h to 36.5 h after the end: the whole window of the 24 h check
    held = row_of("check_24h")
    assert (held.state, held.reason) == ("suppressed", "quiet_no_window")
    assert moves_of(held) == [(24, None, "quiet_no_window", BERLIN)]
    prefer(scene, 2, "11:00", "04:15")
    assert len(moves_of(row_of("check_24h"))) == 1  # held before, held now
    prefer(scene, 3, "21:00", "08:00")
    assert moves_of(row_of("check_24h"))[1:] == [(24, 24, "on_time", BERLIN)]
    assert row_of("check_24h").state == "scheduled"


def test_another_zone_is_noted_even_where_nothing_moves(scene: Scene) -> None:
    scene.treat()
    version = scene.get("/v1/me", scene.cast.pia)["version"]
    put(scene, "/v1/me", version, {"time_zone": AUCKLAND})
    check, evening = row_of("check_24h"), row_of("infection_question")
    assert moves_of(check) == [(24, 28, "deferred_quiet", AUCKLAND)]  # 04:00 there
    assert (check.time_zone, evening.time_zone) == (AUCKLAND, AUCKLAND)


def states_of(scene: Scene) -> set[str]:
    return {status for found in scene.reminders().values() for status, _reason in found}


def test_what_quiet_hours_held_stays_held_once_its_session_is_taken_back(scene: Scene) -> None:
    session = scene.treat()["session"]
    prefer(scene, 1, "11:00", "04:30")
    gone = {"status": "entered_in_error"}
    assert scene.patch(f"/v1/sessions/{session['id']}", scene.cast.tilda, gone).status_code == 200
    prefer(scene, 2, "21:00", "08:00")
    assert states_of(scene) == {"cancelled", "suppressed"}
    assert "next_reminder" not in scene.get("/v1/me/home", scene.cast.pia)


def test_what_quiet_hours_held_stays_held_without_consent_and_comes_once_with_it(scene: Scene) -> None:
    scene.treat()
    prefer(scene, 1, "11:00", "04:30")
    consent(scene, "withdrawn")
    prefer(scene, 2, "21:00", "08:00")
    assert states_of(scene) == {"cancelled", "suppressed"}
    consent(scene, "granted")
    prefer(scene, 3, "21:00", "07:00")  # what is planned anew is there once
    assert [status for status, _reason in scene.reminders()["check_24h"]].count("scheduled") == 2


def test_who_flies_back_is_asked_at_once(scene: Scene) -> None:
    scene.treat()
    scene.work_through(20)
    live_in(scene, AUCKLAND)
    scene.work_through(26)
    assert hours_of(scene) == [0, 2]
    live_in(scene, BERLIN)
    scene.work()
    assert hours_of(scene) == [0, 2, 26]  # T18
    assert [sentence for kind, sentence in explain(scene, "check_24h")[1] if kind == "moved"] == [
        "That moment lies in quiet hours. It waits until Tuesday 3 March, 20:00.",
        "Quiet hours or the time zone changed. It waits until Tuesday 3 March, 18:00.",
    ]


def test_a_check_in_from_elsewhere_moves_nothing(scene: Scene) -> None:
    scene.treat()
    before = scene.get("/v1/reminders", scene.cast.pia)
    said = scene.say(1, soreness=1, time_zone=AUCKLAND)
    assert said["time_zone"] == AUCKLAND
    assert scene.get("/v1/reminders", scene.cast.pia) == before
    assert scene.get("/v1/me", scene.cast.pia)["time_zone"] == BERLIN


def test_a_try_that_waits_for_its_provider_waits_on_when_preferences_change(scene: Scene) -> None:
    scene.treat()
    scene.work_through(23.9)
    scene.postbox = Failing(scene.clock)
    scene.work(24)
    waits_until = row_of("check_24h").next_attempt_at
    assert scene.clock() < waits_until
    put(scene, "/v1/me", scene.get("/v1/me", scene.cast.pia)["version"], {"locale": "de"})
    prefer(scene, 1, "21:00", "07:00")
    row = row_of("check_24h")
    assert (row.next_attempt_at, row.reason, moves_of(row)) == (waits_until, "smtp_451", [])


def test_what_waits_for_another_prompt_is_not_said_to_wait_for_quiet_hours(scene: Scene) -> None:
    scene.treat()
    scene.treat(
        body_areas=[{"region": "neck", "side": "left"}]
    )  # asked about at 4 h; the evening message waits
    scene.work_through(2)
    waiting = [item for item in moves_and_rows(scene) if item[1] == "spacing"]
    assert [step for step, *_ in waiting] == ["alcohol_evening"]
    scene.at(2.5)
    prefer(scene, 1, "21:00", "07:00")
    assert [item for item in moves_and_rows(scene) if item[1] == "spacing"] == waiting


def moves_and_rows(scene: Scene) -> list[tuple[str, str | None, datetime, list[Any]]]:
    """Every open prompt: its step, what it waits for, until when, and how it was moved."""
    db.session.rollback()
    rows = db.session.scalars(select(Dispatch).where(Dispatch.ended_at.is_(None)).order_by(Dispatch.id)).all()
    return [(row.step_key, row.reason, row.next_attempt_at, moves_of(row)) for row in rows]


def due_hours(step: str, occurrence: int = 0) -> float:
    return (row_of(step, occurrence).due_at - ENDED) / timedelta(hours=1)


def test_a_recheck_follows_quiet_hours_as_every_other_question(scene: Scene) -> None:
    prefer(scene, 1, "15:00", "17:00")
    scene.at(17)
    scene.treat(ended_at=(ENDED + timedelta(hours=17)).isoformat(), baseline_soreness=0)
    scene.say(20, soreness=7)  # wants one more answer from 16:00 to 18:00
    assert due_hours("recheck") == 25
    prefer(scene, 2, "21:00", "08:00")
    assert moves_of(row_of("recheck")) == [(25, 24, "on_time", BERLIN)]
    scene.work_through(24)
    assert hours_of(scene)[-1] == 24


def test_a_repeat_follows_its_check_to_an_earlier_hour(scene: Scene) -> None:
    prefer(scene, 1, "12:00", "17:00")
    scene.treat()
    assert (due_hours("check_24h"), due_hours("check_24h", 1)) == (25, 28)
    prefer(scene, 2, "21:00", "08:00")
    assert (due_hours("check_24h"), due_hours("check_24h", 1)) == (24, 27)
    scene.work_through(28)
    assert hours_of(scene)[-2:] == [24, 27]


@pytest.mark.parametrize("at", [1, 23, 25], ids=["before", "shortly before", "after the check was asked"])
def test_a_repeat_that_quiet_hours_held_comes_when_they_open(scene: Scene, at: float) -> None:
    live_in(scene, "Europe/Moscow")  # the repeat's 19:00 in Berlin is 21:00 there
    scene.treat()
    assert row_of("check_24h", 1).reason == "quiet_no_window"
    scene.work_through(at)
    live_in(scene, BERLIN)
    scene.work_through(28)
    assert hours_of(scene)[-2:] == [24, 27]


def test_a_check_that_quiet_hours_held_comes_back_with_its_repeat(scene: Scene) -> None:
    prefer(scene, 1, "11:00", "04:30")
    scene.treat()
    held = [(row_of("check_24h", each).state, row_of("check_24h", each).reason) for each in (0, 1)]
    assert held == [("suppressed", "quiet_no_window")] * 2
    prefer(scene, 2, "21:00", "08:00")
    scene.work_through(28)
    assert hours_of(scene)[-2:] == [24, 27]


def test_a_repeat_that_was_held_stays_away_once_its_check_was_put_off(scene: Scene) -> None:
    live_in(scene, "Europe/Moscow")
    scene.treat()
    scene.work_through(24.5)
    [sent] = [item for item in scene.get("/v1/reminders", scene.cast.pia, status="sent")["items"]
              if item["kind"] == "check_24h"]  # fmt: skip
    until = {"until": (ENDED + timedelta(hours=26)).isoformat()}
    assert scene.put(f"/v1/reminders/{sent['id']}/snooze", scene.cast.pia, until).status_code == 200
    live_in(scene, BERLIN)
    scene.work_through(28)
    assert hours_of(scene)[-2:] == [24, 26]
    assert row_of("check_24h", 1).reason == "snoozed"


def test_a_held_repeat_of_an_answered_check_is_not_planned_again(scene: Scene) -> None:
    live_in(scene, "Europe/Moscow")
    scene.treat()
    scene.say(22, soreness=1)
    live_in(scene, BERLIN)
    assert row_of("check_24h", 1).state == "suppressed"
    assert moves_of(row_of("check_24h", 1)) == []
