"""What operators do at the command line: a clinic from nothing to ready, one sentence for every refusal."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.cast import PASSWORD, Cast, Person
from tests.jobs.due_rows import make_due, make_patient, read_row
from tests.jobs.worker_processes import PATIENCE_SECONDS, ROOT, stop, wait_until
from tests.support.keys import keyed
from tracker import clock
from tracker.api import spec
from tracker.audit.models import AuditEvent
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.config import Settings, checked
from tracker.db import db
from tracker.delivery.models import WorkerHeartbeat
from tracker.delivery.vapid import public_key_of
from tracker.delivery.vocabulary import Purpose
from tracker.people import passwords
from tracker.people.models import Account, Token

HILL = "Practice on the Hill"
CREATE = ["clinics", "create", "--name", HILL, "--time-zone", "Europe/Kiev", "--phone", "1"]
ADD = ["therapists", "add", "--clinic", HILL, "--name", "Olga", "--email", "Olga@Hill.example"]
WITH_PASSWORD = [*ADD, "--password", "correct horse battery"]


def run(app: Flask, *words: str, typed: str | None = None) -> Result:
    result = app.test_cli_runner().invoke(args=words, input=typed)
    db.session.rollback()
    db.session.expire_all()
    return result


def refusal(result: Result) -> str:
    """The one sentence of a refusal."""
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").strip()


def hill() -> Clinic:
    clinic = clinics.find_clinic_by_name(HILL)
    assert clinic is not None
    return clinic


def count(row: type[Clinic | Account | AuditEvent]) -> int:
    return db.session.scalar(select(func.count()).select_from(row)) or 0


def test_a_clinic_is_made_ready_step_by_step(app: Flask) -> None:
    said = [
        run(app, *words).stdout.strip()
        for words in (
            CREATE,
            ["clinics", "update", HILL, "--emergency-number", "112", "--urgent-care-phone", "116117"],
            ["clinics", "approve-safety-texts", HILL, "--by", "Dr Approver"],
            WITH_PASSWORD,
            ["clinics", "set-last-resort", HILL, "--email", "olga@hill.example"],
            ["clinics", "check", HILL],
        )
    ]
    assert said == [
        f"{HILL} lacks an emergency number, an urgent-care phone, approved safety texts, an owner of last resort.",
        f"{HILL} lacks approved safety texts, an owner of last resort.",
        f"{HILL} lacks an owner of last resort.",
        "olga@hill.example may sign in.",
        f"{HILL} is ready.",
        f"{HILL} is ready.",
    ]
    clinic = hill()
    assert (clinic.time_zone, clinic.phone, clinic.version) == ("Europe/Kyiv", "1", 4)
    assert clinic.safety_texts_approved_by == "Dr Approver"
    assert clinic.safety_texts_approved_at is not None


def test_every_deed_of_an_operator_is_written_down(app: Flask) -> None:
    run(app, *CREATE)
    run(app, "clinics", "update", HILL, "--phone", "2")
    run(app, *WITH_PASSWORD)
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.occurred_at, AuditEvent.id)).all()
    assert [(event.actor_role, event.action, event.resource_kind) for event in events] == [
        ("operator", "create", "clinic"),
        ("operator", "update", "clinic"),
        ("operator", "create", "account"),
    ]
    assert [event.position for event in events] == [1, 2, 1]


def test_a_clinic_that_lacks_something_fails_the_check(app: Flask) -> None:
    run(app, *CREATE)
    result = run(app, "clinics", "check", HILL)
    assert (result.exit_code, result.stdout.startswith(f"{HILL} lacks ")) == (1, True)


def test_a_therapist_types_the_password_unseen(app: Flask) -> None:
    run(app, *CREATE)
    result = run(app, *ADD, typed="correct horse battery\ncorrect horse battery\n")
    assert result.exit_code == 0
    assert "correct horse" not in result.output
    stored = db.session.scalars(select(Account.password_hash)).one()
    assert passwords.verify_password(stored, "correct horse battery")


def test_a_made_password_is_printed_once_and_works(app: Flask) -> None:
    run(app, *CREATE)
    result = run(app, *ADD, "--generate-password")
    password = result.stdout.strip().rpartition("Password: ")[2]
    body = {"grant_type": "password", "installation_id": "desk", "password": password}
    answer = app.test_client().post("/v1/tokens", json=body | {"email": "olga@hill.example"})
    assert answer.status_code == 200


REFUSED = [
    (CREATE, f"There is a clinic named '{HILL}' already."),
    (
        [*CREATE[:3], "x", "--time-zone", "Foo/Bar", "--phone", "1"],
        "Unknown time zone; use a name such as Europe/Berlin.",
    ),
    ([*CREATE[:3], "x", *CREATE[4:6], "--phone", "1" * 41], "--phone needs 1 to 40 printable characters."),
    ([*CREATE[:3], " ", *CREATE[4:]], "--name needs 1 to 200 printable characters."),
    ([*CREATE[:3], "a\nb", *CREATE[4:]], "--name needs 1 to 200 printable characters."),
    (["clinics", "update", "Nowhere", "--phone", "1"], "There is no clinic named 'Nowhere'."),
    (
        ["clinics", "update", HILL, "--phone", "2", "--time-zone", "x"],
        "Unknown time zone; use a name such as Europe/Berlin.",
    ),
    (["clinics", "check", "Nowhere"], "There is no clinic named 'Nowhere'."),
    (
        ["clinics", "set-last-resort", HILL, "--email", "nobody@hill.example"],
        f"No therapist of '{HILL}' signs in with nobody@hill.example.",
    ),
    (
        ["clinics", "set-last-resort", HILL, "--email", "tilda@clinic.example"],
        f"No therapist of '{HILL}' signs in with tilda@clinic.example.",
    ),
    ([*WITH_PASSWORD[:3], "Nowhere", *WITH_PASSWORD[4:]], "There is no clinic named 'Nowhere'."),
    (
        [*ADD[:-1], "tilda@Clinic.example", *WITH_PASSWORD[-2:]],
        "Somebody signs in with tilda@clinic.example already.",
    ),
    ([*ADD[:-1], "nobody", *WITH_PASSWORD[-2:]], "'nobody' is no mail address."),
    ([*ADD[:-1], "x@localhost", *WITH_PASSWORD[-2:]], "'x@localhost' is no mail address."),
    (
        ["therapists", "deactivate", "lars@clinic.example"],
        "This is the clinic's owner of last resort; name another one first.",
    ),
    (["therapists", "deactivate", "nobody@x.example"], "No therapist signs in with nobody@x.example."),
    (["therapists", "set-password", "nobody@x.example"], "No therapist signs in with nobody@x.example."),
    ([*ADD, "--password", "short"], "A password has 12 to 200 characters."),
]


def test_every_refusal_is_one_sentence_and_changes_nothing(app: Flask, cast: Cast) -> None:
    clinic = hill()
    before = (clinic.phone, clinic.version, count(Clinic), count(Account), count(AuditEvent))
    for words, sentence in REFUSED:
        assert refusal(run(app, *words)) == sentence
    clinic = hill()
    assert (clinic.phone, clinic.version, count(Clinic), count(Account), count(AuditEvent)) == before


def deeds_on(person: Person) -> list[tuple[str, str, str]]:
    """What operators did with somebody's account, oldest first."""
    chain = AuditEvent.chain_id == person.account_id, AuditEvent.actor_role == "operator"
    events = db.session.scalars(select(AuditEvent).where(*chain).order_by(AuditEvent.position)).all()
    return [(event.actor_role, event.action, event.resource_kind) for event in events]


