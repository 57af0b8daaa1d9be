"""A therapist leaves: patients, alerts and appointments go to another in one call, and can be repeated."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.cast import Person
from tests.practice.test_cover_flow import flag, leave, owner_of, sees, set_account, set_clinic
from tests.scene import Scene
from tests.support.keys import keyed
from tracker.appointments.models import Appointment
from tracker.audit.models import AuditEvent
from tracker.db import db
from tracker.people.models import Account, Patient, StaffLeave


def hand_over(
    scene: Scene, to: Person, member: Person | None = None, by: Person | None = None, **more: Any
) -> Any:
    member = member or scene.cast.tilda
    path = f"/v1/clinics/{scene.cast.clinic_id}/members/{member.account_id}/hand-over"
    return scene.put(path, by or scene.cast.anna, {"to_therapist_id": str(to.account_id), **more})


def counts(answer: Any) -> tuple[int, int, int]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body = answer.get_json()
    return body["patient_count"], body["alert_count"], body["appointment_count"]


def therapists(scene: Scene) -> list[UUID]:
    """Whose Pia and Paul are."""
    db.session.rollback()
    of = {row.id: row.therapist_id for row in db.session.execute(select(Patient.id, Patient.therapist_id))}
    return [of[scene.cast.pia.patient_id], of[scene.cast.paul.patient_id]]


def test_everything_goes_in_one_call_and_the_leaver_is_out(scene: Scene) -> None:
    cast = scene.cast
    alert = flag(scene, 0)
    scene.work()
    scene.book()
    assert counts(hand_over(scene, cast.tom, deactivate=True)) == (2, 1, 1)
    assert therapists(scene) == [cast.tom.account_id] * 2
    assert owner_of(alert) == cast.tom.account_id
    scene.work()
    assert len(scene.postbox.to(cast.tom)) == 1, "the open alert is told anew, to its new owner"
    assert cast.client.get("/v1/me", headers=cast.tilda.headers).status_code == 401
    assert scene.get("/v1/alerts", cast.tom)["items"][0]["id"] == alert
    kinds = [event["kind"] for event in scene.get(f"/v1/alerts/{alert}", cast.tom)["events"]]
    assert kinds == ["raised", "passed_on"]
    assert counts(hand_over(scene, cast.tom, deactivate=True)) == (0, 0, 0)
    trail = db.session.scalars(
        select(AuditEvent.resource_kind).where(
            AuditEvent.actor_id == cast.anna.account_id, AuditEvent.patient_id == cast.pia.patient_id
        )
    ).all()
    assert trail == ["patient"]


def test_the_phone_hears_of_the_new_therapist(scene: Scene) -> None:
    cursor = scene.get("/v1/changes", scene.cast.pia)["next_cursor"]
    hand_over(scene, scene.cast.tom)
    changes = scene.get("/v1/changes", scene.cast.pia, cursor=cursor)["items"]
    shown = [change["patient"]["therapist_id"] for change in changes if change["kind"] == "patient"]
    assert shown == [str(scene.cast.tom.account_id)]


def test_some_patients_go_and_the_others_stay(scene: Scene) -> None:
    cast = scene.cast
    alerts = [flag(scene, 0), flag(scene, 0, person=cast.paul)]
    only = [str(cast.paul.patient_id)]
    assert counts(hand_over(scene, cast.tom, patient_ids=only)) == (1, 1, 0)
    assert therapists(scene) == [cast.tilda.account_id, cast.tom.account_id]
    assert [owner_of(alert) for alert in alerts] == [cast.tilda.account_id, cast.tom.account_id]
    assert counts(hand_over(scene, cast.tom, patient_ids=only)) == (0, 0, 0)
    refused = hand_over(scene, cast.tom, patient_ids=only, deactivate=True)
    assert refused.status_code == 409
    strangers = hand_over(scene, cast.tom, patient_ids=[str(cast.otto.patient_id)])
    assert (strangers.status_code, strangers.get_json()["errors"][0]["pointer"]) == (422, "#/patient_ids")


def test_an_acknowledged_alert_changes_hands_quietly_and_a_closed_one_stays(scene: Scene) -> None:
    cast = scene.cast
    closed, taken = flag(scene, 0, "fever"), flag(scene, 0, "spreading_redness")
    for alert in (closed, taken):
        scene.put(f"/v1/alerts/{alert}/acknowledgement", cast.tilda)
    scene.put(f"/v1/alerts/{closed}/resolution", cast.tilda, {"outcome": "reassured", "note": "Done."})
    assert counts(hand_over(scene, cast.tom))[1] == 1
    scene.work(1)
    assert (owner_of(closed), owner_of(taken)) == (cast.tilda.account_id, cast.tom.account_id)
    assert scene.postbox.to(cast.tom) == []


def test_appointments_that_now_overlap_are_named_and_kept(scene: Scene) -> None:
    cast = scene.cast
    scene.book(cast.paul, starts=24 * 7, therapist_id=str(cast.tom.account_id))
    booked = scene.book()
    answer = hand_over(scene, cast.tom)
    assert counts(answer) == (2, 0, 1)
    assert answer.get_json()["overlapping_appointment_ids"] == [booked["id"]]
    db.session.rollback()
    treating = db.session.scalars(select(Appointment.therapist_id)).all()
    assert set(treating) == {cast.tom.account_id}


def test_who_takes_over_while_away_is_answered_for(scene: Scene) -> None:
    cast = scene.cast
    alert = flag(scene, 0)
    assert leave(scene, cast.tom, cast.lars).status_code == 201
    assert counts(hand_over(scene, cast.tom)) == (2, 1, 0)
    assert owner_of(alert) == cast.lars.account_id


def test_cover_is_passed_on_and_the_leave_of_who_left_ends(scene: Scene) -> None:
    cast = scene.cast
    assert leave(scene, cast.lars, cast.tilda, 0, 24).status_code == 201
    assert leave(scene, cast.tom, cast.tilda, 30, 40).status_code == 201
    assert leave(scene, cast.tilda, cast.lars, 50, 60).status_code == 201
    assert counts(hand_over(scene, cast.tom, deactivate=True)) == (2, 0, 0)
    db.session.rollback()
    rows = db.session.scalars(select(StaffLeave).order_by(StaffLeave.starts_at)).all()
    assert [row.cover_id for row in rows] == [
        cast.tom.account_id,
        cast.tilda.account_id,
        cast.lars.account_id,
    ]
    assert [row.cancelled_at is not None for row in rows] == [False, False, True]
    scene.at(31)
    assert owner_of(flag(scene, 31)) == cast.lars.account_id, "nobody covers Tom, so the last resort answers"


@pytest.mark.parametrize(
    ("heir", "status"), [("tilda", 422), ("anna", 422), ("olga", 422), ("pia", 422), ("lars", 200)]
)
def test_only_another_active_therapist_takes_over(scene: Scene, heir: str, status: int) -> None:
    answer = hand_over(scene, getattr(scene.cast, heir), deactivate=True)
    assert answer.status_code == status
    active = db.session.scalars(select(Account.active).where(Account.id == scene.cast.tilda.account_id)).one()
    assert active is (status != 200)


def test_the_owner_of_last_resort_and_the_only_administrator_stay(scene: Scene) -> None:
    cast = scene.cast
    answer = hand_over(scene, cast.tom, member=cast.lars, deactivate=True)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "state_conflict")
    set_clinic(scene, owner_of_last_resort_id=cast.tom.account_id)
    set_account(cast.anna, active=False)
    alone = hand_over(scene, cast.tom, member=cast.lars, by=cast.lars, deactivate=True)
    assert "Nobody else administers" in alone.get_json()["detail"]
    set_account(cast.tom, administers=True)
    assert counts(hand_over(scene, cast.tom, member=cast.lars, by=cast.lars, deactivate=True)) == (0, 0, 0)


def test_a_deputy_who_leaves_is_deputy_no_more(scene: Scene) -> None:
    cast = scene.cast
    set_clinic(scene, deputy_id=cast.tilda.account_id)
    hand_over(scene, cast.tom, deactivate=True)
    assert "deputy_id" not in scene.get(f"/v1/clinics/{cast.clinic_id}", cast.anna)


def test_who_left_may_be_let_in_again_with_nothing(scene: Scene) -> None:
    cast = scene.cast
    member = hand_over(scene, cast.tom, deactivate=True).get_json()["member"]
    assert member["active"] is False
    path = f"/v1/clinics/{cast.clinic_id}/members/{cast.tilda.account_id}"
    headers = keyed(cast.anna.headers) | {"If-Match": f'"{member["version"]}"'}
    again = cast.client.patch(path, json={"active": True}, headers=headers)
    assert (again.status_code, again.get_json()["active"]) == (200, True)
    assert cast.client.get("/v1/me", headers=cast.tilda.headers).status_code == 401, "her tokens stay ended"
    assert therapists(scene) == [cast.tom.account_id] * 2


def test_nobody_is_let_out_who_still_has_somebody(scene: Scene) -> None:
    cast = scene.cast
    scene.book()
    path = f"/v1/clinics/{cast.clinic_id}/members/{cast.tilda.account_id}"
    headers = keyed(cast.anna.headers) | {"If-Match": '"1"'}
    answer = cast.client.patch(path, json={"active": False}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "hand_over_first")
    assert "patients, appointments" in answer.get_json()["detail"]
    hand_over(scene, cast.tom)
    answer = cast.client.patch(path, json={"active": False}, headers=headers)
    assert (answer.status_code, answer.get_json()["active"]) == (200, False)


def test_a_hand_over_that_is_refused_changes_nothing(scene: Scene) -> None:
    cast = scene.cast
    alert = flag(scene, 0)
    assert hand_over(scene, cast.tom, member=cast.otto).status_code == 404
    assert hand_over(scene, cast.tom, by=cast.olga).status_code == 404
    assert hand_over(scene, cast.tom, by=cast.tilda).status_code == 403
    assert therapists(scene) == [cast.tilda.account_id] * 2
    assert owner_of(alert) == cast.tilda.account_id


def test_what_a_cover_owns_goes_to_the_heir_when_who_is_away_leaves(scene: Scene) -> None:
    cast = scene.cast
    assert leave(scene, cast.tilda, cast.tom).status_code == 201
    alert = flag(scene, 1)
    assert owner_of(alert) == cast.tom.account_id
    assert counts(hand_over(scene, cast.lars, deactivate=True)) == (2, 1, 0)
    assert owner_of(alert) == cast.lars.account_id
    assert not sees(scene, cast.tom)
