"""What operators see of the engine, and what they can do: numbers, dead messages, another try, a pause."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from tests.commands.test_commands import refusal, run
from tests.jobs.due_rows import RecordingChannel, make_due, make_patient, read_row, wanted
from tracker import ids
from tracker.audit import service as audit
from tracker.clock import MovableClock
from tracker.config import Settings
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome, Purpose, State
from tracker.jobs.dispatch import run_once

REFUSED = Result(AttemptOutcome.PERMANENT, "smtp_550")


def tick(settings: Settings, channel: RecordingChannel) -> None:
    last_look = {Purpose.ALERT: wanted, Purpose.REMINDER: wanted}
    run_once(settings, ids.new_id(), last_look=last_look, exits=channel.exits)


@pytest.fixture
def dead(app: Flask, settings: Settings, moment: MovableClock) -> UUID:
    """A message whose only way was refused."""
    [dispatch_id] = make_due(make_patient(moment()), moment())
    tick(settings, RecordingChannel(lambda _: REFUSED))
    assert read_row(dispatch_id).state == State.DEAD
    return dispatch_id


def test_the_dead_are_listed_with_every_try(app: Flask, dead: UUID) -> None:
    said = run(app, "reminders", "dead").stdout
    assert said == f"{dead}  2026-03-02 15:00  reminder  smtp_550  [email: smtp_550]\n"


def test_nothing_dead_is_said_so(app: Flask) -> None:
    assert run(app, "reminders", "dead").stdout == "No message is dead.\n"


def test_another_try_starts_from_nothing_and_is_written_down(
    app: Flask, settings: Settings, moment: MovableClock, dead: UUID
) -> None:
    moment.advance(timedelta(hours=1))
    assert run(app, "reminders", "retry", str(dead)).stdout == f"{dead} will be tried again.\n"
    patient_id = read_row(dead).patient_id
    assert audit.find_break(patient_id) is None
    assert patient_id in audit.list_chains()
    tick(settings, RecordingChannel())
    assert read_row(dead).state == State.ACCEPTED


def test_another_try_is_no_try_of_what_is_sent_late_or_unknown(
    app: Flask, settings: Settings, moment: MovableClock, dead: UUID
) -> None:
    assert refusal(run(app, "reminders", "retry", str(ids.new_id()))) == "There is no message with this id."
    moment.move_to(read_row(dead).not_after)
    assert "whose time has not passed" in refusal(run(app, "reminders", "retry", str(dead)))
    moment.advance(-timedelta(hours=1))
    run(app, "reminders", "retry", str(dead))
    tick(settings, RecordingChannel())
    assert "Only a dead message" in refusal(run(app, "reminders", "retry", str(dead)))


def test_stats_say_what_waits_and_who_works(app: Flask, moment: MovableClock, dead: UUID) -> None:
    make_due(make_patient(moment()), moment(), count=2)
    moment.advance(timedelta(seconds=90))
    said = run(app, "reminders", "stats").stdout.splitlines()
    assert said == [
        "due in the last 24 h: 1 dead, 2 scheduled",
        "waiting now: 0 alert, 2 reminder, 0 summary; the oldest for 90 s",
        "workers: none yet",
    ]


@pytest.mark.parametrize(
    ("options", "what"),
    [([], "all messages"), (["--channel", "sms"], "all messages by sms")],
)
def test_a_pause_stands_until_it_is_resumed(app: Flask, options: list[str], what: str) -> None:
    assert run(app, "reminders", "pause", *options).stdout == f"Paused: {what}.\n"
    assert run(app, "reminders", "pause", *options).stdout == f"Already paused: {what}.\n"
    assert f"UTC: {what}\n" in run(app, "reminders", "stats").stdout
    assert run(app, "reminders", "resume", *options).stdout == f"Resumed: {what}.\n"
    assert refusal(run(app, "reminders", "resume", *options)) == f"This was not paused: {what}."


def test_a_clinic_is_paused_by_its_name(app: Flask, settings: Settings, moment: MovableClock) -> None:
    [dispatch_id] = make_due(make_patient(moment()), moment())
    assert run(app, "reminders", "pause", "--clinic", "C").stdout == "Paused: all messages of C.\n"
    tick(settings, RecordingChannel())
    assert read_row(dispatch_id).state == State.SCHEDULED
    assert "no clinic" in refusal(run(app, "reminders", "pause", "--clinic", "Nowhere"))
    assert "not both" in refusal(run(app, "reminders", "pause", "--clinic", "C", "--channel", "sms"))
