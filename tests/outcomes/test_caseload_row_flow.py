"""What a row of the caseload tells besides its place: position, marks, disclosures, one sentence."""

from typing import Any

from tests.scene import Scene


def row_of_pia(scene: Scene) -> dict[str, Any]:
    rows: list[dict[str, Any]] = scene.get("/v1/caseload", scene.cast.tilda)["items"]
    (row,) = (row for row in rows if row["patient"]["display_name"] == "Pia")
    return row


def test_a_row_shows_where_the_last_answer_stands_and_why_the_row_stands_there(scene: Scene) -> None:
    scene.treat()
    scene.say(24, soreness=6, side_effects=[{"code": "fatigue", "severity": "severe"}])
    scene.say(25, hydration_ml=200)
    row = row_of_pia(scene)
    assert (row["course_position"], row["severe_side_effect"]) == ("above", True)
    assert row["triage_explanation"].startswith("Soreness has not settled yet, more than the clinic expects")


def test_a_new_session_begins_without_the_marks_of_the_last(scene: Scene) -> None:
    scene.treat()
    scene.say(24, soreness=6, side_effects=[{"code": "fatigue", "severity": "severe"}])
    scene.at(30)
    scene.treat(ended_at=scene.clock().isoformat())
    row = row_of_pia(scene)
    assert ("course_position" in row, row["severe_side_effect"]) == (False, False)


def test_a_row_shows_what_was_disclosed_before_the_next_of_several_appointments(scene: Scene) -> None:
    later, sooner = (scene.book(starts=hours) for hours in (96, 48))
    for appointment, words in ((later, "Later"), (sooner, "Ramipril")):
        said: dict[str, Any] = {"done_codes": [], "medicines": words, "conditions": None}
        scene.put(f"/v1/appointments/{appointment['id']}/preparation", scene.cast.pia, said)
    row = row_of_pia(scene)
    assert (row["next_appointment_id"], row["medicines"], "conditions" in row) == (
        sooner["id"], "Ramipril", False,
    )  # fmt: skip
    assert "something was disclosed before the next visit" in row["triage_explanation"]


def test_a_calming_alert_is_marked(scene: Scene) -> None:
    scene.treat()
    scene.say(50, soreness=7)
    before = row_of_pia(scene)
    assert before["triage_explanation"].startswith("An alert for attention that nobody has acknowledged")
    scene.say(56, soreness=2)
    scene.say(62, soreness=2)
    row = row_of_pia(scene)
    assert (before["alert_settling"], row["alert_settling"]) == (False, True)
    assert "an alert is calming down" in row["triage_explanation"]
