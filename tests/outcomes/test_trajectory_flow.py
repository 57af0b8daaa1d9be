"""The course of sessions over HTTP: hour by hour, one beside the other, and before the next visit."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scene import ENDED, Scene
from tracker import ids
from tracker.checkins.models import ContactRequest
from tracker.db import db, transaction

DOSE: dict[str, Any] = {
    "needle_count": 9,
    "duration_minutes": 25,
    "pain_during": 4,
    "body_areas": [
        {"region": "lower_back", "side": "left", "twitch_count": 3},
        {"region": "hip", "side": "left", "twitch_count": 2},
    ],
}
BRUISE = [{"code": "bruising", "severity": "mild"}]


def follow(scene: Scene) -> str:
    """Treat Pia, who answers at 24 h, misses the 48 h check and is sore at 62 h; Tilda reassures her."""
    session_id: str = scene.treat(usual_pain=6, staff_note="Only for staff", **DOSE)["session"]["id"]
    scene.say(2, hydration_ml=400, side_effects=BRUISE)
    scene.say(23.9, soreness=4, alcohol="no", activities=["stretching"], hydration_ml=600)
    scene.work_through(61)
    scene.say(
        62, soreness=6, side_effects=[{"code": "bruising", "severity": "moderate"}], note="Is it normal?"
    )
    alert = scene.alerts(status="open")[0]
    scene.put(f"/v1/alerts/{alert['id']}/acknowledgement", scene.cast.tilda)
    done = {"outcome": "reassured", "note": "Telephoned."}
    scene.put(f"/v1/alerts/{alert['id']}/resolution", scene.cast.tilda, done)
    return session_id


def test_an_answer_says_where_it_stands_and_whose_expectation_that_is(scene: Scene) -> None:
    scene.treat()
    said = scene.say(24, soreness=3)
    assert said["course_position"] == "inside"
    assert "not a norm" in said["advice"]["course"]
    assert scene.get(f"/v1/check-ins/{said['id']}", scene.cast.tilda)["course_position"] == "inside"
    late = scene.say(50, soreness=6)
    assert late["course_position"] == "late"
    assert "course" not in late["advice"], "an alert was raised: what is expected is not what to do"
    assert "course_position" not in scene.say(51, stiffness=3)


def test_an_amended_answer_moves(scene: Scene) -> None:
    scene.treat()
    said = scene.say(30, soreness=3)
    changed = scene.patch(f"/v1/check-ins/{said['id']}", scene.cast.pia, {"soreness": 6}).get_json()
    assert (said["course_position"], changed["course_position"]) == ("inside", "above")


def test_without_a_baseline_nothing_is_compared(scene: Scene) -> None:
    session = scene.treat(baseline_soreness=None)["session"]
    assert "course_position" not in scene.say(24, soreness=3)
    course = scene.get(f"/v1/sessions/{session['id']}/trajectory", scene.cast.pia)["expected_course"]
    assert (course["band"], course["baseline_estimated"], "baseline_soreness" in course) == ([], False, False)


def test_a_trajectory_tells_points_band_windows_and_what_became_of_questions(scene: Scene) -> None:
    session_id = follow(scene)
    shown = scene.get(f"/v1/sessions/{session_id}/trajectory", scene.cast.pia)
    assert [
        (p["hours_since_session"], p.get("soreness"), p.get("course_position"), p["red_flag"])
        for p in shown["points"]
    ] == [(2, None, None, False), (23.9, 4, "inside", False), (62, 6, "late", False)]
    band = {p["hours_since_session"]: (p["lower"], p["upper"]) for p in shown["expected_course"]["band"]}
    assert (band[0], band[24], band[48], band[72]) == ((2, 6), (1, 5), (1, 3), (1, 3))
    assert shown["expected_course"]["label"] == "A setting of the clinic, not a norm."
    assert "alcohol_window" in {window["key"] for window in shown["windows"]}
    became = {question["key"]: question["outcome"] for question in shown["reminders"]}
    assert became == {
        "check_24h": "answered",
        "second_look": "missed",
        "check_48h": "missed",
        "check_72h": "upcoming",
        "infection_question": "upcoming",
        "check_day_7": "upcoming",
    }


def test_an_outcome_sums_up_what_was_said_and_kept_to(scene: Scene) -> None:
    session_id = follow(scene)
    outcome = scene.get(f"/v1/sessions/{session_id}/trajectory", scene.cast.tilda)["outcome"]
    assert outcome == {
        "session_id": session_id,
        "ended_at": "2026-03-02T15:00:00Z",
        "check_in_count": 3,
        "expected_check_in_count": 3,
        "answered_check_in_count": 1,
        "alcohol_avoided": "yes",
        "alert_count": 2,  # worse, and a note to read
        "baseline_soreness": 2,
        "peak_soreness": 6,
        "peak_at_hours": 62.0,
        "soreness_at_24_hours": 4,
        "hydration_total_ml": 1000,
        "stretching_count": 1,
        "intense_activity": False,
        "side_effects": [
            {"code": "bruising", "severity": "moderate", "onset_hours": 2.0, "last_hours": 62.0}
        ],
    }


def test_alerts_and_staff_notes_are_for_staff(scene: Scene) -> None:
    session_id = follow(scene)
    path = f"/v1/sessions/{session_id}/trajectory"
    found = scene.get(path, scene.cast.tilda)["alerts"]
    (alert,) = (one for one in found if one["rule"] == "worsens")
    assert (alert["rule"], alert["outcome"], alert["resolution_note"]) == (
        "worsens", "reassured", "Telephoned.",
    )  # fmt: skip
    for own in (path, "/v1/patients/me/outcomes"):
        answer = scene.cast.client.get(own, headers=scene.cast.pia.headers)
        words = answer.get_data(as_text=True)
        assert answer.status_code == 200
        for hidden in ("alert", "Telephoned", "Only for staff", "worsens"):
            assert hidden not in words, f"{own} tells a patient of {hidden}"


@pytest.fixture
def treated(scene: Scene) -> list[str]:
    """Pia's four visits a week apart, the newest first; her usual pain hardly moves."""
    found = []
    for week, pain in enumerate((6, 6, None, 5)):
        scene.at(168 * week + 0.1)
        ended = (ENDED + timedelta(weeks=week)).isoformat()
        session = scene.treat(ended_at=ended, usual_pain=pain, **DOSE)["session"]
        scene.say(168 * week + 24, soreness=5 - week)
        found.append(session["id"])
    return found[::-1]


