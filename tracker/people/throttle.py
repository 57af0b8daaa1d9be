"""Counts attempts at a secret in the database, so that all processes share one throttle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import case, literal, update
from sqlalchemy.dialects import postgresql, sqlite

from tracker import ids
from tracker.db import db, is_sqlite
from tracker.errors import Throttled
from tracker.people.models import Attempts

PERIOD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures one subject may have in a period."""

    subject: str
    failures: int


def sign_in_limits(email: str, address: str) -> tuple[Limit, ...]:
    """Return the limits on guessing a password: tight for the pair, wide for each, so nobody locks out another."""
    email = email.strip().lower()
    return (
        Limit(f"sign-in {email} from {address}", 10),
        Limit(f"sign-in {email}", 100),
        Limit(f"sign-in from {address}", 100),
    )


def activation_limits(address: str) -> tuple[Limit, ...]:
    """Return the limit on guessing activation codes."""
    return (Limit(f"activation from {address}", 20),)


def count_attempt(limits: tuple[Limit, ...], now: datetime) -> Throttled | None:
    """Count one attempt against each limit, before it is tried; return the refusal when one is used up."""
    for limit in limits:
        failures, ends_at = _increment(limit.subject, now)
        if failures > limit.failures:
            seconds = max(1, ceil((ends_at - now).total_seconds()))
            return Throttled(f"Too many attempts. Try again in {ceil(seconds / 60)} minutes.", seconds)
    return None


def give_back(limits: tuple[Limit, ...]) -> None:
    """Take a counted attempt back after its success; earlier failures stay, or one success would excuse many."""
    for limit in limits:  # in the order of counting, so that two requests cannot wait for each other
        statement = update(Attempts).where(
            Attempts.subject == ids.hash_secret(limit.subject), Attempts.failures > 0
        )
        db.session.execute(statement.values(failures=Attempts.failures - 1))


def _increment(subject: str, now: datetime) -> tuple[int, datetime]:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    over = Attempts.period_ends_at <= now
    statement = insert(Attempts).values(
        subject=ids.hash_secret(subject), failures=1, period_ends_at=now + PERIOD
    )
    statement = statement.on_conflict_do_update(
        index_elements=[Attempts.subject],
        set_={
            "failures": case((over, literal(1)), else_=Attempts.failures + 1),
            "period_ends_at": case(
                (over, literal(now + PERIOD, Attempts.period_ends_at.type)), else_=Attempts.period_ends_at
            ),
        },
    )
    row = db.session.execute(statement.returning(Attempts.failures, Attempts.period_ends_at)).one()
    return row.failures, row.period_ends_at
