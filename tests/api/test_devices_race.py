"""Two phones change hands at the same instant: nobody waits for ever, and each is reached by its own address."""

import threading

from flask import Flask
from sqlalchemy import select

from tests.access.table import DEVICE
from tests.cast import Cast, Person
from tracker.db import db
from tracker.people.models import Device

TIMES = 40


def register_both(app: Flask, *phones: tuple[Person, str]) -> list[int]:
    """Let each person register their phone with a token, starting together; return the statuses."""
    barrier, statuses = threading.Barrier(len(phones), timeout=60), list[int]()

    def register(person: Person, token: str) -> None:
        client, body = app.test_client(), DEVICE | {"push_token": token}
        barrier.wait()
        answer = client.put("/v1/me/devices/phone", json=body, headers=person.headers)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=register, args=phone) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def reached() -> dict[object, str]:
    """Return the token by which each account is reached."""
    db.session.rollback()
    rows = db.session.execute(select(Device.account_id, Device.address).where(Device.retired_at.is_(None)))
    return {row.account_id: row.address for row in rows}


def test_two_phones_that_are_swapped_are_both_reached_by_their_new_holders(app: Flask, cast: Cast) -> None:
    one, other = "a", "b"
    for _ in range(TIMES):
        assert register_both(app, (cast.pia, one), (cast.paul, other)) == [200, 200]
        assert reached() == {cast.pia.account_id: one, cast.paul.account_id: other}
        one, other = other, one


def test_one_phone_that_registers_twice_at_once_is_one_device(app: Flask, cast: Cast) -> None:
    for person in (cast.pia, cast.paul, cast.tilda, cast.tom):
        assert register_both(app, (person, "a"), (person, "b")) == [200, 200]
        db.session.rollback()
        own = select(Device.id).where(Device.account_id == person.account_id)
        assert len(db.session.scalars(own).all()) == 1


def test_one_token_that_two_people_register_at_once_reaches_one_of_them(app: Flask, cast: Cast) -> None:
    for number in range(TIMES):
        assert register_both(app, (cast.pia, f"t{number}"), (cast.paul, f"t{number}")) == [200, 200]
        assert len(reached()) == 1
