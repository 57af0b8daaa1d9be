"""One's own account: what it shows, what changes, what consents do."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import GRANTED, Cast, Person
from tests.support.keys import keyed, new_key
from tracker.audit.models import AuditEvent
from tracker.clinics import service as clinics
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.people import patients

QUIET = {"enabled": True, "starts": "22:30", "ends": "07:00"}
PREFERENCES = {"quiet_hours": QUIET, "opted_in": ["stretching", "hydration"]}
USUAL = {"channels": ["push", "email", "sms", "webhook"], "routine_paused": False}
WITHDRAWN = {**GRANTED[1], "status": "withdrawn"}


def me(cast: Cast, person: Person) -> Any:
    return cast.client.get("/v1/me", headers=person.headers).get_json()


def update(cast: Cast, person: Person, version: Any, body: Any) -> TestResponse:
    return cast.client.patch("/v1/me", json=body, headers=person.headers | {"If-Match": f'"{version}"'})


def prefer(cast: Cast, version: Any, body: Any, person: Person | None = None) -> TestResponse:
    headers = (person or cast.pia).headers | {"If-Match": f'"{version}"'}
    return cast.client.put("/v1/me/reminder-preferences", json=body, headers=headers)


def consent(cast: Cast, body: Any, key: str | None = None, person: Person | None = None) -> TestResponse:
    return cast.client.post("/v1/me/consents", json=body, headers=keyed((person or cast.pia).headers, key))


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def faults(answer: TestResponse) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


def deeds(person: Person) -> list[tuple[str, ...]]:
    statement = select(AuditEvent.action, AuditEvent.resource_kind).where(
        AuditEvent.actor_id == person.account_id
    )
    return [
        tuple(row) for row in db.session.execute(statement.order_by(AuditEvent.occurred_at, AuditEvent.id))
    ]


def test_a_patient_sees_their_account(cast: Cast) -> None:
    shown = me(cast, cast.pia)
    assert [consent["kind"] for consent in shown.pop("consents")] == ["data_processing", "share_with_clinic"]
    assert shown == {
        "id": str(cast.pia.account_id),
        "role": "patient",
        "display_name": "Pia",
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "time_zone_differs": False,
        "clinic": {
            "id": str(cast.clinic_id),
            "name": "Practice by the River",
            "phone": "+49 30 1234567",
            "emergency_number": "112",
            "urgent_care_phone": "116117",
        },
        "account_status": "active",
        "email": "pia@home.example",
        "patient_id": str(cast.pia.patient_id),
        "reminder_preferences": {
            "quiet_hours": {"enabled": True, "starts": "21:00", "ends": "08:00"},
            "opted_in": [],
            "channels": ["push", "email", "sms", "webhook"],
            "routine_paused": False,
            "version": 1,
        },
        "version": 2,
    }


def test_a_therapist_has_no_consents_and_no_reminders(cast: Cast) -> None:
    shown = me(cast, cast.tilda)
    assert (shown["role"], shown["consents"], shown["email"]) == ("therapist", [], "tilda@clinic.example")
    assert not {"reminder_preferences", "patient_id"} & set(shown)


def test_the_account_is_read_again_when_anything_shown_has_changed(cast: Cast) -> None:
    def tag() -> str:
        return str(cast.client.get("/v1/me", headers=cast.pia.headers).headers["ETag"])

    tags = [tag(), tag()]
    headers = cast.pia.headers | {"If-None-Match": tags[0]}
    assert cast.client.get("/v1/me", headers=headers).status_code == 304
    consent(cast, WITHDRAWN)
    tags.append(tag())
    prefer(cast, 1, PREFERENCES)
    tags.append(tag())
    with transaction():
        clinics.update(clinics.hold_clinic(cast.clinic_id), emergency_number="911")
    tags.append(tag())
    assert len(set(tags)) == 4


def test_a_patient_confirms_a_new_zone(cast: Cast) -> None:
    answer = update(cast, cast.pia, 2, {"time_zone": "US/Eastern", "locale": "es", "display_name": None})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')
    assert (answer.get_json()["time_zone"], answer.get_json()["locale"]) == ("America/New_York", "es")
    assert deeds(cast.pia) == [("sign_in", "activation"), ("update", "patient")]


def test_a_patients_name_is_the_clinics_to_change(cast: Cast) -> None:
    answer = update(cast, cast.pia, 2, {"display_name": "Queen", "locale": "es"})
    assert (refusal(answer), faults(answer)) == (
        (422, "validation_failed"),
        [("#/display_name", "unknown_field")],
    )
    assert me(cast, cast.pia)["locale"] == "en"


def test_a_therapist_changes_name_zone_and_locale(cast: Cast) -> None:
    answer = update(cast, cast.tilda, 1, {"display_name": "T.", "time_zone": "Europe/Paris", "locale": "fr"})
    assert answer.status_code == 200
    assert [answer.get_json()[name] for name in ("display_name", "time_zone", "locale", "version")] == [
        "T.",
        "Europe/Paris",
        "fr",
        2,
    ]
    assert deeds(cast.tilda)[-1] == ("update", "account")


@pytest.mark.parametrize("who", ["pia", "tilda"])
def test_a_change_is_made_once_and_only_to_what_was_read(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    version = me(cast, person)["version"]
    first = update(cast, person, version, {"locale": "de"})
    written = deeds(person)
    repeated = update(cast, person, version, {"locale": "de"})
    assert (repeated.status_code, repeated.get_json()["version"]) == (200, first.get_json()["version"])
    assert refusal(update(cast, person, version, {"locale": "fr"})) == (412, "version_mismatch")
    assert refusal(update(cast, person, 99, {"locale": "de"})) == (412, "version_mismatch")
    missing = cast.client.patch("/v1/me", json={"locale": "fr"}, headers=person.headers)
    assert refusal(missing) == (428, "if_match_required")
    assert deeds(person) == written


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"time_zone": "Foo/Bar"}, "#/time_zone", "unknown_time_zone"),
        ({"time_zone": 1}, "#/time_zone", "invalid_type"),
        ({"locale": "../en"}, "#/locale", "invalid_format"),
        ({"display_name": ""}, "#/display_name", "out_of_range"),
        ({"role": "therapist"}, "#/role", "unknown_field"),
        ({"is_last_resort": True}, "#/is_last_resort", "unknown_field"),
        ({"phone": "+493012345678"}, "#/phone", "unknown_field"),
        ({"email": "other@home.example"}, "#/email", "unknown_field"),
    ],
)
def test_a_malformed_change_is_refused(cast: Cast, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = update(cast, cast.tilda, 1, body)
    assert (answer.status_code, faults(answer)) == (422, [(pointer, code)])


def test_preferences_are_replaced_whole(cast: Cast) -> None:
    answer = prefer(cast, 1, PREFERENCES)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.get_json() == {
        "quiet_hours": QUIET, "opted_in": ["hydration", "stretching"], **USUAL, "version": 2
    }  # fmt: skip
    assert me(cast, cast.pia)["reminder_preferences"] == answer.get_json()
    off = {"quiet_hours": QUIET | {"enabled": False}, "opted_in": []}
    assert prefer(cast, 2, off).get_json() == off | USUAL | {"version": 3}
    assert deeds(cast.pia)[1:] == [("update", "reminder_preferences")] * 2


@pytest.mark.parametrize("channels", [["sms", "email"], ["webhook"], []])
def test_a_patient_chooses_the_ways_and_their_order(cast: Cast, channels: list[str]) -> None:
    assert prefer(cast, 1, PREFERENCES | {"channels": channels}).get_json()["channels"] == channels
    assert me(cast, cast.pia)["reminder_preferences"]["channels"] == channels


def test_an_app_that_knows_neither_channels_nor_pause_leaves_both_alone(cast: Cast) -> None:
    chosen = {"channels": ["email"], "routine_paused": True}
    first = prefer(cast, 1, PREFERENCES | chosen)
    assert first.get_json() | chosen == first.get_json()
    older = prefer(cast, 2, {"quiet_hours": QUIET, "opted_in": []}).get_json()
    assert (older | chosen, older["version"]) == (older, 3)
    nulls = prefer(cast, 3, PREFERENCES | {"channels": None, "routine_paused": None}).get_json()
    assert (nulls | chosen, nulls["version"]) == (nulls, 4)


def test_who_pauses_twice_has_paused_since_the_first_time(cast: Cast, moment: MovableClock) -> None:
    begun = moment()
    prefer(cast, 1, PREFERENCES | {"routine_paused": True})
    moment.advance(timedelta(days=1))
    assert prefer(cast, 1, PREFERENCES | {"routine_paused": True}).get_json()["version"] == 2  # lost answer
    again = prefer(cast, 2, PREFERENCES | {"routine_paused": True, "opted_in": []})
    assert (again.status_code, again.get_json()["routine_paused"]) == (200, True)
    patient = patients.find_patient(cast.pia.patient_id)
    assert patient is not None
    assert patient.routine_paused_at == begun
    assert prefer(cast, 3, PREFERENCES | {"routine_paused": False}).get_json()["routine_paused"] is False


def test_a_patient_gives_changes_and_removes_a_phone_number(cast: Cast, moment: MovableClock) -> None:
    def opted_out() -> Any:
        db.session.rollback()
        patient = patients.find_patient(cast.pia.patient_id)
        assert patient is not None
        return patient.phone_opted_out_at

    assert update(cast, cast.pia, 2, {"phone": "+493012345678"}).get_json()["phone"] == "+493012345678"
    with transaction():
        patients.opt_out_of_texts(cast.pia.patient_id, moment())
    assert update(cast, cast.pia, 3, {"phone": "+493012345678"}).get_json()["version"] == 3
    assert opted_out() == moment()  # the same number still wants no messages
    assert update(cast, cast.pia, 3, {"phone": "+493087654321"}).status_code == 200
    assert opted_out() is None
    assert update(cast, cast.pia, 4, {"phone": None, "locale": "de"}).get_json()["phone"] == "+493087654321"
    assert "phone" not in update(cast, cast.pia, 5, {"phone": ""}).get_json()


@pytest.mark.parametrize(
    ("phone", "status"),
    [
        ("+1234567", 200),
        ("+123456789012345", 200),
        ("+123456", 422),
        ("+1234567890123456", 422),
        ("+0123456789", 422),
        ("0049301234567", 422),
        ("+49 30 1234567", 422),
        ("+49301234567\n", 422),
        ("+\u0661\u0662\u0663\u0664\u0665\u0666\u0667", 422),
    ],
)
def test_a_phone_number_is_written_with_its_country(cast: Cast, phone: str, status: int) -> None:
    answer = update(cast, cast.pia, 2, {"phone": phone})
    assert answer.status_code == status
    if status == 422:
        assert [pointer for pointer, _code in faults(answer)] == ["#/phone"]


def test_preferences_read_by_somebody_else_meanwhile_are_not_overwritten(cast: Cast) -> None:
    first, repeated = prefer(cast, 1, PREFERENCES), prefer(cast, 1, PREFERENCES)
    assert (repeated.status_code, repeated.get_json()) == (200, first.get_json())
    assert refusal(prefer(cast, 1, PREFERENCES | {"opted_in": []})) == (412, "version_mismatch")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"opted_in": []}, "#/quiet_hours", "required"),
        ({"quiet_hours": QUIET}, "#/opted_in", "required"),
        (PREFERENCES | {"quiet_hours": "never"}, "#/quiet_hours", "invalid_type"),
        (
            PREFERENCES | {"quiet_hours": QUIET | {"starts": "24:00"}},
            "#/quiet_hours/starts",
            "invalid_format",
        ),
        (PREFERENCES | {"quiet_hours": QUIET | {"starts": "9:00"}}, "#/quiet_hours/starts", "invalid_format"),
        (PREFERENCES | {"quiet_hours": QUIET | {"enabled": 1}}, "#/quiet_hours/enabled", "invalid_type"),
        (PREFERENCES | {"opted_in": ["soreness"]}, "#/opted_in/0", "unknown_value"),
        (PREFERENCES | {"channels": ["email", "push", "email"]}, "#/channels", "out_of_range"),
        (PREFERENCES | {"channels": ["pigeon"]}, "#/channels/0", "unknown_value"),
        (PREFERENCES | {"channels": "email"}, "#/channels", "invalid_type"),
        (PREFERENCES | {"routine_paused": "yes"}, "#/routine_paused", "invalid_type"),
        (PREFERENCES | {"ways": []}, "#/ways", "unknown_field"),
    ],
)
def test_malformed_preferences_are_refused(cast: Cast, body: Any, pointer: str, code: str) -> None:
    answer = prefer(cast, 1, body)
    assert (answer.status_code, faults(answer)) == (422, [(pointer, code)])


def test_a_withdrawal_is_one_call_and_kept_in_the_history(cast: Cast) -> None:
    answer = consent(cast, WITHDRAWN)
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["in_flight_count"]) == (
        201,
        "withdrawn",
        0,
    )
    assert [row["status"] for row in me(cast, cast.pia)["consents"]] == ["granted", "withdrawn"]
    patient = patients.find_patient(cast.pia.patient_id)
    assert patient is not None
    assert (patient.consents, patient.consents_granted) == (False, ["data_processing"])
    again = consent(cast, GRANTED[1])
    assert (again.status_code, "in_flight_count" in again.get_json()) == (201, False)
    assert deeds(cast.pia)[1:] == [("create", "consent")] * 2


def test_a_consent_sent_twice_is_recorded_once(cast: Cast) -> None:
    key = new_key()
    first, again = consent(cast, WITHDRAWN, key), consent(cast, WITHDRAWN, key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.get_json()["id"] == first.get_json()["id"]
    assert refusal(consent(cast, GRANTED[1], key)) == (422, "idempotency_key_reused")
    assert deeds(cast.pia)[1:] == [("create", "consent")]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "#/status", "required"),
        ({**GRANTED[0], "kind": "marketing"}, "#/kind", "unknown_value"),
        ({**GRANTED[0], "status": "maybe"}, "#/status", "unknown_value"),
        ({**GRANTED[0], "document_version": "1999-01"}, "#/document_version", "unknown_value"),
        ({**GRANTED[0], "patient_id": "me"}, "#/patient_id", "unknown_field"),
    ],
)
def test_a_malformed_consent_is_refused(cast: Cast, body: Any, pointer: str, code: str) -> None:
    answer = consent(cast, body)
    assert refusal(answer) == (422, "validation_failed")
    assert (pointer, code) in faults(answer)


def test_an_old_document_can_still_be_withdrawn_from(cast: Cast) -> None:
    assert consent(cast, WITHDRAWN | {"document_version": "1999-01"}).status_code == 201


def test_a_consent_needs_a_key(cast: Cast) -> None:
    answer = cast.client.post("/v1/me/consents", json=WITHDRAWN, headers=cast.pia.headers)
    assert refusal(answer) == (400, "idempotency_key_missing")


def test_therapists_neither_consent_nor_prefer(cast: Cast) -> None:
    assert refusal(consent(cast, WITHDRAWN, person=cast.tilda)) == (403, "role_not_allowed")
    assert refusal(prefer(cast, 1, PREFERENCES, cast.tilda)) == (403, "role_not_allowed")
