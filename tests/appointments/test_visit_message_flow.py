"""The evening before a visit: one neutral message to whom it is with, which follows the appointment."""

from datetime import timedelta

from tests.cast import Person
from tests.scene import ENDED, Scene

# 15:00 UTC is 16:00 in Berlin: a week later it is announced at 18:00 on the sixth day.
WEEK, EVENING = 24 * 7, 24 * 6 + 2


def hours_of(scene: Scene, person: Person) -> list[float]:
    return [(at - ENDED) / timedelta(hours=1) for at in scene.postbox.to(person)]


def test_the_therapist_is_told_at_six_on_the_evening_before(scene: Scene) -> None:
    scene.book()
    scene.work_through(WEEK + 1)
    assert hours_of(scene, scene.cast.tilda) == [EVENING]
    (message,) = (mail for _at, mail in scene.postbox.mails if mail.address == scene.cast.tilda.email)
    assert "Pia" not in message.subject + message.body


def test_the_patient_reads_nothing_of_it(scene: Scene) -> None:
    scene.book()
    scene.work_through(WEEK + 1)
    kinds = {item["kind"] for item in scene.get("/v1/reminders", scene.cast.pia)["items"]}
    assert kinds == {"appointment"}


def test_booked_on_that_evening_it_is_told_at_once(scene: Scene) -> None:
    scene.at(EVENING + 1)
    scene.book()
    scene.work()
    assert hours_of(scene, scene.cast.tilda) == [EVENING + 1]


def test_after_the_start_nothing_leaves(scene: Scene) -> None:
    scene.book()
    scene.work(WEEK)
    assert hours_of(scene, scene.cast.tilda) == []


def test_it_follows_a_move_and_is_not_sent_for_what_was_cancelled(scene: Scene) -> None:
    moved, cancelled = scene.book(), scene.book(scene.cast.paul, starts=WEEK + 2)
    path = "/v1/appointments/{}".format
    later = {"starts_at": (ENDED + timedelta(hours=WEEK + 48)).isoformat()}
    assert scene.patch(path(moved["id"]), scene.cast.tilda, later).status_code == 200
    gone = {"status": "cancelled"}
    assert scene.patch(path(cancelled["id"]), scene.cast.paul, gone).status_code == 200
    scene.work_through(WEEK + 50)
    assert hours_of(scene, scene.cast.tilda) == [EVENING + 48]


def test_moved_after_it_was_told_it_is_told_again(scene: Scene) -> None:
    booked = scene.book()
    scene.work(EVENING)
    later = {"starts_at": (ENDED + timedelta(hours=WEEK + 48)).isoformat()}
    assert scene.patch(f"/v1/appointments/{booked['id']}", scene.cast.tilda, later).status_code == 200
    scene.work_through(WEEK + 50)
    assert hours_of(scene, scene.cast.tilda) == [EVENING, EVENING + 48]


def test_one_message_is_enough_for_all_visits_of_a_day(scene: Scene) -> None:
    scene.book()
    scene.book(scene.cast.paul, starts=WEEK + 1)
    scene.work_through(WEEK + 2)
    assert hours_of(scene, scene.cast.tilda) == [EVENING]
    scene.at(WEEK + 2)
    scene.book(starts=WEEK + 24)
    scene.work_through(WEEK + 25)
    assert hours_of(scene, scene.cast.tilda)[1:] == [EVENING + 24]


def test_a_visit_with_a_colleague_is_told_to_the_colleague(scene: Scene) -> None:
    scene.book(therapist_id=str(scene.cast.tom.account_id))
    scene.work_through(WEEK + 1)
    assert (hours_of(scene, scene.cast.tom), hours_of(scene, scene.cast.tilda)) == ([EVENING], [])


def test_while_a_therapist_is_away_their_cover_is_told_and_reads_it(scene: Scene) -> None:
    booked = scene.book()
    leave = {
        "cover_id": str(scene.cast.tom.account_id),
        "starts_at": (ENDED + timedelta(hours=1)).isoformat(),
        "ends_at": (ENDED + timedelta(hours=WEEK)).isoformat(),
    }
    made = scene.post(f"/v1/clinics/{scene.cast.clinic_id}/leaves", leave, scene.cast.tilda)
    assert made.status_code == 201, made.get_data(as_text=True)
    scene.work_through(EVENING)
    assert (hours_of(scene, scene.cast.tom), hours_of(scene, scene.cast.tilda)) == ([EVENING], [])
    assert scene.get(f"/v1/appointments/{booked['id']}/summary", scene.cast.tom)["display_name"] == "Pia"
