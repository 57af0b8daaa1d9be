"""Where notifications go: registered by its holder, taken over, signed out, unseen, and never shown."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast, Person, activation
from tests.commands.test_commands import run
from tests.support.keys import keyed
from tracker.audit.models import AuditEvent
from tracker.clock import MovableClock
from tracker.db import db
from tracker.people import devices, patients
from tracker.people.models import Device

PHONE = {
    "platform": "android",
    "push_provider": "fcm",
    "push_token": "token:of-the-phone",
    "notification_permission": "granted",
    "app_version": "1.4.0",
    "locale": "de",
    "time_zone": "Europe/Berlin",
}
# A key of every run's own would make cases that differ; this one was made once.
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SUBSCRIPTION = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/x",
    "p256dh": POINT,
    "auth": "a" * 22,
}
BROWSER = {
    **{name: value for name, value in PHONE.items() if name != "push_token"},
    "platform": "web",
    "push_provider": "web_push",
    "subscription": SUBSCRIPTION,
}


def register(cast: Cast, person: Person, installation: str = "phone", **changes: Any) -> TestResponse:
    body = (BROWSER if changes.get("push_provider") == "web_push" else PHONE) | changes
    return cast.client.put(f"/v1/me/devices/{installation}", json=body, headers=person.headers)


def reached(person: Person, moment: MovableClock) -> list[str]:
    db.session.rollback()
    return [device.installation_id for device in devices.list_reachable(person.account_id, moment())]


def ends() -> dict[str, str | None]:
    db.session.rollback()
    return {
        row.installation_id: row.retired_reason
        for row in db.session.execute(select(Device.installation_id, Device.retired_reason))
    }


def trail(chain: Any) -> list[str]:
    db.session.rollback()
    statement = select(AuditEvent.action).where(
        AuditEvent.chain_id == chain, AuditEvent.resource_kind == "device"
    )
    return list(db.session.scalars(statement.order_by(AuditEvent.position)))


def fault(answer: TestResponse) -> tuple[int, list[tuple[str, str]]]:
    found = answer.get_json().get("errors", [])
    return answer.status_code, [(error["pointer"], error["code"]) for error in found]


def test_a_phone_is_registered_and_its_token_is_told_to_nobody(cast: Cast, moment: MovableClock) -> None:
    answer = register(cast, cast.pia, os_version="16")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {
            "installation_id": "phone",
            "platform": "android",
            "push_provider": "fcm",
            "notification_permission": "granted",
            "app_version": "1.4.0",
            "os_version": "16",
            "locale": "de",
            "time_zone": "Europe/Berlin",
            "time_zone_differs": False,
            "registered_at": "2026-03-02T15:00:00Z",
            "last_seen_at": "2026-03-02T15:00:00Z",
        },
    )
    assert reached(cast.pia, moment) == ["phone"]
    assert trail(cast.pia.patient_id) == ["update"]


def test_a_therapist_registers_a_browser(cast: Cast, moment: MovableClock) -> None:
    assert register(cast, cast.tilda, push_provider="web_push").status_code == 200
    assert reached(cast.tilda, moment) == ["phone"]
    assert trail(cast.tilda.account_id) == ["update"]
    (device,) = devices.list_reachable(cast.tilda.account_id, moment())
    assert (device.address, device.p256dh, device.auth) == tuple(
        SUBSCRIPTION[name] for name in ("endpoint", "p256dh", "auth")
    )


def test_a_phone_that_is_only_seen_again_leaves_no_trail(cast: Cast, moment: MovableClock) -> None:
    register(cast, cast.pia, os_version="16")
    moment.advance(timedelta(days=1))
    again = register(cast, cast.pia, os_version="16").get_json()
    assert (again["registered_at"], again["last_seen_at"]) == ("2026-03-02T15:00:00Z", "2026-03-03T15:00:00Z")
    assert trail(cast.pia.patient_id) == ["update"]
    newer = register(cast, cast.pia, push_token="another", app_version="1.5.0").get_json()
    assert (newer["app_version"], "os_version" in newer) == ("1.5.0", False)
    assert trail(cast.pia.patient_id) == ["update", "update"]
    assert len(ends()) == 1


def test_a_phone_that_changed_hands_shows_nothing_of_its_former_holder(
    cast: Cast, moment: MovableClock
) -> None:
    register(cast, cast.pia, "of-pia")
    register(cast, cast.pia, "tablet-of-pia", push_token="tablet")
    register(cast, cast.otto, "of-otto")
    assert (reached(cast.pia, moment), reached(cast.otto, moment)) == (["tablet-of-pia"], ["of-otto"])
    assert ends() == {"of-pia": "taken_over", "tablet-of-pia": None, "of-otto": None}
    register(cast, cast.pia, "of-pia")
    assert ends() == {"of-pia": None, "tablet-of-pia": None, "of-otto": "taken_over"}


def test_an_app_that_was_installed_again_is_one_device(cast: Cast, moment: MovableClock) -> None:
    register(cast, cast.pia, "first")
    register(cast, cast.pia, "second")
    assert reached(cast.pia, moment) == ["second"]


def test_signing_out_ends_notifications_of_this_installation_alone(cast: Cast, moment: MovableClock) -> None:
    body = {"grant_type": "password", "email": cast.tilda.email, "password": PASSWORD}
    pair = cast.client.post("/v1/tokens", json={**body, "installation_id": "phone"}).get_json()
    register(cast, cast.tilda, "phone")
    register(cast, cast.tilda, "desk", push_token="desk")
    register(cast, cast.tom, "phone", push_token="of-tom")
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert cast.client.delete("/v1/tokens/current", headers=headers).status_code == 204
    assert (reached(cast.tilda, moment), reached(cast.tom, moment)) == (["desk"], ["phone"])
    moment.advance(timedelta(hours=1))
    back = register(cast, cast.tilda, "phone").get_json()
    assert back["registered_at"] == "2026-03-02T16:00:00Z"
    assert reached(cast.tilda, moment) == ["phone", "desk"]


def test_another_password_ends_notifications_until_each_installation_is_there_again(
    app: Flask, cast: Cast, moment: MovableClock
) -> None:
    register(cast, cast.tilda, "desk")
    register(cast, cast.tilda, "of-a-stranger", push_token="elsewhere")
    register(cast, cast.tom, "phone", push_token="of-tom")
    assert run(app, "therapists", "set-password", cast.tilda.email, "--generate-password").exit_code == 0
    assert (reached(cast.tilda, moment), reached(cast.tom, moment)) == ([], ["phone"])
    assert ends() == {"desk": "signed_out", "of-a-stranger": "signed_out", "phone": None}


def test_a_new_phone_takes_the_notifications_from_the_old_one(cast: Cast, moment: MovableClock) -> None:
    register(cast, cast.pia, "old")
    register(cast, cast.paul, push_token="of-paul")
    again = {
        "kind": "patient",
        "display_name": "Pia",
        "channel": "none",
        "patient_id": str(cast.pia.patient_id),
    }
    made = cast.client.post("/v1/invitations", json=again, headers=keyed(cast.tilda.headers)).get_json()
    body = activation(made["activation_code"], installation_id="new")
    come_in = cast.client.post("/v1/activations", json=body)
    assert come_in.status_code == 201
    assert (reached(cast.pia, moment), reached(cast.paul, moment)) == ([], ["phone"])
    headers = {"Authorization": f"Bearer {come_in.get_json()['access_token']}"}
    new = PHONE | {"push_token": "of-the-new-phone"}
    assert cast.client.put("/v1/me/devices/new", json=new, headers=headers).status_code == 200
    assert reached(cast.pia, moment) == ["new"]


def test_unregistering_ends_notifications_and_can_be_repeated(cast: Cast, moment: MovableClock) -> None:
    register(cast, cast.pia)
    register(cast, cast.paul, push_token="of-paul")
    for _ in range(2):
        answer = cast.client.delete("/v1/me/devices/phone", headers=cast.pia.headers)
        assert (answer.status_code, answer.data) == (204, b"")
    assert (reached(cast.pia, moment), reached(cast.paul, moment)) == ([], ["phone"])
    assert trail(cast.pia.patient_id) == ["update", "delete"]


@pytest.mark.parametrize(
    ("unseen", "expected"),
    [(timedelta(days=60) - timedelta(seconds=1), ["phone"]), (timedelta(days=60), [])],
)
def test_a_device_that_was_not_seen_for_60_days_is_not_used(
    cast: Cast, moment: MovableClock, unseen: timedelta, expected: list[str]
) -> None:
    register(cast, cast.pia)
    moment.advance(unseen)
    assert reached(cast.pia, moment) == expected
    register(cast, cast.pia)
    assert reached(cast.pia, moment) == ["phone"]


@pytest.mark.parametrize("permission", ["denied", "not_asked"])
def test_a_device_that_may_not_show_anything_is_not_used(
    cast: Cast, moment: MovableClock, permission: str
) -> None:
    register(cast, cast.pia)
    register(cast, cast.pia, notification_permission=permission)
    assert reached(cast.pia, moment) == []


@pytest.mark.parametrize("who", ["pia", "tilda"])
def test_another_zone_is_offered_and_moves_nothing(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    before = cast.client.get("/v1/me", headers=person.headers).get_json()
    assert register(cast, person, time_zone="Europe/Lisbon").get_json()["time_zone_differs"] is True
    assert cast.client.get("/v1/me", headers=person.headers).get_json() == before
    body, version = {"time_zone": "Europe/Lisbon"}, {"If-Match": f'"{before["version"]}"'}
    assert cast.client.patch("/v1/me", json=body, headers=person.headers | version).status_code == 200
    assert register(cast, person, time_zone="Europe/Lisbon").get_json()["time_zone_differs"] is False
    if person.patient:
        patient = patients.find_patient(person.patient)
        assert patient is not None
        assert patient.time_zone == "Europe/Lisbon"


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"push_token": None}, "#/push_token", "required"),
        ({"push_token": "a b"}, "#/push_token", "invalid_format"),
        ({"subscription": SUBSCRIPTION}, "#/subscription", "unknown_field"),
        ({"push_provider": "web_push", "subscription": None}, "#/subscription", "required"),
        ({"push_provider": "web_push", "push_token": "x"}, "#/push_token", "unknown_field"),
        ({"push_provider": "web_push", "subscription": {}}, "#/subscription/endpoint", "required"),
        ({"push_provider": "apns"}, "#/push_provider", "unknown_value"),
        ({"app_version": ""}, "#/app_version", "out_of_range"),
    ],
)
def test_an_address_has_to_fit_its_provider(
    cast: Cast, changes: dict[str, Any], pointer: str, code: str
) -> None:
    status, faults = fault(register(cast, cast.pia, **changes))
    assert status == 422
    assert (pointer, code) in faults


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", 200),
        ("https://fcm.googleapis.com:443/fcm/send/x", 200),
        ("https://web.push.apple.com/x", 200),
        ("https://FCM.googleapis.com/x", 200),
        ("https://push.apple.com/x", 422),  # a leading dot admits what is below
        ("https://evilpush.apple.com/x", 422),
        ("https://fcm.googleapis.com.evil.example/x", 422),
        ("https://fcm.googleapis.com@evil.example/x", 422),
        ("https://evil.example/fcm.googleapis.com", 422),
        ("https://fcm.googleapis.com:8443/x", 422),
        ("http://fcm.googleapis.com/x", 422),
        ("https://127.0.0.1/x", 422),
        ("https://localhost/x", 422),
        ("https://[::1]/x", 422),
        ("https://[::1/x", 422),
        ("https://fcm.googleapis.com:x/x", 422),
        ("ftp://fcm.googleapis.com/x", 422),
        ("javascript:alert(1)", 422),
        ("", 422),
    ],
)
def test_a_browser_names_only_push_services_that_are_known(cast: Cast, endpoint: str, status: int) -> None:
    subscription = SUBSCRIPTION | {"endpoint": endpoint}
    answer = register(cast, cast.pia, push_provider="web_push", subscription=subscription)
    assert answer.status_code == status
    if status == 422:
        assert {pointer for pointer, _code in fault(answer)[1]} == {"#/subscription/endpoint"}


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (POINT, 200),
        (POINT + "=", 200),
        ("B" + "x" * 86, 422),  # written as a key, and no point of the curve
        ("B" + "A" * 86, 422),  # both coordinates zero
        (POINT[:-3] + ("A" if POINT[-3] != "A" else "B") + POINT[-2:], 422),  # one digit off
        (POINT[:-1], 422),
        ("A" + POINT[1:], 422),
    ],
)
def test_a_browser_s_key_is_a_point_of_the_curve(cast: Cast, key: str, status: int) -> None:
    subscription = SUBSCRIPTION | {"p256dh": key}
    answer = register(cast, cast.pia, push_provider="web_push", subscription=subscription)
    expected = [("#/subscription/p256dh", "invalid_format")] if status == 422 else []
    assert fault(answer) == (status, expected)


def test_an_installation_has_at_most_64_characters(cast: Cast) -> None:
    assert register(cast, cast.pia, "x" * 64).status_code == 200
    assert register(cast, cast.pia, "x" * 65).status_code == 404
