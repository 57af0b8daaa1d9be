"""The time-lapse is read on a terminal of 100 columns."""

from datetime import UTC, datetime

from tracker.demo import timelapse, week
from tracker.demo.observer import Event

AT = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
LONG = "a sentence that goes on and on " * 6
EVENTS = [
    Event(AT, "Nora", "America/New_York", "raised", "worsens", LONG),
    Event(AT.replace(hour=14), "Marek", "Europe/Berlin", "sent", "check_48h", "check at 48 h"),
]


def lines(*, colour: bool = False) -> list[str]:
    return list(timelapse.show(EVENTS, week.PATIENTS, week.STORIES, colour=colour))


def test_a_day_is_told_on_each_patients_own_clock() -> None:
    day = lines().index("Sunday 8 March 2026  (clocks in New York go forward by 1 h)")
    assert lines()[day + 1] == "  15:00  Marek  Berlin     sent          check at 48 h"
    assert lines()[day + 2].startswith("  16:00  Nora   New York   raised        a sentence")


def test_no_line_is_longer_than_100_columns() -> None:
    assert max(len(line) for line in lines()) <= timelapse.WIDTH
    assert len(timelapse.summary(EVENTS * 100)) <= timelapse.WIDTH


def test_colours_come_only_when_they_are_wanted() -> None:
    assert "\x1b" not in "".join(lines())
    assert "\x1b[31mraised" in "".join(lines(colour=True))
