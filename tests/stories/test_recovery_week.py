"""A week of five patients in three zones: settles, persists, worsens, red flag, silent."""

from pathlib import Path

import pytest
from flask import Flask

from scripts.worker_round import worker_round
from tests.support.pages import quoted_lines, read_page
from tracker.audit import service as audit
from tracker.clock import MovableClock
from tracker.demo import timelapse, week
from tracker.demo.expected import EXPECTED, Expectation, missing, unexpected
from tracker.demo.observer import Event

pytestmark = pytest.mark.any_database


def test_the_week_passes_as_it_must(app: Flask, moment: MovableClock, tmp_path: Path) -> None:
    events = week.tell(app, moment, worker_round(app, tmp_path))
    assert missing(EXPECTED, events) == []
    assert unexpected(EXPECTED, events) == []
    handed_over = [event for event in events if event.kind in {"sent", "told", "escalated"}]
    assert len(list(tmp_path.glob("*.eml"))) == len(handed_over)
    chains = audit.list_chains()
    assert len(chains) > len(week.PATIENTS)
    assert [chain for chain in chains if audit.find_break(chain) is not None] == []
    printed = [*timelapse.show(events, week.PATIENTS, week.STORIES, colour=False), timelapse.summary(events)]
    assert [line for line in quoted_lines(read_page("README.md"))[:-1] if line not in printed] == []


def as_event(row: Expectation) -> Event:
    """The event that a row of the table asks for."""
    when, kind, what = row.words.rsplit(" ", 2)
    return Event(
        week.on_clock_of(row.patient, when),
        row.patient,
        week.PATIENTS[row.patient].time_zone,
        kind,
        what,
    )


WEEK = [as_event(row) for row in EXPECTED]


def test_an_event_that_is_left_out_is_named() -> None:
    for left_out, row in enumerate(EXPECTED):
        rest = WEEK[:left_out] + WEEK[left_out + 1 :]
        assert missing(EXPECTED, rest) == [row]
        assert unexpected(EXPECTED, rest) == [], row


def test_an_event_at_another_minute_is_both_missing_and_unexpected() -> None:
    last = WEEK[-1]
    late = Event(last.at + week.WELCOME_BEFORE, last.patient, last.time_zone, last.kind, last.what)
    assert missing(EXPECTED, [*WEEK[:-1], late]) == [EXPECTED[-1]]
    assert [row.words for row in unexpected(EXPECTED, [*WEEK[:-1], late])] == [
        "Fri 13 19:45 suppressed check_day_7"
    ]


@pytest.mark.parametrize("kind", ["sent", "answered", "raised", "escalated", "resolved", "suppressed"])
def test_the_table_holds_every_kind_of_event(kind: str) -> None:
    assert kind in {event.kind for event in WEEK}
