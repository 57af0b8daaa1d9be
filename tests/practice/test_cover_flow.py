"""Who answers while somebody is away, has left, or has no licence: alerts, messages, and who may see whom."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.cast import Person
from tests.scene import ENDED, Scene
from tests.support.keys import new_key
from tracker import ids
from tracker.alerts.models import Alert
from tracker.clinics import service as clinics
from tracker.db import db, transaction
from tracker.engine.last_look import LAST_LOOK
from tracker.jobs.exits import Exits
from tracker.jobs.tasks import Worker, hand_back
from tracker.jobs.watchdog import Watchdog
from tracker.people import leaves
from tracker.people.models import Account, StaffLeave
from tracker.practice import hand_overs

HOUR = timedelta(hours=1)
DAYS_OFF = 24.0


def leave(
    scene: Scene,
    away: Person,
    cover: Person,
    starts: float = 0,
    ends: float = DAYS_OFF,
    by: Person | None = None,
    key: str | None = None,
) -> Any:
    """Enter a leave, hours after ENDED; the one who goes enters it unless told otherwise."""
    body = {
        "member_id": str(away.account_id),
        "cover_id": str(cover.account_id),
        "starts_at": (ENDED + starts * HOUR).isoformat(),
        "ends_at": (ENDED + ends * HOUR).isoformat(),
    }
    return scene.post(f"/v1/clinics/{scene.cast.clinic_id}/leaves", body, by or away, key)


def away_for_a_day(scene: Scene, starts: float = 0) -> str:
    answer = leave(scene, scene.cast.tilda, scene.cast.tom, starts, starts + DAYS_OFF)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.get_json()["id"])


def flag(scene: Scene, hours: float, sign: str = "fever", person: Person | None = None) -> str:
    scene.at(hours)
    body = {"symptoms": [sign], "time_zone": "Europe/Berlin"}
    report = scene.post("/v1/red-flag-reports", body, person or scene.cast.pia).get_json()
    return str(report["alert_ids"][0])


def owner_of(alert_id: str) -> UUID:
    db.session.rollback()
    return db.session.scalars(select(Alert.owner_id).where(Alert.id == UUID(alert_id))).one()


def sees(scene: Scene, person: Person) -> bool:
    """Say whether somebody may read Pia's record; all ways of asking must agree."""
    path = f"/v1/patients/{scene.cast.pia.patient_id}"
    single = scene.cast.client.get(path, headers=person.headers).status_code == 200
    rows = scene.get("/v1/caseload", person)["items"]
    listed = str(scene.cast.pia.patient_id) in {row["patient"]["id"] for row in rows}
    assert single is listed
    return single


def set_clinic(scene: Scene, **values: Any) -> None:
    with transaction():
        clinics.update(clinics.get_clinic(scene.cast.clinic_id), **values)


def set_account(person: Person, **values: Any) -> None:
    with transaction():
        account = db.session.get_one(Account, person.account_id)
        for name, value in values.items():
            setattr(account, name, value)


def test_a_cover_owns_what_is_raised_and_sees_the_patient_only_while_it_lasts(scene: Scene) -> None:
    leave_id = away_for_a_day(scene, starts=1)
    scene.at(1 - 1 / 60)
    assert not sees(scene, scene.cast.tom)
    scene.at(1)
    assert sees(scene, scene.cast.tom)
    assert sees(scene, scene.cast.tilda)
    alert = flag(scene, 2)
    assert owner_of(alert) == scene.cast.tom.account_id
    assert alert in {item["id"] for item in scene.get("/v1/alerts", scene.cast.tom)["items"]}
    scene.at(1 + DAYS_OFF)
    assert sees(scene, scene.cast.tom), "whose alert it still is"
    with transaction():
        hand_overs.hand_back(scene.cast.clinic_id, UUID(leave_id), scene.clock())
    assert not sees(scene, scene.cast.tom)


