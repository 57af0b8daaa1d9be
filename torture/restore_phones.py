"""Phones that follow their patients' feeds through restores, and what they hold afterwards."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import Cast, Person
from tracker.checkins.models import CheckIn
from tracker.db import db


class Phone:
    """One phone of one patient: the check-ins that it shows, and the cursor from which it goes on."""

    def __init__(self, client: FlaskClient, person: Person) -> None:
        self._client, self._person = client, person
        self._cursor: str | None = None
        self._shown: set[UUID] = set()

    def go_on(self) -> None:
        """Fetch all that changed since the last look."""
        goes_on = True
        while goes_on:
            answer = self._ask()
            assert answer.status_code == HTTPStatus.OK, answer.text
            page: dict[str, Any] = answer.get_json()
            self._shown |= {UUID(item["id"]) for item in page["items"] if item["kind"] == "check_in"}
            self._cursor, goes_on = page["next_cursor"], page["has_more"]

    def is_told(self) -> bool:
        """Ask once and say whether the answer is to fetch everything again; then drop what was fetched."""
        if self._ask().status_code != HTTPStatus.GONE:
            return False
        self._cursor, self._shown = None, set()
        return True

    def differences(self) -> list[str]:
        """Say what it shows and the database does not hold, or the other way round."""
        stored = select(CheckIn.id).where(
            CheckIn.patient_id == self._person.patient_id, CheckIn.deleted_at.is_(None)
        )
        held = set(db.session.scalars(stored))
        return [
            *(f"a phone shows check-in {row} that is not there" for row in self._shown - held),
            *(f"a phone misses check-in {row}" for row in held - self._shown),
        ]

    def _ask(self) -> TestResponse:
        query = {"limit": 100} | ({"cursor": self._cursor} if self._cursor else {})
        return self._client.get("/v1/changes", query_string=query, headers=self._person.headers)


class Phones:
    """Two phones of each patient: one looked before the backup began, the other right before everything stopped.

    The place of the first is in the restored database too, that of the other is ahead of it.
    """

    def __init__(self, cast: Cast) -> None:
        people = (cast.pia, cast.paul, cast.otto)
        self._before, self._after = (
            [Phone(cast.client, person) for person in people] for _ in ("before", "after")
        )
        self.asked = self.told = 0
        self.differences: list[str] = []

    def look_before(self) -> None:
        """Let the first phone of each patient look."""
        _go_on(self._before)

    def look_after(self) -> None:
        """Let the other phone of each patient look."""
        _go_on(self._after)

    def come_back(self) -> None:
        """Let all of them ask the restored service, do as they are told, and be judged."""
        phones = [*self._before, *self._after]
        self.asked += len(phones)
        self.told += sum(phone.is_told() for phone in phones)
        _go_on(phones)
        db.session.rollback()
        self.differences += [line for phone in phones for line in phone.differences()]


def _go_on(phones: Sequence[Phone]) -> None:
    for phone in phones:
        phone.go_on()
