"""Showing a check-in leaves what was read as it is: a second look at the same row shows the same."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker import ids
from tracker.api.views import view_check_in
from tracker.checkins.service import ShownCheckIn

AT = datetime(2026, 3, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize(("ended_at", "hours"), [(AT - timedelta(hours=24), 24.0), (None, None)])
def test_a_row_can_be_shown_twice(ended_at: datetime | None, hours: float | None) -> None:
    row: ShownCheckIn = {
        "id": ids.new_id(),
        "patient_id": ids.new_id(),
        "recorded_at": AT,
        "advice": {},
        "session_ended_at": ended_at,
    }
    before = row.copy()
    once, again = view_check_in(row), view_check_in(row)
    assert once == again
    assert row == before
    assert (once.get("hours_since_session"), "session_ended_at" in once) == (hours, False)