def test_outcomes_stand_newest_first_with_dose_and_response(scene: Scene, treated: list[str]) -> None:
    rows = scene.get("/v1/patients/me/outcomes", scene.cast.pia)["items"]
    assert [row["outcome"]["session_id"] for row in rows] == treated
    assert [row["outcome"]["peak_soreness"] for row in rows] == [2, 3, 4, 5]
    assert rows[0]["dose"] == {
        "technique": "deep", "needle_count": 9, "duration_minutes": 25, "pain_during": 4, "twitch_count": 5,
        "body_areas": DOSE["body_areas"], "post_care": [], "co_interventions": [],
    }  # fmt: skip
    assert [row["response"] for row in rows] == [
        {
            "visit_number": 4,
            "usual_pain_before": 5,
            "change_from_first": -1,
            "gain": False,
            "review_due": True,
        },
        {"visit_number": 3, "review_due": False},
        {
            "visit_number": 2,
            "usual_pain_before": 6,
            "change_from_first": 0,
            "gain": False,
            "review_due": False,
        },
        {"visit_number": 1, "usual_pain_before": 6, "change_from_first": 0, "review_due": False},
    ]


def test_outcomes_come_in_pages(scene: Scene, treated: list[str]) -> None:
    path = f"/v1/patients/{scene.cast.pia.patient_id}/outcomes"
    first = scene.get(path, scene.cast.tilda, limit="3")
    rest = scene.get(path, scene.cast.tilda, limit="3", cursor=first["next_cursor"])
    found = [row["outcome"]["session_id"] for row in first["items"] + rest["items"]]
    assert found == treated
    assert rest["items"][0]["response"]["visit_number"] == 1
    assert "next_cursor" not in rest


