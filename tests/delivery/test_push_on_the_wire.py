"""The worker with real push services and a local Google: what is gone is retired, and the next way takes over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from tests.delivery.browser import Browser, claims_of
from tests.delivery.google import SENT, failure, google
from tests.delivery.mail_server import Behaviour as MailBehaviour
from tests.delivery.mail_server import mail_server
from tests.delivery.web_server import Behaviour, Site, in_turn, raw, reply, web_server
from tests.jobs.due_rows import make_due, make_patient, read_attempts, read_row
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery import channels
from tracker.delivery.models import Dispatch
from tracker.delivery.recipients import find_patient_recipient
from tracker.delivery.rules.verdicts import HandOver, Verdict
from tracker.delivery.vapid import new_private_key, public_key_of
from tracker.delivery.vocabulary import Purpose, State
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits
from tracker.people import patients
from tracker.people.models import Account, Device, Patient

BROWSER = Browser()
KEY = new_private_key()
CREATED = reply(201)


def reachable(row: Dispatch, now: datetime) -> Verdict:
    patient = patients.find_patient(row.patient_id)
    assert patient is not None
    return HandOver(find_patient_recipient(patient, now), "reminder")


def tick(settings: Settings, exits: Exits) -> None:
    last_look = {Purpose.ALERT: reachable, Purpose.REMINDER: reachable}
    run_once(replace(settings, sender_threads=1), ids.new_id(), last_look=last_look, exits=exits)


@pytest.fixture
def account(app: Flask, moment: MovableClock) -> Account:
    """A patient's account, with a mail address and no device yet."""
    patient = make_patient(moment())
    account = Account(
        id=ids.new_id(), clinic_id=patient.clinic_id, role="patient", display_name="P", patient_id=patient.id,
        locale="en", time_zone="UTC", created_at=moment(),
    )  # fmt: skip
    with transaction():
        db.session.add(account)
        db.session.get_one(Patient, patient.id).email = "pia@example.org"
        db.session.flush()
    return account


def add_device(
    account: Account, provider: str, address: str, seen_at: datetime, keys: Mapping[str, str] | None = None
) -> UUID:
    device = Device(
        id=ids.new_id(), account_id=account.id, installation_id=f"{provider}:{address}"[:64], platform="web",
        push_provider=provider, address=address, address_hash=ids.hash_secret(address),
        notification_permission="granted", app_version="1", locale="en", time_zone="UTC",
        registered_at=seen_at, last_seen_at=seen_at, **(keys or {}),
    )  # fmt: skip
    with transaction():
        db.session.add(device)
        db.session.flush()
    return device.id


def add_browser(account: Account, site: Site, moment: MovableClock) -> UUID:
    return add_device(account, "web_push", f"{site.url}/push", moment(), BROWSER.keys)


def plan(account: Account, moment: MovableClock) -> UUID:
    [dispatch_id] = make_due(db.session.get_one(Patient, account.patient_id), moment())
    return dispatch_id


def exits_for(settings: Settings, mail: str, *sites: Site) -> Exits:
    allowed = " ".join(site.place for site in sites)
    return Exits(
        channels.open_all(
            replace(settings, smtp_url=f"smtp://{mail}", web_push_key=KEY, outbound_allowed=allowed)
        )
    )


def tried(dispatch_id: UUID) -> list[tuple[str, str | None, str | None]]:
    """What was tried by which channel, and what came of it."""
    return [(attempt.channel, attempt.outcome, attempt.error_code) for attempt in read_attempts(dispatch_id)]


def retired(device_id: UUID) -> tuple[datetime | None, str | None]:
    db.session.rollback()
    found = db.session.execute(
        select(Device.retired_at, Device.retired_reason).where(Device.id == device_id)
    ).one()
    return found.retired_at, found.retired_reason


def test_a_browser_is_told_and_no_mail_is_sent(
    settings: Settings, moment: MovableClock, account: Account
) -> None:
    dispatch_id = plan(account, moment)
    with mail_server(MailBehaviour()) as mail, web_server(CREATED) as site:
        device_id = add_browser(account, site, moment)
        tick(settings, exits_for(settings, mail, site))
    assert tried(dispatch_id) == [("web_push", "accepted", None)]
    assert read_attempts(dispatch_id)[0].device_id == device_id
    [request] = site.requests
    shown = BROWSER.read(request)
    assert (shown["title"], shown["id"]) == (
        "A short note is waiting for you",
        read_attempts(dispatch_id)[0].send_key,
    )
    assert shown["link"].startswith(f"{settings.public_url}/go/")
    assert claims_of(request, public_key_of(KEY))["aud"] == site.url
    assert request.headers["ttl"] == str(12 * 3600)
    assert retired(device_id) == (None, None)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_retired_and_the_mail_takes_over(
    settings: Settings, moment: MovableClock, account: Account, status: int
) -> None:
    first = plan(account, moment)
    with mail_server(MailBehaviour()) as mail, web_server(reply(status)) as site:
        device_id = add_browser(account, site, moment)
        exits = exits_for(settings, mail, site)
        tick(settings, exits)
        gone_at = moment()
        moment.advance(timedelta(minutes=1))
        second = plan(account, moment)
        tick(settings, exits)
    assert tried(first) == [("web_push", "permanent", "unregistered"), ("email", "accepted", None)]
    assert tried(second) == [("email", "accepted", None)]
    assert retired(device_id) == (gone_at, "unregistered")
    assert len(site.requests) == 1


