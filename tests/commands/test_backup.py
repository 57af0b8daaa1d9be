"""The backup of the embedded database: one file, whole, for its owner alone; everything else is refused."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.cast import Cast
from tests.commands.test_commands import refusal, run
from tests.conftest import SECRET_KEY
from tracker import create_app
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.people.models import Patient

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True, scope="session")
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True, scope="session")


@on_sqlite
def test_a_backup_is_one_file_from_which_a_service_starts(app: Flask, cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    result = run(app, "backup", str(file))
    assert (result.exit_code, result.stdout) == (
        0,
        f"{file} holds the whole database: {file.stat().st_size:,} bytes, found intact.\n",
    )
    assert list(tmp_path.iterdir()) == [file]
    restored = create_app(Settings(database_url=f"sqlite:///{file}", secret_key=SECRET_KEY))
    with restored.app_context():
        assert db.session.scalar(select(func.count()).select_from(Patient)) == 3
    with restored.test_client() as client:
        assert client.get("/v1/me", headers=cast.pia.headers).status_code == 200


@on_sqlite
def test_a_backup_can_be_read_by_its_owner_alone(app: Flask, tmp_path: Path) -> None:
    run(app, "backup", str(tmp_path / "backup.db"))
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


@on_sqlite
def test_a_backup_holds_what_is_committed_and_waits_for_no_writer(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    with transaction():
        db.session.get_one(Patient, cast.pia.patient_id).display_name = "Still being written"
        db.session.flush()
        assert app.test_cli_runner().invoke(args=["backup", str(file)]).exit_code == 0
    with closing(sqlite3.connect(file)) as copy:
        names = {name for (name,) in copy.execute("SELECT display_name FROM patient")}
    assert names == {"Pia", "Paul", "Otto"}


@on_sqlite
def test_a_file_that_is_there_is_left_alone(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    file.write_text("the backup of yesterday")
    assert refusal(run(app, "backup", str(file))) == f"{file} is there already; name a new file."
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the backup of yesterday"]


@on_sqlite
def test_a_folder_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    assert "nowhere/backup.db could not be written: " in refusal(
        run(app, "backup", str(tmp_path / "nowhere/backup.db"))
    )


@on_sqlite
def test_a_database_that_is_not_intact_makes_no_backup(app: Flask, cast: Cast, tmp_path: Path) -> None:
    with closing(db.engine.raw_connection()) as spoiled:
        spoiled.execute("PRAGMA foreign_keys=OFF")
        spoiled.execute("UPDATE patient SET clinic_id = 'of nobody' WHERE display_name = 'Pia'")
        spoiled.commit()
        spoiled.invalidate()
    file = tmp_path / "backup.db"
    assert (
        refusal(run(app, "backup", str(file))) == f"{file} could not be written: it is not intact (patient)."
    )
    assert list(tmp_path.iterdir()) == []
    with transaction():
        db.session.execute(text("UPDATE patient SET clinic_id = (SELECT id FROM clinic LIMIT 1)"))


def test_an_empty_database_is_no_backup_and_comes_from_none(tmp_path: Path) -> None:
    empty = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}", secret_key=SECRET_KEY))
    with empty.app_context():
        assert "migrated" in refusal(run(empty, "backup", str(tmp_path / "backup.db")))
        assert "migrated" in refusal(run(empty, "restored"))


@on_postgresql
def test_postgresql_is_backed_up_by_its_own_program(app: Flask, tmp_path: Path) -> None:
    told = refusal(run(app, "backup", str(tmp_path / "backup.db")))
    assert told == "This database is PostgreSQL: pg_dump writes its backup, as docs/operations.md shows."
    assert list(tmp_path.iterdir()) == []