def test_messages_about_an_open_alert_go_to_the_cover_once_the_leave_has_begun(scene: Scene) -> None:
    away_for_a_day(scene, starts=1)
    alert = flag(scene, 0)
    assert owner_of(alert) == scene.cast.tilda.account_id
    scene.work(0)
    assert len(scene.postbox.to(scene.cast.tilda)) == 1
    again = flag(scene, 2)
    scene.work(2)
    assert again == alert
    assert len(scene.postbox.to(scene.cast.tilda)) == 1
    assert len(scene.postbox.to(scene.cast.tom)) == 1
    assert alert in {item["id"] for item in scene.get("/v1/alerts", scene.cast.tom)["items"]}


def test_what_the_cover_still_owns_goes_back_when_the_leave_is_over(scene: Scene) -> None:
    leave_id = away_for_a_day(scene)
    alert = flag(scene, 1)
    scene.work(1)
    scene.at(DAYS_OFF)
    for _ in range(2):
        with transaction():
            hand_overs.hand_back(scene.cast.clinic_id, UUID(leave_id), scene.clock())
    assert owner_of(alert) == scene.cast.tilda.account_id
    scene.work()
    assert len(scene.postbox.to(scene.cast.tilda)) == 1, "she hears of it: nobody acknowledged it"
    shown = scene.get(f"/v1/alerts/{alert}", scene.cast.tilda)
    assert [event["kind"] for event in shown["events"]].count("passed_on") == 1
    path = f"/v1/alerts/{alert}"
    assert scene.cast.client.get(path, headers=scene.cast.tom.headers).status_code == 404


def test_a_leave_that_is_cancelled_ends_at_once(scene: Scene) -> None:
    leave_id = away_for_a_day(scene)
    alert = flag(scene, 1)
    path = f"/v1/clinics/{scene.cast.clinic_id}/leaves/{leave_id}"
    for _ in range(2):
        answer = scene.cast.client.delete(path, headers=scene.cast.tilda.headers)
        assert answer.status_code == 204
    assert owner_of(alert) == scene.cast.tilda.account_id
    assert not sees(scene, scene.cast.tom)


@pytest.mark.parametrize(
    ("away", "gone", "expired", "heir"),
    [
        ((), (), (), "tilda"),
        ((), (), ("tilda",), "tom"),
        (("tilda",), (), (), "lars"),
        (("tilda",), ("lars",), (), "tom"),
        (("tilda",), (), ("lars",), "tom"),
        ((), ("tilda",), (), "tom"),
        ((), ("tilda", "tom"), (), "lars"),
        ((), ("tilda",), ("tom",), "lars"),
        (("tilda",), (), ("tilda", "tom", "lars"), "lars"),
    ],
)
def test_the_next_in_line_owns_a_new_alert(
    scene: Scene, away: tuple[str, ...], gone: tuple[str, ...], expired: tuple[str, ...], heir: str
) -> None:
    """Lars covers for Tilda and is the last resort; Tom is the deputy."""
    cast = scene.cast
    set_clinic(scene, deputy_id=cast.tom.account_id)
    if away:
        assert leave(scene, cast.tilda, cast.lars).status_code == 201
    yesterday = (ENDED - timedelta(days=1)).date()
    for name in gone:
        set_account(getattr(cast, name), active=False)
    for name in expired:
        set_account(getattr(cast, name), licence_ends_on=yesterday)
    assert owner_of(flag(scene, 1)) == getattr(cast, heir).account_id


def test_a_licence_holds_until_the_last_minute_of_its_last_day_in_the_clinic(scene: Scene) -> None:
    """ENDED is 16:00 in Berlin, so the day ends eight hours later."""
    set_account(scene.cast.tilda, licence_ends_on=ENDED.date())
    assert owner_of(flag(scene, 7.99, "fever")) == scene.cast.tilda.account_id
    assert owner_of(flag(scene, 8, "spreading_redness")) == scene.cast.lars.account_id


