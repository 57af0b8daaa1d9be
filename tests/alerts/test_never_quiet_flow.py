"""No unhandled alert goes quiet: it climbs, repeats, stands in the daily list, and survives outages and dead mail."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.cast import Person
from tests.scene import ENDED, Scene
from tracker.alerts.models import Alert
from tracker.clinics import service as clinics
from tracker.db import db, transaction
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Purpose, State
from tracker.delivery.wording import TEXTS, Template
from tracker.people.models import Account

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 24.0


def told(scene: Scene, person: Person) -> list[str]:
    """When this person was told of an alert, on the clinic's clock."""
    return [moment for moment, is_list in _mails(scene, person) if not is_list]


def listed(scene: Scene, person: Person) -> list[str]:
    """When this person got the daily list."""
    return [moment for moment, is_list in _mails(scene, person) if is_list]


def _mails(scene: Scene, person: Person) -> Iterator[tuple[str, bool]]:
    for at, message in scene.postbox.mails:
        if message.address == person.email:
            yield f"{at.astimezone(BERLIN):%a %H:%M}", message.subject == TEXTS[Template.SUMMARY].subject


def report(scene: Scene, symptom: str, hours: float, person: Person | None = None) -> str:
    scene.at(hours)
    body = {"symptoms": [symptom], "time_zone": "Europe/Berlin"}
    answer = scene.post("/v1/red-flag-reports", body, person or scene.cast.pia)
    assert answer.status_code == 201
    return str(answer.get_json()["alert_ids"][0])


def read(scene: Scene, alert_id: str, person: Person | None = None) -> dict[str, Any]:
    return scene.get(f"/v1/alerts/{alert_id}", person or scene.cast.tilda)


def alone(scene: Scene) -> None:
    """Make it a practice of one: Tilda owns what nobody else owns."""
    with transaction():
        clinics.update(
            clinics.get_clinic(scene.cast.clinic_id), owner_of_last_resort_id=scene.cast.tilda.account_id
        )


def silence_mail(*people: Person, back: bool = False) -> None:
    with transaction():
        for person in people:
            account = db.session.get(Account, person.account_id)
            assert account is not None
            account.email = person.email if back else None


# ENDED is Monday 2 March, 16:00 in Berlin; the clinic works from 9 to 17 on weekdays.
def test_an_emergency_is_told_every_two_hours_until_somebody_takes_it_on(scene: Scene) -> None:
    scene.treat()
    alert_id = report(scene, "chest_pain", hours=7)
    scene.work_through(7 + 9)
    assert told(scene, scene.cast.tilda) == ["Mon 23:00"]
    assert told(scene, scene.cast.lars) == [
        f"{day} {hour}"
        for day, hour in (
            ("Mon", "23:30"),
            ("Tue", "01:00"),
            ("Tue", "03:00"),
            ("Tue", "05:00"),
            ("Tue", "07:00"),
        )
    ]
    scene.put(f"/v1/alerts/{alert_id}/acknowledgement", scene.cast.lars)
    scene.work_through(7 + 24)
    assert len(told(scene, scene.cast.lars)) == 5


def test_an_urgent_alert_is_told_twice_a_clinic_day(scene: Scene) -> None:
    scene.treat()
    alert_id = report(scene, "fever", hours=DAY + 0.5)  # Tuesday, 16:30
    assert read(scene, alert_id)["reply_due_at"] == "2026-03-04T08:30:00Z"
    scene.work_through(4 * DAY + 12)
    assert told(scene, scene.cast.tilda) == ["Tue 16:30"]
    assert told(scene, scene.cast.lars) == [
        "Wed 09:30", "Wed 13:30", "Thu 09:30", "Thu 13:30", "Fri 09:30", "Fri 13:30"
    ]  # fmt: skip


def test_attention_comes_again_each_clinic_day_as_it_opens(scene: Scene) -> None:
    scene.treat()
    scene.say(2 * DAY, soreness=5)  # Wednesday, 16:00
    scene.work_through(6 * DAY)
    assert told(scene, scene.cast.tilda) == ["Wed 16:00"]
    assert told(scene, scene.cast.lars) == ["Thu 12:00", "Fri 09:00"]


