"""What happens to an open prompt when the patient's zone or quiet hours change."""

from datetime import datetime, time

import pytest

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone
from tracker.protocols.catalog import AFTERCARE_CARD, CHECK_24H, CHEST_CHECK, Step
from tracker.reminders.rules.prompts import redefer

instant = datetime.fromisoformat
DEFERRED, NO_WINDOW = Reason.DEFERRED_QUIET, Reason.QUIET_NO_WINDOW


def redefer_check(
    place: str, now: str, *, quiet: QuietHours | None = None, occurrence: int = 0, step: Step = CHECK_24H
) -> tuple[datetime | None, Reason]:
    """Redefer a check of 13:00Z on 2 May whose window is 09:00Z to 01:00Z."""
    return redefer(
        step,
        nominal_at=instant("2026-05-02T13:00Z"),
        not_before=instant("2026-05-02T09:00Z"),
        not_after=instant("2026-05-03T01:00Z"),
        zone=zone(place),
        quiet=quiet or QuietHours(),
        now=instant(now),
        occurrence=occurrence,
    )


@pytest.mark.parametrize(
    ("place", "now", "expected"),
    [
        pytest.param(
            "Europe/Berlin", "2026-05-02T10:00Z", ("2026-05-02T13:00Z", Reason.ON_TIME), id="T17-home"
        ),
        pytest.param("Asia/Tokyo", "2026-05-02T10:00Z", ("2026-05-02T23:00Z", DEFERRED), id="T17-flown"),
        pytest.param(
            "Europe/Berlin", "2026-05-02T14:00Z", ("2026-05-02T14:00Z", Reason.ON_TIME), id="T18-back"
        ),
        pytest.param(
            "Asia/Tokyo", "2026-05-02T23:30Z", ("2026-05-02T23:30Z", Reason.ON_TIME), id="already-loud"
        ),
        pytest.param("Europe/Berlin", "2026-05-03T01:00Z", (None, Reason.EXPIRED), id="T21-worker-down"),
    ],
)
def test_a_change_of_zone_moves_only_the_deferral(
    place: str, now: str, expected: tuple[str | None, Reason]
) -> None:
    due, reason = expected
    assert redefer_check(place, now) == (instant(due) if due else None, reason)


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        (
            QuietHours(time(12), time(1)),
            "2026-05-02T09:30Z",
            ("2026-05-02T11:59Z", Reason.MOVED_BEFORE_QUIET),
        ),
        (QuietHours(time(12), time(1)), "2026-05-02T12:00Z", (None, NO_WINDOW)),  # T20: the end is too late
        (QuietHours(time(12), time(0, 59)), "2026-05-02T12:00Z", ("2026-05-03T00:59Z", DEFERRED)),
        (QuietHours(time(8), time(1)), "2026-05-02T08:00Z", (None, NO_WINDOW)),
    ],
)
def test_new_quiet_hours_never_move_a_prompt_out_of_its_window_or_into_the_past(
    quiet: QuietHours, now: str, expected: tuple[str | None, Reason]
) -> None:
    due, reason = expected
    assert redefer_check("UTC", now, quiet=quiet) == (instant(due) if due else None, reason)


def test_a_repeat_does_not_wait_for_the_morning() -> None:
    assert redefer_check("Asia/Tokyo", "2026-05-02T10:00Z", occurrence=1) == (None, NO_WINDOW)


def test_the_chest_question_moves_earlier_when_the_night_does() -> None:
    early_night = QuietHours(time(12, 30), time(20))
    due = redefer_check("UTC", "2026-05-02T10:00Z", quiet=early_night, step=CHEST_CHECK)
    assert due == (instant("2026-05-02T12:29Z"), Reason.MOVED_BEFORE_QUIET)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-05-02T13:29Z", ("2026-05-02T13:29Z", Reason.ON_TIME)),
        ("2026-05-02T13:30Z", ("2026-05-02T23:00Z", DEFERRED)),
    ],
)
def test_the_card_may_enter_quiet_hours_for_half_an_hour(now: str, expected: tuple[str, Reason]) -> None:
    due, reason = expected
    assert redefer_check("Asia/Tokyo", now, step=AFTERCARE_CARD) == (instant(due), reason)
