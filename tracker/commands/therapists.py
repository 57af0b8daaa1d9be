"""Let therapists in."""

import click
from flask.cli import AppGroup

from tracker import clock, ids
from tracker.audit.service import Action
from tracker.commands.console import Line, get_clinic, one_sentence, record_deed
from tracker.db import transaction
from tracker.people import accounts, passwords

therapist_commands = AppGroup("therapists", help="Let therapists in.")


@therapist_commands.command("add")
@click.option("--clinic", "clinic_name", required=True)
@click.option("--name", type=Line(200), required=True)
@click.option("--email", type=Line(254), required=True)
@click.option("--password", help="Asked for when absent.")
@click.option("--generate-password", is_flag=True, help="Make a password and print it once.")
def add_therapist(
    clinic_name: str, name: str, email: str, password: str | None, generate_password: bool
) -> None:
    """Create a therapist's account."""
    if "@" not in email:
        raise click.ClickException(f"{email!r} is no mail address.")
    generated = ids.new_password() if generate_password else None
    with one_sentence():
        clinic = get_clinic(clinic_name)
        hashed = passwords.hash_password(password or generated or _ask_for_password())
        with transaction():
            account = accounts.add_therapist(
                clinic.id, name, email, hashed, time_zone=clinic.time_zone, now=clock.now()
            )
            record_deed(Action.CREATE, "account", account.id)
    click.echo(f"{account.email} may sign in." + (f" Password: {generated}" if generated else ""))


def _ask_for_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
