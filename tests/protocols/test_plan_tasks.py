from datetime import datetime, timedelta

import pytest

from tracker.local_time.zones import zone
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.protocols.tasks import PlannedTask, StoredStatus, TaskStatus, plan_tasks, task_status

instant = datetime.fromisoformat
NEW_YORK = zone("America/New_York")
SPRING = instant("2026-03-07T20:00Z")  # 15:00 in New York, the day before its clocks go forward


def plan(
    ended_at: datetime, regions: frozenset[str] = frozenset(), opted_in: frozenset[str] = frozenset()
) -> dict[tuple[str, int], PlannedTask]:
    tasks = plan_tasks(STANDARD_AFTERCARE, ended_at, NEW_YORK, regions, opted_in)
    return {(task.key, task.occurrence): task for task in tasks}


@pytest.mark.parametrize(
    ("key", "opens_at", "due_at", "closes_at"),
    [
        ("aftercare_card", "2026-03-07T20:00Z", None, "2026-03-08T02:00Z"),
        ("alcohol_window", "2026-03-07T20:00Z", None, "2026-03-08T20:00Z"),
        ("rest_of_day", "2026-03-07T20:00Z", None, "2026-03-08T05:00Z"),
        ("chest_check", "2026-03-07T22:00Z", "2026-03-08T00:00Z", "2026-03-08T12:00Z"),
        ("check_24h", "2026-03-08T16:00Z", "2026-03-08T20:00Z", "2026-03-09T08:00Z"),
        ("second_look", "2026-03-09T00:00Z", "2026-03-09T08:00Z", "2026-03-09T16:00Z"),
        ("check_48h", "2026-03-09T16:00Z", "2026-03-09T20:00Z", "2026-03-10T08:00Z"),
        ("check_72h", "2026-03-10T16:00Z", "2026-03-10T20:00Z", "2026-03-11T08:00Z"),
        ("infection_question", "2026-03-12T04:00Z", "2026-03-12T23:00Z", "2026-03-13T16:00Z"),
        ("check_day_7", "2026-03-14T04:00Z", "2026-03-14T23:00Z", "2026-03-15T16:00Z"),
    ],
)
def test_a_plan_over_a_change_of_clocks(key: str, opens_at: str, due_at: str | None, closes_at: str) -> None:
    task = plan(SPRING, regions=frozenset({"ribs"}))[key, 0]
    assert task.opens_at == instant(opens_at)
    assert task.due_at == (instant(due_at) if due_at else None)
    assert task.closes_at == instant(closes_at)


def test_a_plan_holds_what_applies_and_stands_in_order() -> None:
    tasks = plan_tasks(STANDARD_AFTERCARE, SPRING, NEW_YORK, frozenset({"knee"}))
    assert [task.key for task in tasks] == [
        *("aftercare_card", "rest_of_day", "alcohol_window"),
        *("check_24h", "second_look", "check_48h", "check_72h"),
        *("infection_question", "check_day_7"),
    ]


def test_what_a_patient_switched_on_is_planned_for_the_two_days_after() -> None:
    tasks = plan(SPRING, opted_in=frozenset({"hydration"}))
    first, second = tasks["hydration", 0], tasks["hydration", 1]
    assert (first.opens_at, first.due_at) == (instant("2026-03-08T05:00Z"), instant("2026-03-08T16:00Z"))
    assert first.closes_at == second.opens_at == instant("2026-03-09T04:00Z")
    assert second.due_at == instant("2026-03-09T16:00Z")


def test_the_rest_of_the_day_ends_at_the_next_midnight_even_from_midnight() -> None:
    midnight = instant("2026-06-10T04:00Z")
    assert plan(midnight)["rest_of_day", 0].closes_at == midnight + timedelta(hours=24)
    late = midnight - timedelta(minutes=1)
    assert plan(late)["rest_of_day", 0].closes_at == midnight


OPENS, DUE, CLOSES = (
    instant("2026-05-03T08:00Z"),
    instant("2026-05-03T12:00Z"),
    instant("2026-05-04T00:00Z"),
)


@pytest.mark.parametrize(
    ("now", "check", "restriction"),
    [
        ("2026-05-03T07:59:59Z", TaskStatus.UPCOMING, TaskStatus.UPCOMING),
        ("2026-05-03T08:00:00Z", TaskStatus.ACTIVE, TaskStatus.ACTIVE),
        ("2026-05-03T11:59:59Z", TaskStatus.ACTIVE, TaskStatus.ACTIVE),
        ("2026-05-03T12:00:00Z", TaskStatus.DUE, TaskStatus.ACTIVE),
        ("2026-05-03T14:59:59Z", TaskStatus.DUE, TaskStatus.ACTIVE),
        ("2026-05-03T15:00:00Z", TaskStatus.OVERDUE, TaskStatus.ACTIVE),
        ("2026-05-03T23:59:59Z", TaskStatus.OVERDUE, TaskStatus.ACTIVE),
        ("2026-05-04T00:00:00Z", TaskStatus.MISSED, TaskStatus.COMPLETED),
    ],
)
def test_an_open_task_changes_with_the_clock(now: str, check: TaskStatus, restriction: TaskStatus) -> None:
    assert task_status(StoredStatus.OPEN, OPENS, DUE, CLOSES, instant(now)) is check
    assert task_status(StoredStatus.OPEN, OPENS, None, CLOSES, instant(now)) is restriction


@pytest.mark.parametrize("stored", [StoredStatus.COMPLETED, StoredStatus.CANCELLED])
@pytest.mark.parametrize("now", [OPENS - timedelta(days=1), DUE, CLOSES + timedelta(days=1)])
def test_a_finished_task_stays_what_it_is(stored: StoredStatus, now: datetime) -> None:
    assert task_status(stored, OPENS, DUE, CLOSES, now).value == stored.value
