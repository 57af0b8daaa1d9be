"""Running a clinic over HTTP: what is shown, what may change, and what is refused with a sentence."""

from typing import Any

import pytest
from sqlalchemy import event, select

from tests.cast import Cast, Person
from tests.support.keys import keyed
from tracker import ids
from tracker.audit.models import AuditEvent
from tracker.clinics import service as clinics
from tracker.clock import MovableClock
from tracker.db import db, transaction
from tracker.people.models import Account
from tracker.safety.texts import latest_version

OFFICE_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def path(cast: Cast, *more: object) -> str:
    return "/".join(["/v1/clinics", str(cast.clinic_id), *map(str, more)])


def read(cast: Cast, person: Person | None = None) -> dict[str, Any]:
    answer = cast.client.get(path(cast), headers=(person or cast.anna).headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def change(
    cast: Cast, body: dict[str, Any], *more: object, by: Person | None = None, version: int = 0
) -> Any:
    """Change the clinic, or what stands below it, in the version that is there now unless told otherwise."""
    shown = read(cast)
    if more:
        shown = next(member for member in shown["members"] if member["id"] == str(more[-1]))
    headers = keyed((by or cast.anna).headers) | {"If-Match": f'"{version or shown["version"]}"'}
    return cast.client.patch(path(cast, *more), json=body, headers=headers)


def test_staff_see_the_whole_clinic(cast: Cast, moment: MovableClock) -> None:
    shown = read(cast, cast.tilda)
    assert shown["id"] == str(cast.clinic_id)
    assert shown["monitored_hours"] == [
        {"weekday": day, "opens": "09:00", "closes": "17:00"} for day in OFFICE_DAYS
    ]
    assert (shown["urgent_reply_minutes"], shown["attention_reply_minutes"]) == (60, 240)
    assert shown["owner_of_last_resort_id"] == str(cast.lars.account_id)
    assert shown["safety_texts"]["approved_by"] == "Dr Approver"
    assert (shown["closed_days"], shown["lacks"]) == ([], [])
    offices = {member["display_name"]: (member["role"], member["administers"]) for member in shown["members"]}
    assert offices == {
        "Anna": ("clinic_admin", True),
        "Lars": ("therapist", True),
        "Tilda": ("therapist", False),
        "Tom": ("therapist", False),
    }
    hours = clinics.hours_of(clinics.get_clinic(cast.clinic_id))
    assert shown["is_open"] is hours.is_open(moment())


def test_the_page_of_a_clinic_costs_the_same_for_any_number_of_members(cast: Cast) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        read(cast)
        few = len(statements)
        with transaction():
            model = db.session.get_one(Account, cast.tom.account_id)
            for number in range(20):
                values = {"email": f"{number}@clinic.example", "display_name": f"Colleague {number}"}
                copied = ("clinic_id", "role", "locale", "time_zone", "created_at")
                values |= {name: getattr(model, name) for name in copied}
                db.session.add(Account(id=ids.new_id(), **values))
        statements.clear()
        assert len(read(cast)["members"]) == 24
        assert len(statements) == few
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_an_administrator_changes_hours_people_and_numbers(cast: Cast) -> None:
    body = {
        "phone": "+49 30 7654321",
        "urgent_instructions": "Ring twice.",
        "monitored_hours": [
            {"weekday": "saturday", "opens": "10:00", "closes": "24:00"},
            {"weekday": "saturday", "opens": "08:00", "closes": "10:00"},
        ],
        "closed_days": [{"first_day": "2026-12-24", "last_day": "2026-12-31", "name": "Christmas"}],
        "urgent_reply_minutes": 30,
        "deputy_id": str(cast.tom.account_id),
        "owner_of_last_resort_id": str(cast.tilda.account_id),
    }
    before = read(cast)["version"]
    answer = change(cast, body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    shown = answer.get_json()
    assert {name: shown[name] for name in body} == body
    assert shown["version"] == before + 1
    assert change(cast, body, version=before).get_json()["version"] == before + 1, "a repeated change is none"
    assert change(cast, {"phone": "1"}, version=before).status_code == 412
    cleared = change(cast, {"deputy_id": "", "urgent_instructions": ""}).get_json()
    assert not {"deputy_id", "urgent_instructions"} & cleared.keys()
    trail = select(AuditEvent.resource_kind).where(AuditEvent.actor_id == cast.anna.account_id)
    assert db.session.scalars(trail).all() == ["clinic", "clinic"]


SPAN = {"weekday": "monday", "opens": "09:00", "closes": "12:00"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"monitored_hours": [SPAN, SPAN | {"opens": "11:59", "closes": "13:00"}]}, "#/monitored_hours"),
        ({"monitored_hours": [SPAN | {"closes": "09:00"}]}, "#/monitored_hours"),
        ({"monitored_hours": [SPAN | {"weekday": "funday"}]}, "#/monitored_hours/0/weekday"),
        ({"monitored_hours": [SPAN | {"opens": "24:00"}]}, "#/monitored_hours/0/opens"),
        ({"monitored_hours": [SPAN | {"closes": "24:01"}]}, "#/monitored_hours/0/closes"),
        ({"closed_days": [{"first_day": "2026-12-25", "last_day": "2026-12-24"}]}, "#/closed_days"),
        ({"closed_days": [{"first_day": "2026-01-01", "last_day": "2027-01-02"}]}, "#/closed_days"),
        ({"urgent_reply_minutes": 4}, "#/urgent_reply_minutes"),
        ({"attention_reply_minutes": 2401}, "#/attention_reply_minutes"),
        ({"emergency_number": ""}, "#/emergency_number"),
        ({"urgent_care_phone": ""}, "#/urgent_care_phone"),
        ({"owner_of_last_resort_id": ""}, "#/owner_of_last_resort_id"),
        ({"owner_of_last_resort_id": "{anna}"}, "#/owner_of_last_resort_id"),
        ({"deputy_id": "{anna}"}, "#/deputy_id"),
        ({"deputy_id": "{olga}"}, "#/deputy_id"),
        ({"deputy_id": "{pia}"}, "#/deputy_id"),
        ({"time_zone": "Foo/Bar"}, "#/time_zone"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(cast: Cast, body: dict[str, Any], pointer: str) -> None:
    names = {name: str(getattr(cast, name).account_id) for name in ("anna", "olga", "pia")}
    body = {
        name: value.format_map(names) if isinstance(value, str) else value for name, value in body.items()
    }
    answer = change(cast, body)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]


def test_no_clinic_takes_the_name_of_another(cast: Cast) -> None:
    assert change(cast, {"name": "Practice on the Hill"}).status_code == 409
    assert change(cast, {"name": "Practice at the River"}).status_code == 200


def test_safety_texts_are_approved_by_name_and_only_known_ones(cast: Cast) -> None:
    body = {"version": latest_version(), "approved_by": "Dr Anna Again"}
    answers = [
        cast.client.put(path(cast, "safety-texts"), json=body, headers=cast.anna.headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json()["safety_texts"]["approved_by"] == "Dr Anna Again"
    assert answers[0].get_json()["version"] == answers[1].get_json()["version"]
    unknown = cast.client.put(
        path(cast, "safety-texts"), json=body | {"version": "1999-01"}, headers=cast.anna.headers
    )
    assert (unknown.status_code, unknown.get_json()["errors"][0]["pointer"]) == (422, "#/version")


def test_an_administrator_keeps_licences_and_offices(cast: Cast) -> None:
    body = {
        "profession": "Physiotherapist",
        "licence_number": "PT-77",
        "licence_ends_on": "2000-06-30",
        "administers": True,
    }
    shown = change(cast, body, "members", cast.tilda.account_id).get_json()
    assert {name: shown[name] for name in body} == body
    assert shown["licence_expired"] is True
    assert change(cast, {"phone": "1"}, by=cast.tilda).status_code == 200, "she administers from now on"
    cleared = change(cast, {"licence_ends_on": "", "profession": ""}, "members", cast.tilda.account_id)
    assert not {"licence_ends_on", "profession"} & cleared.get_json().keys()
    assert cleared.get_json()["licence_expired"] is False
    stored = db.session.get_one(Account, cast.tilda.account_id, populate_existing=True)
    assert stored.licence_ends_on is None


def test_a_clinic_keeps_somebody_who_administers_it(cast: Cast) -> None:
    away = change(cast, {"administers": False}, "members", cast.anna.account_id)
    assert (away.status_code, "always administers" in away.get_json()["detail"]) == (409, True)
    assert change(cast, {"active": False}, "members", cast.anna.account_id).status_code == 200
    members = path(cast, "members", cast.lars.account_id)
    headers = keyed(cast.lars.headers) | {"If-Match": '"1"'}
    last = cast.client.patch(members, json={"administers": False}, headers=headers)
    assert (last.status_code, "Nobody else administers" in last.get_json()["detail"]) == (409, True)


def test_patients_and_workers_are_no_members(cast: Cast) -> None:
    headers = keyed(cast.anna.headers) | {"If-Match": '"1"'}
    for person in (cast.pia, cast.robo, cast.olga):
        answer = cast.client.patch(
            path(cast, "members", person.account_id), json={"profession": "x"}, headers=headers
        )
        assert answer.status_code == 404


def test_only_who_administers_changes_anything(cast: Cast) -> None:
    for person, status in ((cast.tilda, 403), (cast.pia, 403), (cast.olga, 404), (cast.lars, 200)):
        assert change(cast, {"phone": "2"}, by=person).status_code == status
