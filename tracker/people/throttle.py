"""Counts attempts at a secret in the database, so that all processes share one throttle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Any

from sqlalchemy import case, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tracker import ids
from tracker.db import db, is_sqlite
from tracker.errors import Throttled
from tracker.people.models import Attempts

PERIOD = timedelta(minutes=15)
# How long a network from which somebody signed in is remembered as theirs.
KNOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How many failures one subject may have in a period, and what excuses it: an earlier success from there."""

    subject: str
    failures: int
    excused_by: str | None = None


def sign_in_limits(email: str, address: str) -> tuple[AttemptLimit, ...]:
    """Return the limits on guessing a password: for the pair, for the network, and for the account.

    The one for the account does not hold where its owner has signed in before: strangers cannot lock them out.
    """
    email, network = email.strip().lower(), network_of(address)
    return (
        AttemptLimit(f"sign-in {email} from {network}", 10),
        AttemptLimit(f"sign-in from {network}", 100),
        AttemptLimit(f"sign-in {email}", 100, excused_by=f"known {email} from {network}"),
    )


def activation_limits(address: str) -> tuple[AttemptLimit, ...]:
    """Return the limit on guessing activation codes."""
    return (AttemptLimit(f"activation from {network_of(address)}", 20),)


def network_of(address: str) -> str:
    """Return what one person holds: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    # A server that listens for both kinds sees every IPv4 client in one and the same /64.
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def count_attempt(limits: tuple[AttemptLimit, ...], now: datetime) -> Throttled | None:
    """Count one attempt against each limit, before it is tried; return the refusal when one is used up."""
    for limit in limits:
        failures, ends_at = _increment(limit.subject, now)
        if failures > limit.failures and not _is_excused(limit, now):
            seconds = max(1, ceil((ends_at - now).total_seconds()))
            return Throttled(f"Too many attempts. Try again in {ceil(seconds / 60)} minutes.", seconds)
    return None


def give_back(limits: tuple[AttemptLimit, ...]) -> None:
    """Take a counted attempt back after its success; earlier failures stay, or one success would excuse many."""
    for limit in limits:  # in the order of counting, so that two requests cannot wait for each other
        statement = update(Attempts).where(
            Attempts.subject == ids.hash_secret(limit.subject), Attempts.failures > 0
        )
        db.session.execute(statement.values(failures=Attempts.failures - 1))


def remember(limits: tuple[AttemptLimit, ...], now: datetime) -> None:
    """Note from which network somebody signed in."""
    for limit in limits:
        if limit.excused_by:
            statement = _insert(limit.excused_by, 0, now + KNOWN_FOR)
            db.session.execute(
                statement.on_conflict_do_update(
                    index_elements=[Attempts.subject], set_={"period_ends_at": now + KNOWN_FOR}
                )
            )


def forget_old(now: datetime, most: int) -> int:
    """Delete counters whose period is over; returns how many."""
    old = select(Attempts.subject).where(Attempts.period_ends_at <= now).limit(most)
    old = old.with_for_update(skip_locked=True)  # one that is being counted again is not old any more
    changed: Any = db.session.execute(
        delete(Attempts).where(Attempts.subject.in_(old)).execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def _is_excused(limit: AttemptLimit, now: datetime) -> bool:
    if limit.excused_by is None:
        return False
    known = select(Attempts.subject).where(
        Attempts.subject == ids.hash_secret(limit.excused_by), Attempts.period_ends_at > now
    )
    return db.session.scalar(known) is not None


def _insert(subject: str, failures: int, period_ends_at: datetime) -> Any:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    return insert(Attempts).values(
        subject=ids.hash_secret(subject), failures=failures, period_ends_at=period_ends_at
    )


def _increment(subject: str, now: datetime) -> tuple[int, datetime]:
    over = Attempts.period_ends_at <= now
    statement = _insert(subject, 1, now + PERIOD).on_conflict_do_update(
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
