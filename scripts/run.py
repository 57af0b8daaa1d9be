"""Runs the whole service on this machine: database, demo clinic, web process and worker, until Ctrl-C."""

import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends quietly while the rest is being imported

import os
import socket
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from scripts.processes import HOST, CannotRun, Service
from scripts.walkthrough import next_steps, walkthrough
from scripts.worker_round import worker_round
from tracker import clock, config, create_app
from tracker.clock import MovableClock
from tracker.config import SettingRefused, Settings
from tracker.db import db
from tracker.demo import clinic
from tracker.demo.acting_clinic import Therapist

START_SECONDS = 60
LOOK_EVERY_SECONDS = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Stop:
    """Whether somebody asked for the end; a step that has begun is finished first."""

    asked: bool = False

    def listen(self) -> None:
        """Take the signals that ask for the end."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def main() -> int:
    """Run until a signal asks for the end and return 0; return 1 after one sentence when that cannot be."""
    stop = Stop()
    stop.listen()
    try:
        app, service = prepare(os.environ)
        if service.settings.demo or not service.environment.get("DATABASE_URL"):
            load_demo(app, service.settings)
        if not stop.asked:
            serve(service, introduce(app, service), stop)
        say("Stopped.")
    except (CannotRun, SettingRefused, OSError) as refusal:
        sys.stderr.write(f"{sentence_of(refusal)}\n")
        return 1
    return 0


def prepare(given: Mapping[str, str]) -> tuple[Flask, Service]:
    """Return the application on its migrated database and its processes, not started yet.

    Raises CannotRun, SettingRefused, and OSError where the instance folder cannot be used.
    """
    port = find_free_port(given.get("PORT") or "8000")
    environment = complete(given, port)
    settings = config.from_environment(environment)
    return open_database(settings), Service(settings, port, environment)


def sentence_of(refusal: Exception) -> str:
    """Return what to tell about what keeps the service from running."""
    if isinstance(refusal, OSError) and refusal.filename:
        return f"The instance folder cannot be used: {refusal.strerror} ({refusal.filename})."
    return str(refusal)


def find_free_port(wanted: str) -> int:
    """Return the port if nobody uses it; raises CannotRun."""
    port = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    if not 0 < port < 65536:
        raise CannotRun(f"PORT cannot be used: {wanted!r} is no whole number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = (error.strerror or "refused").lower()
            cure = "choose another one, such as PORT=8081 make run"
            raise CannotRun(f"Port {port} cannot be used ({reason}); {cure}.") from None
    return port


def complete(environment: Mapping[str, str], port: int) -> dict[str, str]:
    """Fill in what follows from running on one machine: the address, and one key for all its processes."""
    filled = dict(environment)
    if environment.get("INSTANCE_DIR"):
        filled["INSTANCE_DIR"] = str(Path(environment["INSTANCE_DIR"]).resolve())
    filled["PUBLIC_URL"] = environment.get("PUBLIC_URL") or f"http://{HOST}:{port}"
    if environment.get("DATABASE_URL") and not environment.get("SECRET_KEY"):
        filled["SECRET_KEY"] = config.from_environment({**filled, "DATABASE_URL": ""}).secret_key
    return filled


def open_database(settings: Settings) -> Flask:
    """Return the application on its migrated database; raises CannotRun."""
    shown = make_url(settings.database_url).render_as_string()
    say(f"Opening the database {shown} ...")
    try:
        app = create_app(replace(settings, log_level="ERROR"))
        with app.app_context():
            db.session.execute(text("SELECT 1"))
            db.session.remove()
            flask_migrate.upgrade()
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        raise CannotRun(f"The database {shown} cannot be used: {reason.rstrip('.')}.") from None
    except SystemExit:  # how Flask-Migrate ends when it does not know what it finds
        raise CannotRun(f"The database {shown} cannot be migrated: another version made it.") from None
    return app


def load_demo(app: Flask, settings: Settings) -> None:
    """Load the demo clinic unless it is there, and keep its accounts in a file that only this user reads."""
    if clinic.find_clinic_id(app) is not None:
        return
    say("First start: loading the demo clinic, which takes some seconds ...")
    moment = MovableClock(clock.now())
    clock.replace(moment)
    try:
        clinic_id, staff = clinic.load(app, moment, worker_round(app, settings.outbox_dir))
    finally:
        clock.replace(None)
    clinic.keep_accounts(accounts_file(settings), clinic_id, staff)


def accounts_file(settings: Settings) -> Path:
    """Return the file with the passwords of the demo accounts, one for each kind of database."""
    kind = "" if settings.is_sqlite else "-postgresql"
    return settings.instance_dir / f"demo-accounts{kind}.txt"


def introduce(app: Flask, service: Service) -> list[str]:
    """Return what a newcomer should read once the service answers."""
    settings, address = service.settings, f"http://{HOST}:{service.port}"
    mail = "by SMTP" if settings.smtp_url else f"to files in {settings.outbox_dir}"
    lines = ["", f"The Recovery Tracker answers at {address} (contract: {address}/v1/openapi.yaml)"]
    lines += [f"Mail goes {mail}; logs are in {settings.instance_dir}; Ctrl-C ends everything.", ""]
    clinic_id = clinic.find_clinic_id(app)
    if clinic_id is None:
        key = "" if settings.is_sqlite else f"SECRET_KEY=$(cat {settings.instance_dir}/secret_key) "
        return [
            *lines,
            f"Make a clinic and a therapist: {key}.venv/bin/flask --app wsgi clinics create --help",
            "All steps are in docs/clinic.md.",
        ]
    accounts = clinic.find_accounts(accounts_file(settings), clinic_id)
    if not accounts:
        return [
            *lines,
            f"The demo accounts were shown at the first start, and are not in {accounts_file(settings)}.",
        ]
    mails = "at the server of SMTP_URL" if settings.smtp_url else f"ls {settings.outbox_dir}"
    return [*lines, *_list(accounts), "", *walkthrough(address, accounts[0]), *next_steps(mails)]


def serve(service: Service, introduction: list[str], stop: Stop) -> None:
    """Run both processes until a stop is asked for; raises CannotRun when one of them ends by itself."""
    say("Starting the web process and the worker ...")
    try:
        service.start()
        deadline = clock.monotonic() + START_SECONDS
        while not stop.asked and not service.is_ready():
            service.check()
            if clock.monotonic() > deadline:
                raise CannotRun(f"The web process did not answer within {START_SECONDS} s.")
            time.sleep(LOOK_EVERY_SECONDS)
        if not stop.asked:
            say("\n".join(introduction))
        while not stop.asked:
            service.check()
            time.sleep(LOOK_EVERY_SECONDS)
        say("\nStopping ...")
    finally:
        service.end()


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _list(accounts: list[Therapist]) -> list[str]:
    lines = ["Demo accounts (the passwords are stored as hashes; this list is kept for you alone):"]
    return lines + [f"  {person.name:<12} {person.email:<19} {person.password}" for person in accounts]


if __name__ == "__main__":
    sys.exit(main())
