"""The message before an appointment: on the evening before, at the patient's own six o'clock, once for each time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cast import activation
from tests.scene import ENDED, Scene
from tracker.appointments.models import Appointment
from tracker.db import db, transaction

# 15:00 UTC is 16:00 in Berlin: an appointment a week later is announced at 18:00 on the sixth day.
WEEK, EVENING = 24 * 7, 24 * 6 + 2
PREPARE = ("sent", "accepted")


def hours_of(scene: Scene) -> list[float]:
    return [(at - ENDED) / timedelta(hours=1) for at in scene.postbox.to(scene.cast.pia)]


def moved(scene: Scene, appointment: dict[str, Any], version: int = 1, **changes: Any) -> None:
    """Let the therapist change an appointment."""
    answer = scene.patch(f"/v1/appointments/{appointment['id']}", scene.cast.tilda, changes, version)
    assert answer.status_code == 200, answer.get_data(as_text=True)


def later(hours: float) -> str:
    return (ENDED + timedelta(hours=hours)).isoformat()


def consent(scene: Scene, status: str) -> dict[str, Any]:
    body = {"kind": "share_with_clinic", "document_version": "2026-11", "status": status}
    answer = scene.post("/v1/me/consents", body, scene.cast.pia)
    assert answer.status_code == 201
    recorded: dict[str, Any] = answer.get_json()
    return recorded


def live_in(scene: Scene, time_zone: str) -> None:
    """Let Pia's phone say where she is."""
    version = scene.get("/v1/me", scene.cast.pia)["version"]
    assert scene.patch("/v1/me", scene.cast.pia, {"time_zone": time_zone}, version).status_code == 200


def rest(scene: Scene, starts: str, ends: str, version: int = 1, **more: Any) -> None:
    """Let Pia change her quiet hours."""
    body = {"quiet_hours": {"enabled": True, "starts": starts, "ends": ends}, "opted_in": [], **more}
    headers = scene.cast.pia.headers | {"If-Match": f'"{version}"'}
    answer = scene.cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers)
    assert answer.status_code == 200


def pause(scene: Scene, paused: bool, version: int = 1) -> None:
    """Let Pia pause what is routine, or lift the pause."""
    rest(scene, "21:00", "08:00", version, routine_paused=paused)


def test_the_evening_before_at_six(scene: Scene) -> None:
    booked = scene.book()
    (planned,) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    assert (planned["kind"], planned["appointment_id"]) == ("appointment", booked["id"])
    assert scene.get("/v1/me/home", scene.cast.pia)["next_reminder"]["id"] == planned["id"]
    scene.work_through(WEEK + 1)
    assert hours_of(scene) == [EVENING]
    assert scene.reminders() == {"appointment": [PREPARE]}


@pytest.mark.parametrize(
    ("starts_at", "sent_at"),
    [
        ("2026-03-28T09:00:00Z", "2026-03-27T17:00:00Z"),
        ("2026-03-29T08:00:00Z", "2026-03-28T17:00:00Z"),  # 15 h before: the clocks change that night
        ("2026-03-30T08:00:00Z", "2026-03-29T16:00:00Z"),
        ("2026-03-28T23:30:00Z", "2026-03-28T17:00:00Z"),  # half past midnight on the 29th
    ],
)
def test_six_o_clock_stays_six_o_clock_when_the_clocks_change(
    scene: Scene, starts_at: str, sent_at: str
) -> None:
    scene.book(starts_at=starts_at)
    scene.work_through(24 * 29)
    assert scene.postbox.to(scene.cast.pia) == [datetime.fromisoformat(sent_at)]


@pytest.mark.parametrize(
    ("time_zone", "sent_at"),
    [
        ("America/New_York", "2026-03-08T22:00:00Z"),  # the clocks changed there this very morning
        ("Asia/Tokyo", "2026-03-09T09:00:00Z"),  # it starts on the tenth there
        ("Pacific/Honolulu", "2026-03-09T04:00:00Z"),
    ],
)
def test_six_o_clock_is_where_the_patient_is(scene: Scene, time_zone: str, sent_at: str) -> None:
    scene.book()
    scene.at(10)
    live_in(scene, time_zone)
    scene.work_through(WEEK)
    expected = datetime.fromisoformat(sent_at)
    assert scene.postbox.to(scene.cast.pia) == [expected]
    (shown,) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    assert shown["due_at"] == sent_at


def test_the_evening_before_may_be_an_earlier_one_in_another_zone(scene: Scene) -> None:
    scene.book(starts_at="2026-03-08T23:30:00Z")  # the ninth in Berlin, the eighth in London
    scene.at(10)
    live_in(scene, "Europe/London")
    scene.work_through(WEEK)
    assert scene.postbox.to(scene.cast.pia) == [datetime.fromisoformat("2026-03-07T18:00:00Z")]


def test_it_keeps_out_of_quiet_hours_that_were_changed_since(scene: Scene) -> None:
    scene.book()
    rest(scene, "17:30", "19:30")
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING + 1.5]