def test_a_session_recorded_in_error_is_no_visit(scene: Scene, treated: list[str]) -> None:
    wrong = {"status": "entered_in_error"}
    assert scene.patch(f"/v1/sessions/{treated[1]}", scene.cast.tilda, wrong).status_code == 200
    rows = scene.get("/v1/patients/me/outcomes", scene.cast.pia)["items"]
    assert [row["response"]["visit_number"] for row in rows] == [3, 2, 1]


def ask(scene: Scene, message: str) -> None:
    """Store what the patient asked of the clinic."""
    now = scene.clock()
    with transaction():
        db.session.add(
            ContactRequest(
                id=ids.new_id(), patient_id=scene.cast.pia.patient_id, kind="worry", message=message,
                requested_at=now, received_at=now, clock_quality="ok", time_zone="Europe/Berlin", advice={},
                created_by_id=scene.cast.pia.account_id, idempotency_key=message, body_hash=b"",
            )
        )  # fmt: skip


def test_the_summary_holds_all_that_matters_before_a_visit(scene: Scene) -> None:
    scene.at(-200)
    scene.treat(ended_at=(ENDED - timedelta(hours=200)).isoformat(), usual_pain=7)
    scene.at(0)
    session_id = follow(scene)
    ask(scene, "May I swim?")
    appointment = scene.book()
    disclosed = {"done_codes": [], "medicines": "Ramipril", "conditions": ""}
    scene.put(f"/v1/appointments/{appointment['id']}/preparation", scene.cast.pia, disclosed)
    scene.at(150)
    summary = scene.get(f"/v1/appointments/{appointment['id']}/summary", scene.cast.tilda)
    assert summary["disclosures"] == {"medicines": "Ramipril", "changed": True}
    assert [(one["kind"], one["text"]) for one in summary["questions"]] == [
        ("note", "Is it normal?"), ("worry", "May I swim?"),
    ]  # fmt: skip
    assert summary["last_session"]["outcome"]["session_id"] == session_id
    assert summary["last_session"]["response"]["change_from_first"] == -1
    assert {(alert["rule"], alert.get("outcome")) for alert in summary["alerts"]} >= {
        ("worsens", "reassured"), ("contact_request", None),
    }  # fmt: skip
    assert len(summary["earlier_sessions"]) == 1
    assert {one["key"]: one["outcome"] for one in summary["reminders"]}["check_48h"] == "missed"


def test_what_was_disclosed_before_and_stands_is_no_news(scene: Scene) -> None:
    words = {"done_codes": [], "medicines": "Ramipril", "conditions": ""}
    booked = [scene.book(starts=hours) for hours in (48, 96)]
    for appointment in booked:
        scene.put(f"/v1/appointments/{appointment['id']}/preparation", scene.cast.pia, words)
    path = f"/v1/appointments/{booked[1]['id']}/summary"
    assert scene.get(path, scene.cast.tilda)["disclosures"]["changed"] is False
    scene.put(f"/v1/appointments/{booked[1]['id']}/preparation", scene.cast.pia, words | {"medicines": ""})
    disclosures = scene.get(path, scene.cast.tilda)["disclosures"]
    assert (disclosures["changed"], disclosures["medicines_before"]) == (True, "Ramipril")


def test_whom_the_appointment_is_with_reads_its_summary(scene: Scene) -> None:
    appointment = scene.book(therapist_id=str(scene.cast.tom.account_id))
    path = f"/v1/appointments/{appointment['id']}/summary"
    assert scene.get(path, scene.cast.tom)["display_name"] == "Pia"
    assert scene.cast.client.get(path, headers=scene.cast.olga.headers).status_code == 404
