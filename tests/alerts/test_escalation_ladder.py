from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.alerts.escalation import ladder, owner
from tracker.alerts.vocabulary import Severity
from tracker.delivery.states import Audience
from tracker.people.cover import Candidate

RAISED = datetime(2026, 11, 7, 23, 50, tzinfo=UTC)
ASSIGNED, COVER, DEPUTY, LAST = (Candidate(name) for name in ("assigned", "cover", "deputy", "last"))
OWNER_STEP = ("notify", 0, Audience.OWNER)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (
            Severity.EMERGENCY,
            [OWNER_STEP, ("escalate_1", 30, Audience.DEPUTY), ("escalate_2", 120, Audience.LAST_RESORT)],
        ),
        (Severity.URGENT, [OWNER_STEP, ("escalate_1", 60, Audience.LAST_RESORT)]),
        (Severity.ATTENTION, [OWNER_STEP, ("escalate_1", 240, Audience.DEPUTY)]),
        (Severity.ROUTINE, []),
    ],
)
def test_the_ladder_goes_on_at_any_hour(
    severity: Severity, expected: list[tuple[str, int, Audience]]
) -> None:
    steps = [(s.key, (s.at - RAISED) // timedelta(minutes=1), s.audience) for s in ladder(severity, RAISED)]
    assert steps == expected


def test_the_ladder_counts_elapsed_minutes_when_the_clocks_change() -> None:
    raised = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    last = ladder(Severity.EMERGENCY, raised)[-1]
    assert last.at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def away(name: str) -> Candidate:
    return Candidate(name, is_available=False)


def gone(name: str) -> Candidate:
    return Candidate(name, is_active=False)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((ASSIGNED, COVER, DEPUTY, LAST), "assigned"),
        ((away("assigned"), COVER, DEPUTY, LAST), "cover"),
        ((gone("assigned"), None, DEPUTY, LAST), "deputy"),
        ((None, away("cover"), gone("deputy"), LAST), "last"),
        ((away("assigned"), away("cover"), away("deputy"), away("last")), "last"),
        ((away("assigned"), None, None, gone("last")), "assigned"),
        ((gone("assigned"), None, None, gone("last")), None),
        ((None, None, None, None), None),
    ],
)
def test_an_alert_has_an_owner_at_every_moment(
    people: tuple[Candidate | None, Candidate | None, Candidate | None, Candidate | None],
    expected: str | None,
) -> None:
    chosen = owner(*people)
    assert (chosen.staff_id if chosen else None) == expected
