"""An id of somebody else beside one's own is as good as one that does not exist (S3)."""

from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from tests.access.house import House
from tests.access.play import spoken
from tests.cast import Person
from tests.support.keys import new_key
from tracker import ids


def ask(house: House, person: Person, path: str, body: Mapping[str, Any] | None = None) -> TestResponse:
    """Read, or create when there is a body."""
    headers = person.headers | {"Idempotency-Key": new_key()}
    method = "GET" if body is None else "POST"
    return house.cast.client.open(path, method=method, headers=headers, json=body)


def check_in(house: House, **members: Any) -> dict[str, Any]:
    return {"recorded_at": house.scene.clock().isoformat(), "time_zone": "Europe/Berlin", **members}


def test_her_session_does_not_exist_for_another_patient(house: House) -> None:
    for who, named in (("paul", None), ("otto", None), ("tilda", "paul"), ("lars", "paul")):
        person = house.person(who)
        assert person is not None
        about = {"patient_id": str(getattr(house.cast, named).patient_id)} if named else {}
        bodies = [
            check_in(house, soreness=1, session_id=session, **about)
            for session in (house.pia.session, str(ids.new_id()))
        ]
        hers, missing = (spoken(ask(house, person, "/v1/check-ins", body)) for body in bodies)
        assert hers == missing
        assert hers[0] == 404


def test_her_session_filters_to_nothing_in_the_list_of_another(house: House) -> None:
    for session in (house.pia.session, str(ids.new_id())):
        answer = ask(house, house.cast.paul, f"/v1/check-ins?session_id={session}")
        assert (answer.status_code, answer.get_json()) == (200, {"items": []})


def test_a_report_or_a_warning_sign_that_names_her_session_is_taken_without_it(house: House) -> None:
    named = {"session_id": house.pia.session}
    for path, body in (
        ("/v1/red-flag-reports", {"symptoms": ["fever"], **named}),
        ("/v1/check-ins", check_in(house, red_flags=["fever"], **named)),
    ):
        answer = ask(house, house.cast.otto, path, body)
        assert answer.status_code == 201
        assert "session_id" not in answer.get_json()


def test_staff_who_name_nobody_are_told_to(house: House) -> None:
    for path in ("/v1/sessions", "/v1/check-ins", "/v1/reminders", "/v1/appointments"):
        answer = ask(house, house.cast.tilda, path)
        assert answer.status_code in {400, 404}
        assert "patient_id" in answer.text


def test_each_list_holds_only_what_its_reader_may_see(house: House) -> None:
    mine = {
        "pia": {house.pia.patient},
        "paul": {str(house.cast.paul.patient_id)},
        "tilda": {house.pia.patient, str(house.cast.paul.patient_id)},
        "lars": {house.pia.patient, str(house.cast.paul.patient_id)},
        "tom": set(),
        "olga": {str(house.cast.otto.patient_id)},
    }
    for who, patients in mine.items():
        person = house.person(who)
        assert person is not None
        staff = person.patient is None
        for path in (
            ("/v1/caseload", "/v1/alerts")
            if staff
            else ("/v1/sessions", "/v1/check-ins", "/v1/reminders", "/v1/appointments")
        ):
            found = ask(house, person, path).get_json()["items"]
            seen = {item["patient"]["id"] if staff else item["patient_id"] for item in found}
            assert seen <= patients, (who, path)
            assert path != "/v1/caseload" or seen == patients, who
