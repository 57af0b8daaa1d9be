"""The register over HTTP: counts of a whole clinic for its staff, and nothing that names anybody."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene


def path(scene: Scene) -> str:
    return f"/v1/clinics/{scene.cast.clinic_id}/adverse-events"


@pytest.fixture
def counted(scene: Scene) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    """Five sessions of Pia and Paul; a bruise told of twice, a faint, breathlessness by report, one deleted."""
    scene.treat(scene.cast.paul, technique="superficial")
    hip = [{"region": "hip", "side": "left"}]
    for day in range(4):
        scene.at(24 * day + 0.1)
        scene.treat(ended_at=(ENDED + timedelta(days=day)).isoformat(), body_areas=hip)
    bruise = [{"code": "bruising", "severity": "mild"}]
    scene.say(74, side_effects=bruise)
    scene.say(82, side_effects=bruise)
    scene.say(83, scene.cast.paul, red_flags=["fainted_now_well"])
    gone = scene.say(84, side_effects=[{"code": "nausea", "severity": "mild"}])
    scene.cast.client.delete(f"/v1/check-ins/{gone['id']}", headers=scene.cast.pia.headers)
    report = {"symptoms": ["shortness_of_breath"], "time_zone": "Europe/Berlin"}
    scene.post("/v1/red-flag-reports", report, scene.cast.pia)
    cells = scene.get(path(scene), scene.cast.tom)["cells"]
    return {(cell.get("region"), cell.get("technique")): cell for cell in cells}


def test_events_are_counted_once_for_their_session(counted: dict[Any, dict[str, Any]]) -> None:
    everything = counted[None, None]
    assert (everything["session_count"], everything["heard_count"]) == (5, 2)
    assert {
        event["kind"]: (event["session_count"], event["rate"]["per_1000"]) for event in everything["events"]
    } == {"bruising": (1, 200.0), "faint": (1, 200.0), "lung_signs": (1, 200.0)}
    assert everything["events"][0]["onset_hours"] == 2.0
    assert everything["events"][0]["duration_hours"] == 8.0


def test_small_cells_are_marked_and_empty(counted: dict[Any, dict[str, Any]]) -> None:
    hip = counted["hip", "deep"]
    assert (hip["session_count"], hip["small"], hip["events"]) == (4, True, [])


def test_nothing_names_anybody(scene: Scene, counted: dict[Any, dict[str, Any]]) -> None:
    words = repr(counted)
    for person in (scene.cast.pia, scene.cast.paul):
        assert str(person.patient_id) not in words
    assert "Pia" not in words


def test_the_span_is_that_of_the_sessions(scene: Scene, counted: dict[Any, dict[str, Any]]) -> None:
    first = {"ended_from": ENDED.isoformat(), "ended_to": (ENDED + timedelta(hours=1)).isoformat()}
    shown = scene.get(path(scene), scene.cast.tilda, **first)
    assert shown["cells"][0]["session_count"] == 2


@pytest.mark.parametrize(("days", "status"), [(0, 400), (1, 200), (5 * 366, 200), (5 * 366 + 1, 400)])
def test_a_span_is_positive_and_not_endless(scene: Scene, days: int, status: int) -> None:
    query = {"ended_from": (ENDED - timedelta(days=days)).isoformat(), "ended_to": ENDED.isoformat()}
    answer = scene.cast.client.get(path(scene), headers=scene.cast.tilda.headers, query_string=query)
    assert answer.status_code == status