def test_what_quiet_hours_leave_no_time_for_comes_back_with_other_ones(scene: Scene) -> None:
    rest(scene, "12:30", "12:00")
    scene.at(EVENING - 5)  # 13:00
    scene.book(starts=WEEK - 6)  # 10:00 on the next day
    assert scene.reminders() == {"appointment": [("suppressed", "quiet_no_window")]}
    rest(scene, "21:00", "08:00", version=2)
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING]


def test_who_moves_it_voids_the_old_message_and_plans_one_new(scene: Scene) -> None:
    booked = scene.book()
    scene.at(10)
    moved(scene, booked, starts_at=later(WEEK + 48))
    moved(scene, booked, version=2, location="Room 3", duration_minutes=45)
    scene.work_through(WEEK + 72)
    assert hours_of(scene) == [EVENING + 48]
    assert scene.reminders() == {"appointment": [("cancelled", "appointment_moved"), PREPARE]}


def test_who_was_told_already_is_told_the_new_time(scene: Scene) -> None:
    booked = scene.book()
    scene.work_through(EVENING + 1)
    moved(scene, booked, starts_at=later(WEEK + 48))
    scene.work_through(WEEK + 72)
    assert hours_of(scene) == [EVENING, EVENING + 48]


@pytest.mark.parametrize("who", ["pia", "tilda"])
def test_who_cancels_is_told_nothing_until_it_is_booked_again(scene: Scene, who: str) -> None:
    booked = scene.book()
    answer = scene.patch(
        f"/v1/appointments/{booked['id']}", getattr(scene.cast, who), {"status": "cancelled"}
    )
    assert answer.status_code == 200
    scene.work_through(24)
    assert scene.reminders() == {"appointment": [("cancelled", "appointment_cancelled")]}
    moved(scene, booked, version=2, status="booked")
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING]


def test_confirming_it_leaves_the_message_as_it_is(scene: Scene) -> None:
    booked = scene.book()
    answer = scene.patch(f"/v1/appointments/{booked['id']}", scene.cast.pia, {"status": "confirmed"})
    assert answer.status_code == 200
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING]
    assert scene.reminders() == {"appointment": [PREPARE]}


def test_nothing_is_sent_after_a_withdrawal_and_once_after_a_new_consent(scene: Scene) -> None:
    scene.book()
    assert consent(scene, "withdrawn")["in_flight_count"] == 0
    scene.at(24)
    scene.book(starts=WEEK + 48)  # planned for nobody
    scene.work_through(EVENING + 24)
    assert hours_of(scene) == []
    assert scene.reminders() == {"appointment": [("cancelled", "consent_withdrawn")]}
    consent(scene, "granted")
    scene.work_through(EVENING + 49)
    assert hours_of(scene) == [EVENING + 48]
    consent(scene, "withdrawn")
    consent(scene, "granted")
    scene.work_through(WEEK + 48)
    assert hours_of(scene) == [EVENING + 48]


def test_a_withdrawal_does_not_take_back_the_question_after_an_emergency(scene: Scene) -> None:
    report = {"symptoms": ["chest_pain"], "time_zone": "Europe/Berlin"}
    assert scene.post("/v1/red-flag-reports", report, scene.cast.pia).status_code == 201
    consent(scene, "withdrawn")
    scene.work_through(1)
    assert hours_of(scene) == [0.25]


def test_a_patient_who_joins_later_is_told_then(scene: Scene) -> None:
    newcomer = {"kind": "patient", "display_name": "Newcomer", "channel": "none"}
    code = scene.post("/v1/invitations", newcomer, scene.cast.tilda).get_json()["activation_code"]
    rows = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    (patient_id,) = [row["patient"]["id"] for row in rows if row["patient"]["display_name"] == "Newcomer"]
    scene.book(patient_id=patient_id)
    assert told(scene, patient_id) == []
    scene.at(24)
    assert scene.cast.client.post("/v1/activations", json=activation(code)).status_code == 201
    assert told(scene, patient_id) == ["2026-03-08T17:00:00Z"]


def told(scene: Scene, patient_id: str) -> list[str]:
    """Return when a patient's messages are due."""
    items = scene.get("/v1/reminders", scene.cast.tilda, patient_id=patient_id)["items"]
    return [item["due_at"] for item in items]


@pytest.mark.parametrize(
    ("booked_at", "expected"),
    [
        (EVENING + 1, [EVENING + 1]),
        (EVENING + 4, [EVENING + 14]),  # booked at ten in the evening, told at eight
        (WEEK - 2, []),
        (WEEK - 2.5, [WEEK - 2.5]),
    ],
)
def test_a_late_booking_is_told_as_soon_as_it_may(
    scene: Scene, booked_at: float, expected: list[float]
) -> None:
    scene.at(booked_at)
    scene.book()
    scene.work_through(WEEK + 1)
    assert hours_of(scene) == expected