def test_an_expired_licence_is_told_and_blocks_nothing(scene: Scene) -> None:
    assert scene.treat()["session"]["after_licence_end"] is False
    set_account(scene.cast.tilda, licence_ends_on=(ENDED - timedelta(days=1)).date())
    created = scene.treat(scene.cast.paul)["session"]
    assert created["after_licence_end"] is True
    path = f"/v1/sessions/{created['id']}"
    assert scene.get(path, scene.cast.lars)["after_licence_end"] is True
    listed = scene.get("/v1/sessions", scene.cast.tilda, patient_id=str(scene.cast.paul.patient_id))
    assert [item["after_licence_end"] for item in listed["items"]] == [True]
    assert "after_licence_end" not in scene.get(path, scene.cast.paul)
    told = scene.get("/v1/caseload", scene.cast.lars)["expired_licences"]
    assert [entry["member_id"] for entry in told] == [str(scene.cast.tilda.account_id)]
    assert "expired_licences" not in scene.get("/v1/caseload", scene.cast.tilda)


@pytest.mark.parametrize("reason", ["away with her cover", "left", "licence over"])
def test_the_deputy_sees_patients_as_long_as_nobody_before_them_is_there(scene: Scene, reason: str) -> None:
    cast, over = scene.cast, (ENDED - timedelta(days=1)).date()
    lars = {"licence_ends_on": over}
    assert leave(scene, cast.tilda, cast.lars).status_code == 201
    set_clinic(scene, deputy_id=cast.tom.account_id)
    assert not sees(scene, cast.tom), "Lars covers"
    set_account(cast.lars, **lars)
    assert sees(scene, cast.tom), "Lars may not"
    scene.at(DAYS_OFF)
    assert not sees(scene, cast.tom), "Tilda is back"
    if reason == "away with her cover":
        return
    set_account(cast.tilda, **({"active": False} if reason == "left" else lars))
    assert sees(scene, cast.tom)
    set_clinic(scene, deputy_id=None)
    assert not sees(scene, cast.tom)


def test_who_only_runs_the_clinic_sees_no_record_even_if_named_last_resort(scene: Scene) -> None:
    set_clinic(scene, owner_of_last_resort_id=scene.cast.anna.account_id, deputy_id=None)
    path = f"/v1/patients/{scene.cast.pia.patient_id}"
    assert scene.cast.client.get(path, headers=scene.cast.anna.headers).status_code == 403
    set_account(scene.cast.tilda, active=False)
    assert owner_of(flag(scene, 1)) == scene.cast.tilda.account_id, "nobody who treats is left"


REFUSED = [
    ("tilda", "tilda", 0, 24, 422, "cover_id"),
    ("tilda", "anna", 0, 24, 422, "cover_id"),
    ("tilda", "olga", 0, 24, 422, "cover_id"),
    ("anna", "tom", 0, 24, 422, "member_id"),
    ("tilda", "tom", 24, 24, 422, "ends_at"),
    ("tilda", "tom", -48, 0, 422, "ends_at"),
    ("tilda", "tom", 0, 24 * 367, 422, "ends_at"),
    ("tilda", "tom", 24 * 731, 24 * 732, 422, "starts_at"),
]


@pytest.mark.parametrize(("away", "cover", "starts", "ends", "status", "where"), REFUSED)
def test_leave_that_cannot_be(
    scene: Scene, away: str, cover: str, starts: float, ends: float, status: int, where: str
) -> None:
    cast = scene.cast
    answer = leave(scene, getattr(cast, away), getattr(cast, cover), starts, ends)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (status, f"#/{where}")


