"""How useful alerts were: counted per rule and therapist, in clinic minutes and patient-days."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.scene import Scene
from tracker.alerts.rules.usefulness import CountedAlert, count_patient_days, judge
from tracker.clinics.models import office_hours
from tracker.clinics.rules.hours import read_hours

HOURS = read_hours("Europe/Berlin", office_hours(), [])
FRIDAY = datetime(2026, 3, 6, 16, 30, tzinfo=ZoneInfo("Europe/Berlin"))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def closed(outcome: str, count: int) -> list[CountedAlert]:
    return [CountedAlert("persists", FRIDAY, FRIDAY, outcome)] * count


@pytest.mark.parametrize(
    ("nothing", "acted", "review", "share"),
    [(41, 9, True, 0.18), (40, 10, False, 0.2), (49, 0, False, 0.0), (50, 0, True, 0.0), (0, 50, False, 1.0)],
)
def test_a_rule_that_nearly_never_leads_to_anything_is_flagged(
    nothing: int, acted: int, review: bool, share: float
) -> None:
    found = judge("persists", closed("no_action_needed", nothing) + closed("referred", acted), HOURS)
    assert (found.review, found.led_to_action_share) == (review, share)


def test_a_reassured_patient_is_neither_nothing_nor_action() -> None:
    found = judge("persists", closed("reassured", 40) + closed("advice_changed", 10), HOURS)
    assert (found.review, found.led_to_action_share) == (False, 0.2)


def test_replies_are_counted_in_the_hours_in_which_somebody_watches() -> None:
    weekend = CountedAlert("persists", FRIDAY, FRIDAY + timedelta(days=2, hours=17), None)  # Monday, 9:30
    found = judge("persists", [weekend, CountedAlert("persists", FRIDAY, None, None)], HOURS)
    assert (found.median_reply_minutes, found.alert_count, found.closed_count) == (60, 2, 0)
    assert found.led_to_action_share is None


@pytest.mark.parametrize(
    ("ended", "days"),
    [
        ([("pia", 0)], 7.0),
        ([("pia", 0), ("pia", 3)], 10.0),
        ([("pia", 0), ("paul", 3)], 14.0),
        ([("pia", -5)], 2.0),
        ([("pia", -8)], 0.0),
        ([("pia", 28)], 2.0),
    ],
)
def test_a_patient_is_followed_for_a_week_and_no_day_counts_twice(ended: list[Any], days: float) -> None:
    sessions = [(patient, MONDAY + timedelta(days=day)) for patient, day in ended]
    assert count_patient_days(sessions, MONDAY, MONDAY + timedelta(days=30)) == days


def test_the_report_of_a_clinic(scene: Scene) -> None:
    scene.treat()
    scene.say(48, soreness=5)
    (alert,) = scene.alerts()
    scene.at(65)  # Thursday, 9:00: an hour of Wednesday was watched
    scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda)
    body = {"outcome": "visit_brought_forward", "note": ""}
    scene.put(f"/v1/alerts/{alert['id']}/resolution", scene.cast.tilda, body)
    path = f"/v1/clinics/{scene.cast.clinic_id}/alert-report"
    period = {"raised_from": "2026-03-01T00:00:00Z", "raised_to": "2026-04-01T00:00:00Z"}
    found = scene.get(path, scene.cast.lars, **period)
    assert found["rules"] == [
        {
            "rule": "persists",
            "alert_count": 1,
            "closed_count": 1,
            "led_to_action_share": 1.0,
            "median_reply_minutes": 60,
            "review": False,
        }
    ]
    assert (found["patient_days"], found["alerts_per_100_patient_days"]) == (7.0, 14.29)
    assert [(row["display_name"], row["alert_count"]) for row in found["therapists"]] == [("Tilda", 1)]
    assert scene.cast.client.get(path, headers=scene.cast.lars.headers).status_code == 400
