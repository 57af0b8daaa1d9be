"""The checker names each kind of wrong row; every other suite relies on that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from tests.jobs.due_rows import EVERY_ROW, make_due, make_patient
from torture.channel import LedgerChannel
from torture.checker import Verdict, check
from torture.figures import at_least, at_most, exactly, publish, table
from torture.ledger import HandOver, Log, Strike, Tail, read_ledger, read_strikes
from tracker import ids
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.delivery.models import DeliveryAttempt, Dispatch
from tracker.delivery.vocabulary import AttemptOutcome, State
from tracker.jobs.dispatch import run_once
from tracker.jobs.exits import Exits

ROWS = 3
Ledger = list[HandOver]


@pytest.fixture
def ledger(app: Flask, settings: Settings, moment: MovableClock, tmp_path: Path) -> Ledger:
    """Three reminders, each handed over once."""
    make_due(make_patient(moment()), moment(), count=ROWS)
    log = Log(tmp_path / "ledger")
    run_once(settings, ids.new_id(), last_look=EVERY_ROW, exits=Exits({"email": LedgerChannel(log)}))
    log.close()
    return read_ledger(tmp_path / "ledger")


def found(verdict: Verdict) -> set[str]:
    """The kinds of which at least one was found."""
    return {kind for kind, count in verdict.figures().items() if count} - {"rows", "hand_overs", "strikes"}


def test_nothing_is_found_where_all_is_well(ledger: Ledger) -> None:
    verdict = check(ledger)
    assert found(verdict) == set()
    assert verdict.faults() == []
    assert (verdict.rows, verdict.hand_overs) == (ROWS, ROWS)


def repeat(ledger: Ledger, **changes: object) -> Ledger:
    return [*ledger, replace(ledger[0], **changes)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        (lambda ledger, _: ledger[1:], {"lost"}),
        (lambda ledger, _: repeat(ledger), {"extra", "unexplained", "unknown"}),
        (lambda ledger, _: repeat(ledger, digest="0"), {"extra", "unexplained", "unknown", "unequal"}),
        (lambda ledger, _: repeat(ledger, key="stranger"), {"unknown"}),
        (lambda ledger, _: repeat(ledger, key=""), {"unkeyed"}),
        (lambda ledger, end: [replace(ledger[0], at=end + timedelta(seconds=2)), *ledger[1:]], {"late"}),
        (lambda ledger, end: [replace(ledger[0], at=end + timedelta(seconds=1)), *ledger[1:]], set()),
        (lambda ledger, end: [replace(ledger[0], not_after=end + timedelta(hours=1)), *ledger[1:]], {"late"}),
    ],
)
def test_a_wrong_ledger_is_found(
    ledger: Ledger, moment: MovableClock, tamper: Callable[[Ledger, datetime], Ledger], kinds: set[str]
) -> None:
    assert found(check(tamper(ledger, moment() + timedelta(hours=12)))) == kinds


@pytest.mark.parametrize(
    ("row", "attempt", "kinds"),
    [
        ({"state": State.SCHEDULED, "ended_at": None}, {}, {"open"}),
        ({}, {"outcome": AttemptOutcome.UNKNOWN}, {"unknown", "cut_off"}),
        ({}, {"send_key": "another"}, {"lost", "unknown"}),
        ({}, {"begun_at": timedelta(hours=13)}, {"late"}),
        ({"state": State.EXPIRED}, {}, set()),
    ],
)
def test_a_wrong_database_is_found(
    ledger: Ledger, moment: MovableClock, row: dict[str, object], attempt: dict[str, object], kinds: set[str]
) -> None:
    first = db.session.scalars(db.select(DeliveryAttempt)).first()
    assert first is not None
    values = {
        key: moment() + value if isinstance(value, timedelta) else value for key, value in attempt.items()
    }
    with transaction():
        if row:
            db.session.execute(update(Dispatch).where(Dispatch.id == first.dispatch_id).values(row))
        if values:
            db.session.execute(update(DeliveryAttempt).where(DeliveryAttempt.id == first.id).values(values))
    assert found(check(ledger)) == kinds


def test_a_row_that_was_never_handed_over_needs_an_excuse(ledger: Ledger) -> None:
    with transaction():
        db.session.execute(update(Dispatch).values(state=State.EXPIRED))
    assert len(check(ledger[1:]).lost) == 1
    assert check(ledger[1:], excused={State.EXPIRED}).lost == []
    with transaction():
        db.session.execute(update(Dispatch).values(state=State.ACCEPTED))
    assert len(check(ledger[1:], excused=set(State)).lost) == 1, "nothing excuses what was never handed over"


def test_an_attempt_that_was_cut_off_explains_one_copy(ledger: Ledger, moment: MovableClock) -> None:
    key = ledger[0].key
    first = db.session.scalars(db.select(DeliveryAttempt).filter_by(send_key=key)).one()
    values = {column.name: getattr(first, column.name) for column in DeliveryAttempt.__table__.columns}
    again = values | {"id": ids.new_id(), "number": 2, "begun_at": moment() + timedelta(minutes=1)}
    with transaction():
        # The first is accepted, too: its answer came when the second had begun, as that of a paused worker does.
        db.session.execute(db.insert(DeliveryAttempt).values(again))
    verdict = check(repeat(ledger, process=1), [Strike(ledger[0].process, moment())])
    assert found(verdict) == {"extra", "cut_off"}
    assert found(check(repeat(ledger, process=1))) == {"extra", "cut_off", "unexplained"}, "nobody was struck"
    assert len(check([*ledger, ledger[0], ledger[0]]).unexplained) > 0


def test_a_message_under_two_keys_is_found(ledger: Ledger) -> None:
    first = db.session.scalars(db.select(DeliveryAttempt).filter_by(send_key=ledger[0].key)).one()
    values = {column.name: getattr(first, column.name) for column in DeliveryAttempt.__table__.columns}
    with transaction():
        again = values | {"id": ids.new_id(), "number": 2, "send_key": "second"}
        db.session.execute(db.insert(DeliveryAttempt).values(again))
    assert found(check(repeat(ledger, key="second"))) == {"unkeyed", "cut_off"}


def test_a_ledger_is_read_while_it_grows(tmp_path: Path) -> None:
    log = Log(tmp_path / "ledger")
    tail = Tail(log.path)
    assert tail.read() == []
    mail = b"Message-ID: <k@localhost>\r\nTo: a@example.org\r\nExpires: Mon, 02 Mar 2026 15:00:00 +0000\r\n\r\nHi"
    log.keep_mail(mail)
    (seen,) = tail.read()
    assert (seen.key, seen.address, log.count()) == ("k", "a@example.org", 1)
    with log.path.open("ab") as file:
        file.write(b'{"key":')
    assert tail.read() == [], "half a record is no hand-over"


def test_strikes_are_kept_in_order(tmp_path: Path) -> None:
    log = Log(tmp_path / "strikes")
    for process in (7, 5):
        log.keep_strike(process)
    assert [strike.process for strike in read_strikes(log.path)] == [7, 5]


def test_a_figure_that_is_missed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [exactly("lost", 0, 0), at_most("extra", 3, 2), at_least("kills", 2, 2)]
    assert not publish("Title", figures, ["row 1"])
    assert publish("Title", figures[:1])
    assert capsys.readouterr().out.splitlines()[:5] == [
        "Title",
        "  lost          0  = 0         met",
        "  extra         3  <= 2        MISSED",
        "  kills         2  >= 2        met",
        "    row 1",
    ]
    assert table("Title", figures[:1]).count("\n") == 1