def sign_in(cast: Cast, person: Person, password: str) -> TestResponse:
    body = {"grant_type": "password", "installation_id": "desk", "email": person.email, "password": password}
    return cast.client.post("/v1/tokens", json=body)


def me(cast: Cast, person: Person) -> int:
    return cast.client.get("/v1/me", headers=person.headers).status_code


def test_a_therapist_who_left_is_out_at_once_and_hands_everything_over(app: Flask, cast: Cast) -> None:
    flag = {"symptoms": ["fever"]}
    answer = cast.client.post("/v1/red-flag-reports", json=flag, headers=keyed(cast.pia.headers))
    assert (answer.status_code, me(cast, cast.tilda)) == (201, 200)
    assert run(app, "therapists", "deactivate", "Tilda@clinic.example").stdout == (
        "tilda@clinic.example may not sign in any more. "
        "lars@clinic.example has their patients (2), unfinished alerts (1) and appointments (0).\n"
    )
    assert (me(cast, cast.tilda), sign_in(cast, cast.tilda, PASSWORD).status_code) == (401, 401)
    living = select(Token.id).where(Token.account_id == cast.tilda.account_id, Token.revoked_at.is_(None))
    assert db.session.scalars(living).all() == []
    assert deeds_on(cast.tilda) == [("operator", "delete", "account")]
    again = [*ADD[:-1], cast.tilda.email, *WITH_PASSWORD[-2:]]
    assert refusal(run(app, *again)) == f"{cast.tilda.email} is the address of a closed account."
    for email in (cast.tilda.email, cast.anna.email):
        named = ["clinics", "set-last-resort", "Practice by the River", "--email", email]
        assert refusal(run(app, *named)).startswith("No therapist of ")


def test_who_takes_over_may_be_named(app: Flask, cast: Cast) -> None:
    away = run(app, "therapists", "deactivate", cast.tilda.email, "--to", cast.tom.email)
    assert "tom@clinic.example has their patients (2)" in away.stdout
    assert refusal(run(app, "therapists", "deactivate", cast.tom.email, "--to", cast.olga.email)) == (
        "Who takes over must be another active therapist of this clinic."
    )
    assert me(cast, cast.tom) == 200


