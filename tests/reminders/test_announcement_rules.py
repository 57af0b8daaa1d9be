"""Who books later than the evening before is told at once, with 2 h to spare and nobody disturbed, or not at all."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.protocols.quiet import QuietHours
from tracker.protocols.zones import zone
from tracker.reminders.appointments import is_in_time
from tracker.reminders.rules import plan_appointment_prompt

EVENING = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # the prompt's hour in a zone without changes of clocks
AWAKE = QuietHours(time(0), time(0))
NIGHT = QuietHours()
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("hours_ahead", "planned_at", "quiet", "told"),
    [
        (15, EVENING - timedelta(days=300), NIGHT, True),
        (15, EVENING, NIGHT, True),
        (15, EVENING + TICK, NIGHT, True),  # at once
        (15, EVENING + timedelta(hours=3) - TICK, NIGHT, True),
        (15, EVENING + timedelta(hours=3), NIGHT, False),  # 21:00
        (15, EVENING + timedelta(hours=13), NIGHT, False),  # 07:00, still quiet
        (17, EVENING + timedelta(hours=14), NIGHT, True),  # 08:00 is not, and leaves 3 h
        (15, EVENING + timedelta(hours=13) - TICK, AWAKE, True),
        (15, EVENING + timedelta(hours=13), AWAKE, False),  # 2 h and no more
        (15, EVENING + timedelta(hours=13) + TICK, AWAKE, False),
        (15, EVENING - timedelta(hours=1), QuietHours(time(17), time(20)), True),  # waits for 20:00
    ],
)
def test_a_late_booking_is_told_at_once_or_never(
    hours_ahead: int, planned_at: datetime, quiet: QuietHours, told: bool
) -> None:
    prompt = plan_appointment_prompt(
        STANDARD_AFTERCARE,
        starts_at=EVENING + timedelta(hours=hours_ahead),
        planned_at=planned_at,
        zone=zone("UTC"),
        quiet=quiet,
    )
    assert prompt is not None
    assert is_in_time(prompt, planned_at) is told