def test_a_practice_of_one_is_told_again_and_passes_nothing_on_to_itself(scene: Scene) -> None:
    alone(scene)
    scene.treat()
    alert_id = report(scene, "chest_pain", hours=20)  # Tuesday, noon
    scene.work_through(20 + 7)
    assert told(scene, scene.cast.tilda) == ["Tue 12:00", "Tue 12:30", "Tue 14:00", "Tue 16:00", "Tue 18:00"]
    alert = read(scene, alert_id)
    assert [event["kind"] for event in alert["events"]] == ["raised"]
    assert alert["next_escalation_at"] == "2026-03-03T19:00:00Z"


def test_news_does_not_put_the_escalation_off(scene: Scene) -> None:
    scene.treat()
    alert_id = report(scene, "chest_pain", hours=20)
    due = read(scene, alert_id)["reply_due_at"]
    for minutes in (10, 20, 29):
        scene.work()
        assert report(scene, "chest_pain", hours=20 + minutes / 60) == alert_id
    assert read(scene, alert_id)["reply_due_at"] == due
    scene.work_through(20.6)
    assert told(scene, scene.cast.lars) == ["Tue 12:30"]
    assert len(told(scene, scene.cast.tilda)) == 4


def test_after_an_outage_everybody_is_told_at_once_and_nobody_twice(scene: Scene) -> None:
    alone(scene)
    scene.treat()
    report(scene, "chest_pain", hours=20)
    scene.work(20 + 3)  # the worker was away: the first message and two escalations are due together
    assert told(scene, scene.cast.tilda) == ["Tue 15:00"]
    scene.work_through(20 + 6)
    first, second = told(scene, scene.cast.tilda)
    assert (first, second[:-1]) == (
        "Tue 15:00",
        "Tue 17:0",
    )  # counted from when the others were found needless


def test_an_outage_of_days_ends_with_a_message(scene: Scene) -> None:
    scene.treat()
    report(scene, "chest_pain", hours=20)
    scene.work(20 + 3 * DAY)
    scene.work()
    assert told(scene, scene.cast.tilda) == ["Fri 12:00"]


def test_who_cannot_be_reached_is_passed_over_and_the_alert_carries_a_mark(scene: Scene) -> None:
    scene.treat()
    silence_mail(scene.cast.tilda)
    alert_id = report(scene, "fever", hours=20)
    scene.work()
    assert told(scene, scene.cast.lars) == ["Tue 12:00"]  # at once, not at the end of the target
    alert = read(scene, alert_id, scene.cast.lars)
    assert alert["owner"]["display_name"] == "Lars"
    assert alert["undelivered"] is False
    silence_mail(scene.cast.lars)
    scene.work_through(22)
    assert read(scene, alert_id)["undelivered"] is True
    silence_mail(scene.cast.lars, back=True)
    scene.work_through(2 * DAY)
    assert told(scene, scene.cast.lars) == ["Tue 12:00", "Tue 17:00", "Wed 13:00"]
    assert read(scene, alert_id, scene.cast.lars)["undelivered"] is False


def test_what_was_taken_on_and_not_finished_is_read_again_after_two_clinic_days(scene: Scene) -> None:
    alert_id = report(scene, "fever", hours=20)  # Tuesday, noon
    scene.work()
    scene.put(f"/v1/alerts/{alert_id}/acknowledgement", scene.cast.tilda)
    scene.work_through(8 * DAY)
    assert told(scene, scene.cast.tilda) == ["Tue 12:00"]
    assert listed(scene, scene.cast.tilda) == ["Thu 09:00", "Fri 09:00", "Mon 09:00", "Tue 09:00"]
    body = {"outcome": "reassured", "note": ""}
    scene.put(f"/v1/alerts/{alert_id}/resolution", scene.cast.tilda, body)
    scene.work_through(12 * DAY)
    assert len(listed(scene, scene.cast.tilda)) == 4


@pytest.mark.parametrize("step", ["notify", "repeat"])
def test_an_alert_that_lost_its_messages_speaks_again(scene: Scene, step: str) -> None:
    scene.treat()
    report(scene, "chest_pain", hours=20)
    if step == "repeat":
        scene.work_through(23)
    with transaction():
        for row in db.session.scalars(select(Dispatch).where(Dispatch.purpose == Purpose.ALERT)):
            if row.ended_at is None:
                row.state, row.reason, row.ended_at = State.CANCELLED, "lost", scene.clock()
    scene.work_through(26)
    assert len(told(scene, scene.cast.lars)) + len(told(scene, scene.cast.tilda)) >= 1