@pytest.mark.parametrize(
    ("group", "extra", "role", "administers"),
    [
        ("therapists", [], "therapist", False),
        ("therapists", ["--admin"], "therapist", True),
        ("admins", [], "clinic_admin", True),
    ],
)
def test_a_first_administrator_is_let_in_by_an_operator(
    app: Flask, group: str, extra: list[str], role: str, administers: bool
) -> None:
    run(app, *CREATE)
    assert run(app, group, *WITH_PASSWORD[1:], *extra).exit_code == 0
    account = db.session.scalars(select(Account)).one()
    assert (account.role, account.administers) == (role, administers)
    body = {"grant_type": "password", "installation_id": "desk", "email": account.email}
    client = app.test_client()
    token = client.post("/v1/tokens", json=body | {"password": WITH_PASSWORD[-1]}).get_json()["access_token"]
    path, headers = (
        f"/v1/clinics/{account.clinic_id}",
        {"Authorization": f"Bearer {token}", "If-Match": '"1"'},
    )
    answer = client.patch(path, json={"phone": "+49 30 1"}, headers=headers)
    assert answer.status_code == (200 if administers else 403)


@pytest.mark.parametrize("generated", [False, True])
def test_another_password_signs_its_owner_out_everywhere(app: Flask, cast: Cast, generated: bool) -> None:
    words = ["therapists", "set-password", cast.tilda.email, *["--generate-password"][:generated]]
    result = run(app, *words, typed="a brand new secret\n" * 2)
    assert f"{cast.tilda.email} has another password and is signed out everywhere." in result.stdout
    password = result.stdout.strip().rpartition("Password: ")[2] if generated else "a brand new secret"
    assert generated or "brand new" not in result.output
    assert (me(cast, cast.tilda), sign_in(cast, cast.tilda, PASSWORD).status_code) == (401, 401)
    assert sign_in(cast, cast.tilda, password).status_code == 200
    assert deeds_on(cast.tilda) == [("operator", "update", "account")]


def test_safety_texts_that_do_not_exist_cannot_be_approved(app: Flask, cast: Cast) -> None:
    words = ["clinics", "approve-safety-texts", HILL, "--by", "Dr A", "--version", "0"]
    assert refusal(run(app, *words)).startswith("There are no safety texts '0'; the newest are ")


def test_a_changed_row_breaks_its_chain(app: Flask, cast: Cast) -> None:
    chains = db.session.scalar(select(func.count(AuditEvent.chain_id.distinct())))
    assert run(app, "audit", "verify").stdout == f"All {chains} chains hold.\n"
    other = update(AuditEvent).where(AuditEvent.chain_id == cast.pia.patient_id, AuditEvent.position == 1)
    db.session.execute(other.values(action="read"))
    db.session.commit()
    result = run(app, "audit", "verify")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"Chain {cast.pia.patient_id} is broken at row 1.",
        f"Error: 1 of {chains} chains do not hold.",
    ]


def test_the_contract_is_written(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    assert run(app, "openapi", "--output", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8") == spec.render(app)


def flask_command(settings: Settings, *words: str, **other: str) -> "subprocess.Popen[str]":
    variables = {
        "INSTANCE_DIR": str(settings.instance_dir),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=os.environ | variables | other,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def beats() -> bool:
    db.session.rollback()
    return bool(db.session.scalar(select(func.count()).select_from(WorkerHeartbeat)))


def test_a_key_for_web_push_can_be_made(app: Flask, settings: Settings) -> None:
    first, second = (run(app, "web-push-key").stdout for _ in range(2))
    assert first != second
    set_line, public_line = first.splitlines()
    private_key = set_line.removeprefix("WEB_PUSH_KEY=")
    assert checked(replace(settings, web_push_key=private_key)).web_push_key == private_key
    assert public_line == f"Public key: {public_key_of(private_key)}"


def test_the_worker_is_a_command_that_ends_cleanly(app: Flask, settings: Settings) -> None:
    with flask_command(settings, "worker") as process:
        try:
            wait_until(beats, PATIENCE_SECONDS, "a heartbeat")
            assert stop(process) == 0
        finally:
            process.kill()


def test_a_worker_that_starts_paused_sends_nothing_until_it_is_resumed(
    app: Flask, settings: Settings
) -> None:
    """As after a restore: rows that were accepted may be open again."""
    [dispatch_id] = make_due(make_patient(clock.now()), clock.now(), purpose=Purpose.ALERT)

    def ended() -> bool:
        return read_row(dispatch_id).ended_at is not None

    with flask_command(settings, "worker", "--paused", TICK_SECONDS="1") as process:
        try:
            wait_until(beats, PATIENCE_SECONDS, "a heartbeat")
            time.sleep(1.5)
            assert not ended()
            assert run(app, "reminders", "resume").stdout == "Resumed: all messages.\n"
            wait_until(ended, PATIENCE_SECONDS, "the end of the message")
            assert stop(process) == 0
        finally:
            process.kill()


def test_without_a_database_there_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    with flask_command(settings, "clinics", "check", HILL, DATABASE_URL=empty) as process:
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert said == (
        "Error: The database cannot be used: is it there, and migrated (flask --app wsgi db upgrade)?\n"
    )


@pytest.mark.parametrize("words", [["clinics", "create"], ["therapists", "add"], ["audit"]])
def test_what_is_missing_is_said(app: Flask, words: list[str]) -> None:
    assert run(app, *words).exit_code == 2