@pytest.mark.parametrize(
    ("away", "cover", "starts", "ends", "words"),
    [
        ("tilda", "lars", 23, 30, "There is a leave already"),
        ("tilda", "lars", 24, 30, None),
        ("lars", "tilda", 10, 12, "This cover is away"),
        ("lars", "tilda", -5, 1, "This cover is away"),
        ("tom", "lars", 5, 6, "covers for somebody else"),
        ("tom", "lars", 24, 48, None),
    ],
)
def test_two_leaves_at_one_time(
    scene: Scene, away: str, cover: str, starts: float, ends: float, words: str | None
) -> None:
    """Tilda is away for a day from ENDED, and Tom covers."""
    away_for_a_day(scene)
    answer = leave(scene, getattr(scene.cast, away), getattr(scene.cast, cover), starts, ends)
    if words is None:
        assert answer.status_code == 201
        return
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "leave_overlaps")
    assert words in problem["detail"]


def test_leave_is_entered_once_by_who_goes_or_who_administers(scene: Scene) -> None:
    cast, key = scene.cast, new_key()
    assert leave(scene, cast.tilda, cast.lars, by=cast.tom).status_code == 403
    first, again = (leave(scene, cast.tilda, cast.lars, by=cast.anna, key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert db.session.scalars(select(StaffLeave)).one().account_id == cast.tilda.account_id
    listed = scene.get(f"/v1/clinics/{cast.clinic_id}/leaves", cast.tom)["items"]
    assert [item["id"] for item in listed] == [first.get_json()["id"]]
    scene.at(DAYS_OFF + 1)
    assert scene.get(f"/v1/clinics/{cast.clinic_id}/leaves", cast.tom)["items"] == []


def test_the_worker_gives_back_what_is_over(scene: Scene) -> None:
    away_for_a_day(scene)
    alert = flag(scene, 1)
    scene.at(DAYS_OFF)
    settings = scene.app.extensions["settings"]
    worker = Worker(scene.app, settings, ids.new_id(), scene.clock(), LAST_LOOK, Exits({}), Watchdog(60))
    for _ in range(2):
        hand_back(worker)
    assert owner_of(alert) == scene.cast.tilda.account_id


def test_what_is_opened_again_after_a_leave_is_not_the_covers(scene: Scene) -> None:
    cast, leave_id = scene.cast, away_for_a_day(scene)
    alert = flag(scene, 1)
    assert owner_of(alert) == cast.tom.account_id
    done = {"outcome": "reassured", "note": ""}
    assert scene.put(f"/v1/alerts/{alert}/resolution", cast.tom, done).status_code == 200
    scene.at(DAYS_OFF + 1)
    with transaction():
        hand_overs.hand_back(cast.clinic_id, UUID(leave_id), scene.clock())
    assert scene.put(f"/v1/alerts/{alert}/reopening", cast.tilda, {"reason": "Worse."}).status_code == 200
    assert owner_of(alert) == cast.tilda.account_id
    assert not sees(scene, cast.tom)


def test_nobody_looks_after_the_alerts_of_whose_licence_has_ended(scene: Scene) -> None:
    alert = flag(scene, 1)
    listed = [item["id"] for item in scene.get("/v1/alerts", scene.cast.lars, owner="unowned")["items"]]
    assert listed == []
    set_account(scene.cast.tilda, licence_ends_on=ENDED.date() - timedelta(days=1))
    listed = [item["id"] for item in scene.get("/v1/alerts", scene.cast.lars, owner="unowned")["items"]]
    assert listed == [alert]


def test_a_leave_that_never_began_takes_nothing_from_who_would_have_covered(scene: Scene) -> None:
    cast = scene.cast
    made = leave(scene, cast.tilda, cast.tom, 2, DAYS_OFF).get_json()["id"]
    path = f"/v1/clinics/{cast.clinic_id}/leaves/{made}"
    assert cast.client.delete(path, headers=cast.tilda.headers).status_code == 204
    alert = flag(scene, 1)
    given = {"therapist_id": str(cast.tom.account_id)}
    assert scene.put(f"/v1/alerts/{alert}/assignment", cast.tilda, given).status_code == 200
    scene.at(DAYS_OFF + 1)
    assert leaves.list_over(scene.clock(), 10) == []
    assert owner_of(alert) == cast.tom.account_id
