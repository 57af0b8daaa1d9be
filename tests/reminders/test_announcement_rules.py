"""Who books later than the evening before is told at once, after quiet hours, or with 2 h to go not any more."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tracker.local_time.quiet import QuietHours
from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.reminders.announcements import is_in_time
from tracker.reminders.rules.prompts import plan_appointment_prompt

EVENING = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # the prompt's hour in a zone without changes of clocks
AWAKE = QuietHours(time(0), time(0))
NIGHT = QuietHours()


@pytest.mark.parametrize(
    ("starts", "planned", "quiet", "told"),
    [  # hours after six in the evening
        (15, -300 * 24, NIGHT, 0),
        (15, 0, NIGHT, 0),
        (15, 0.5, NIGHT, 0.5),  # at once
        (15, 2.99, NIGHT, 2.99),
        (15, 3, NIGHT, 14),  # 21:00: at eight in the morning, an hour before it
        (14.1, 3, NIGHT, 14),
        (14, 3, NIGHT, "suppressed"),  # it starts as quiet hours end
        (13, 3, NIGHT, "suppressed"),
        (15, 12.99, NIGHT, 14),  # 06:59
        (15, 13, NIGHT, "not planned"),  # 07:00: 2 h and no more
        (17, 14, NIGHT, 14),
        (15, 12.99, AWAKE, 12.99),
        (15, 13, AWAKE, "not planned"),
        (15, 13.01, AWAKE, "not planned"),
        (15, -1, QuietHours(time(17), time(20)), 2),  # waits for 20:00
    ],
)
def test_a_late_booking_is_told_as_soon_as_it_may(
    starts: float, planned: float, quiet: QuietHours, told: float | str
) -> None:
    planned_at = EVENING + timedelta(hours=planned)
    prompt = plan_appointment_prompt(
        STANDARD_AFTERCARE,
        starts_at=EVENING + timedelta(hours=starts),
        planned_at=planned_at,
        zone=zone("UTC"),
        quiet=quiet,
    )
    assert prompt is not None
    if not is_in_time(prompt, planned_at):
        assert told == "not planned"
    elif prompt.due_at is None:
        assert told == "suppressed"
    else:
        assert prompt.due_at - EVENING == timedelta(hours=float(told))