def test_a_push_service_that_refuses_us_retires_nobody(
    settings: Settings, moment: MovableClock, account: Account
) -> None:
    dispatch_id = plan(account, moment)
    with mail_server(MailBehaviour()) as mail, web_server(reply(403)) as site:
        device_id = add_browser(account, site, moment)
        exits = exits_for(settings, mail, site)
        for _ in range(4):
            tick(settings, exits)
            moment.advance(timedelta(minutes=15))
    assert tried(dispatch_id) == [
        *[("web_push", "transient", "provider_refused_us")] * 3,
        ("email", "accepted", None),
    ]
    assert retired(device_id) == (None, None)


def test_after_a_lost_answer_the_browser_gets_the_same_again(
    settings: Settings, moment: MovableClock, account: Account
) -> None:
    dispatch_id = plan(account, moment)
    with mail_server(MailBehaviour()) as mail, web_server(in_turn(raw(), CREATED)) as site:
        add_browser(account, site, moment)
        exits = exits_for(settings, mail, site)
        tick(settings, exits)
        moment.advance(timedelta(minutes=15))
        tick(settings, exits)
    assert [outcome for _, outcome, _ in tried(dispatch_id)] == ["unknown", "accepted"]
    first, second = site.requests
    assert BROWSER.read(first) == BROWSER.read(second)
    assert first.headers["topic"] == second.headers["topic"]
    assert int(first.headers["ttl"]) - int(second.headers["ttl"]) == 15 * 60


def test_two_push_services_each_get_what_is_for_them(
    settings: Settings, moment: MovableClock, account: Account
) -> None:
    dispatch_id = plan(account, moment)
    with mail_server(MailBehaviour()) as mail, web_server(CREATED) as older, web_server(reply(410)) as newer:
        add_browser(account, older, moment)
        moment.advance(timedelta(minutes=1))
        lost = add_browser(account, newer, moment)
        tick(settings, exits_for(settings, mail, older, newer))
    assert [outcome for _, outcome, _ in tried(dispatch_id)] == ["permanent", "accepted"]
    assert retired(lost)[1] == "unregistered"
    for site in (older, newer):
        [request] = site.requests
        assert claims_of(request, public_key_of(KEY))["aud"] == site.url
    assert older.requests[0].headers["topic"] != newer.requests[0].headers["topic"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (failure(404, "UNREGISTERED"), "unregistered"),
        (failure(403, "SENDER_ID_MISMATCH"), "sender_mismatch"),
    ],
)
def test_a_phone_without_the_app_is_retired_and_the_next_phone_takes_over(
    settings: Settings,
    moment: MovableClock,
    account: Account,
    tmp_path: Path,
    answer: Behaviour,
    reason: str,
) -> None:
    kept = add_device(account, "fcm", "token-kept", moment())
    lost = add_device(account, "fcm", "token-lost", moment() + timedelta(seconds=1))
    dispatch_id = plan(account, moment)
    with google(in_turn(answer, SENT)) as here:
        path = here.write_account(tmp_path)
        opened = channels.open_all(replace(settings, fcm_credentials=str(path), fcm_url=here.site.url))
        tick(settings, Exits(opened))
    assert tried(dispatch_id) == [("fcm", "permanent", reason), ("fcm", "accepted", None)]
    assert read_attempts(dispatch_id)[1].provider_reference == "projects/clinic-app/messages/0:1700%abc"
    assert read_row(dispatch_id).state == State.ACCEPTED
    assert (retired(kept), retired(lost)) == ((None, None), (moment(), reason))
    assert len(here.assertions) == 1
    assert [b"token-lost" in request.body for request in here.sent] == [True, False]


def test_a_wrong_project_retires_nobody(
    settings: Settings, moment: MovableClock, account: Account, tmp_path: Path
) -> None:
    device_id = add_device(account, "fcm", "token", moment())
    dispatch_id = plan(account, moment)
    with google(failure(404, general="NOT_FOUND")) as here:
        path = here.write_account(tmp_path)
        opened = channels.open_all(replace(settings, fcm_credentials=str(path), fcm_url=here.site.url))
        tick(settings, Exits(opened))
    assert tried(dispatch_id) == [("fcm", "transient", "provider_refused_us")]
    assert retired(device_id) == (None, None)