def test_a_late_booking_says_why_it_came_at_once(scene: Scene) -> None:
    scene.at(EVENING + 1)
    scene.book()
    (told_at_once,) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    course = scene.get(f"/v1/reminders/{told_at_once['id']}/explanation", scene.cast.pia)
    assert "18:00 on the day before the appointment" in course["summary"]
    assert "That moment had passed by then" in course["summary"]


def test_a_booking_in_quiet_hours_is_told_when_they_end_and_says_why(scene: Scene) -> None:
    scene.at(EVENING + 4)
    scene.book(starts=WEEK - 7)  # 09:00, an hour after quiet hours
    (planned,) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    assert planned["due_at"] == "2026-03-09T07:00:00Z"
    course = scene.get(f"/v1/reminders/{planned['id']}/explanation", scene.cast.pia)
    assert "so it comes as soon as it may" in course["summary"]
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING + 14]


def test_a_booking_that_quiet_hours_leave_no_time_is_on_record_and_comes_back_with_other_ones(
    scene: Scene,
) -> None:
    scene.at(EVENING + 4)
    scene.book(starts=WEEK - 8)  # 08:00, as quiet hours end
    assert scene.reminders() == {"appointment": [("suppressed", "quiet_no_window")]}
    rest(scene, "21:00", "07:00")
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING + 13]


def test_a_patient_who_paused_is_not_told(scene: Scene) -> None:
    scene.book()
    pause(scene, True)
    scene.work_through(WEEK - 2)
    assert hours_of(scene) == []
    assert scene.reminders() == {"appointment": [("suppressed", "paused_by_patient")]}


def test_a_pause_that_was_lifted_in_time_holds_nothing_back(scene: Scene) -> None:
    scene.book()
    pause(scene, True)
    scene.at(EVENING - 1)
    pause(scene, False, version=2)
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING]


def test_a_worker_that_was_away_sends_nothing_at_night_and_nothing_after_the_start(scene: Scene) -> None:
    scene.book()
    scene.book(starts=WEEK + 24)
    scene.work(EVENING + 4)
    assert hours_of(scene) == []
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING + 14]  # eight in the morning
    scene.work(WEEK + 24)
    assert hours_of(scene) == [EVENING + 14]
    assert [status for status, _reason in scene.reminders()["appointment"]] == ["sent", "expired"]


@pytest.mark.parametrize(
    "changes", [{"status": "cancelled"}, {"status": "completed"}, {"status": "no_show"}, {"generation": 2}]
)
def test_the_last_look_drops_what_does_not_stand_any_more(scene: Scene, changes: dict[str, Any]) -> None:
    booked = scene.book()
    with transaction():
        row = db.session.get_one(Appointment, UUID(booked["id"]))
        for name, value in changes.items():
            setattr(row, name, value)
    scene.work_through(WEEK)
    assert hours_of(scene) == []
    assert scene.reminders() == {"appointment": [("suppressed", "cancelled")]}


def test_it_holds_back_no_check_and_no_check_holds_it_back(scene: Scene) -> None:
    scene.treat()
    scene.book(starts=48.5)  # announced two hours after the 24 h check
    scene.work_through(24.5)
    scene.say(24.5, soreness=1)
    scene.work_through(49)
    assert hours_of(scene) == [0, 2, 24, 26, 48]


def put_off(scene: Scene, until: float) -> None:
    """Let Pia put the latest message about an appointment off."""
    (latest, *_) = scene.get("/v1/reminders", scene.cast.pia)["items"]
    answer = scene.put(f"/v1/reminders/{latest['id']}/snooze", scene.cast.pia, {"until": later(until)})
    assert answer.status_code == 200, answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [("22:00", EVENING + 2), ("19:30", EVENING + 14)],  # quiet hours that hold that moment end at eight
)
def test_a_moment_that_the_patient_chose_is_kept_when_quiet_hours_change(
    scene: Scene, starts: str, expected: float
) -> None:
    scene.book()
    scene.work_through(EVENING + 0.1)
    put_off(scene, EVENING + 2)
    scene.at(EVENING + 0.5)
    rest(scene, starts, "08:00")
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING, expected]


def test_one_put_off_before_it_left_is_not_brought_back_by_another_zone(scene: Scene) -> None:
    scene.book()
    scene.at(EVENING - 1)
    put_off(scene, EVENING + 1)
    live_in(scene, "Europe/Athens")
    scene.work_through(WEEK)
    assert hours_of(scene) == [EVENING + 1]


def test_what_quiet_hours_held_does_not_come_back_for_a_visit_that_was_cancelled(scene: Scene) -> None:
    rest(scene, "12:30", "12:00")
    scene.at(EVENING - 5)
    booked = scene.book(starts=WEEK - 6)
    moved(scene, booked, status="cancelled")
    rest(scene, "21:00", "08:00", version=2)
    assert scene.reminders() == {"appointment": [("suppressed", "quiet_no_window")]}