def test_routine_alerts_of_one_owner_are_one_message_a_clinic_day(scene: Scene) -> None:
    for person in (scene.cast.pia, scene.cast.paul):
        scene.treat(person)
    scene.work_through(2.5 * DAY)  # neither answers: both are on the call list at 60 h, Thursday 4:00
    assert [alert["rule"] for alert in scene.alerts()] == ["missed_checks", "missed_checks"]
    assert listed(scene, scene.cast.tilda) == []
    scene.work_through(4 * DAY)
    assert listed(scene, scene.cast.tilda) == ["Thu 09:00", "Fri 09:00"]
    for alert in scene.alerts():
        body = {"outcome": "reassured", "note": "Telephoned."}
        scene.put(f"/v1/alerts/{alert['id']}/resolution", scene.cast.tilda, body)
    scene.work_through(9 * DAY)
    assert listed(scene, scene.cast.tilda) == ["Thu 09:00", "Fri 09:00"]  # no list where there is nothing
    assert told(scene, scene.cast.tilda) == []


def test_the_lists_of_two_owners_are_two_messages(scene: Scene) -> None:
    for person in (scene.cast.pia, scene.cast.paul):
        scene.treat(person)
    scene.work_through(2.5 * DAY + 1)
    alert = scene.alerts()[0]
    body = {"therapist_id": str(scene.cast.tom.account_id)}
    assert scene.put(f"/v1/alerts/{alert['id']}/assignment", scene.cast.tilda, body).status_code == 200
    scene.work_through(3 * DAY)
    assert listed(scene, scene.cast.tilda) == ["Thu 09:00"]
    assert (told(scene, scene.cast.tom), listed(scene, scene.cast.tom)) == (["Thu 05:00"], ["Thu 09:00"])


def test_an_alert_above_the_cap_is_read_in_the_list_and_still_escalates(scene: Scene) -> None:
    scene.treat()
    again = scene.treat(ended_at=(ENDED - timedelta(hours=4)).isoformat())["session"]["id"]
    scene.say(50, soreness=6)  # Wednesday, 18:00
    scene.work()
    scene.say(51, soreness=6, session_id=again)
    assert [alert["severity"] for alert in scene.alerts()] == ["attention", "attention"]
    scene.work_through(3 * DAY + 4)
    assert told(scene, scene.cast.tilda) == ["Wed 18:00"]
    assert listed(scene, scene.cast.tilda) == ["Thu 09:00"]
    assert told(scene, scene.cast.lars) == ["Thu 13:00", "Thu 13:00"]


def test_an_alert_that_closes_by_itself_is_told_in_the_next_list(scene: Scene) -> None:
    scene.treat()
    scene.say(2 * DAY, soreness=5)
    (alert,) = scene.alerts()
    scene.work()
    scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda)
    scene.say(2 * DAY + 1, soreness=1)
    scene.say(2 * DAY + 2, soreness=1)
    assert scene.alerts()[0]["status"] == "resolved"
    scene.work_through(6 * DAY)
    assert (told(scene, scene.cast.tilda), listed(scene, scene.cast.tilda)) == (["Wed 16:00"], ["Thu 09:00"])


def test_an_alert_that_calms_down_is_in_the_list_until_somebody_has_seen_it(scene: Scene) -> None:
    scene.treat()
    scene.say(2 * DAY, soreness=5)
    scene.work()
    scene.say(2 * DAY + 1, soreness=2)
    scene.work_through(6 * DAY)
    assert told(scene, scene.cast.lars) == []
    assert (told(scene, scene.cast.tilda), listed(scene, scene.cast.tilda)) == (["Wed 16:00"], ["Fri 09:00"])


def test_every_unfinished_alert_has_a_message_ahead(scene: Scene) -> None:
    scene.treat()
    report(scene, "chest_pain", hours=20)
    report(scene, "fever", hours=20)
    scene.say(2 * DAY, scene.cast.pia, soreness=6)
    for hours in range(48, 24 * 12, 7):
        scene.work(hours)
        db.session.rollback()
        ahead = select(Dispatch.anchor_id).where(Dispatch.anchor_kind == "alert", Dispatch.ended_at.is_(None))
        silent = select(Alert.rule).where(Alert.status.in_(["open", "acknowledged"]), Alert.id.not_in(ahead))
        assert db.session.scalars(silent).all() == []
