"""Hangs the commands for operators on the application; each is one call of a service with the time of now."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from tracker.commands.backup import back_up, note_restore
from tracker.commands.clinics import clinic_commands
from tracker.commands.reminders import reminder_commands
from tracker.commands.rule_sets import rule_commands
from tracker.commands.therapists import admin_commands, therapist_commands
from tracker.commands.upkeep import audit_commands, make_web_push_key, run_worker, write_contract
from tracker.db import db

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def register(app: Flask) -> None:
    """Add all commands to the application."""
    Migrate(app, db, directory=str(MIGRATIONS))
    for command in (
        clinic_commands,
        therapist_commands,
        admin_commands,
        reminder_commands,
        rule_commands,
        audit_commands,
        write_contract,
        make_web_push_key,
        run_worker,
        back_up,
        note_restore,
    ):
        app.cli.add_command(command)
