"""Let therapists in, and keep out who has left."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from tracker import clock, ids
from tracker.alerts import service as alerts
from tracker.alerts.models import Alert
from tracker.audit.service import Action
from tracker.commands.console import Line, get_clinic, one_sentence, record_deed
from tracker.db import db, transaction
from tracker.people import accounts, passwords
from tracker.people.access import Role
from tracker.people.models import Account, Patient
from tracker.people.vocabulary import MAIL_ADDRESS, PatientStatus

therapist_commands = AppGroup("therapists", help="Let therapists in, and keep out who has left.")
generating = click.option("--generate-password", is_flag=True, help="Make a password and print it once.")


@therapist_commands.command("add")
@click.option("--clinic", "clinic_name", required=True)
@click.option("--name", type=Line(200), required=True)
@click.option("--email", type=Line(254), required=True)
@click.option("--password", help="Asked for when absent.")
@generating
def add_therapist(
    clinic_name: str, name: str, email: str, password: str | None, generate_password: bool
) -> None:
    """Create a therapist's account."""
    if MAIL_ADDRESS.fullmatch(email) is None:
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
    click.echo(f"{account.email} may sign in." + _shown(generated))


@therapist_commands.command("set-password")
@click.argument("email")
@generating
def set_password(email: str, generate_password: bool) -> None:
    """Give a therapist another password, asked for unseen; they are signed out everywhere."""
    generated = ids.new_password() if generate_password else None
    with one_sentence():
        account = _get_therapist(email)
        hashed = passwords.hash_password(generated or _ask_for_password())
        with transaction():
            accounts.change_password(account.id, hashed, clock.now())
            record_deed(Action.UPDATE, "account", account.id)
    click.echo(f"{account.email} has another password and is signed out everywhere." + _shown(generated))


@therapist_commands.command("deactivate")
@click.argument("email")
def deactivate_therapist(email: str) -> None:
    """Close a therapist's account for good; they are signed out everywhere, at once."""
    with one_sentence(), transaction():
        account = _get_therapist(email)
        accounts.close_account(account.id, account.clinic_id, clock.now())
        record_deed(Action.DELETE, "account", account.id)
        left = _what_is_left(account)
    click.echo(f"{account.email} may not sign in any more. {left}")


def _get_therapist(email: str) -> Account:
    account = accounts.find_account_by_email(email)
    if account is None or account.role != Role.THERAPIST:
        raise click.ClickException(f"No therapist signs in with {email}.")
    return account


def _what_is_left(account: Account) -> str:
    patients = select(func.count()).where(
        Patient.therapist_id == account.id, Patient.status != PatientStatus.ARCHIVED
    )
    unfinished = select(func.count()).where(Alert.owner_id == account.id, Alert.status.in_(alerts.UNFINISHED))
    return (
        f"Still theirs: patients {db.session.scalar(patients)}, open alerts {db.session.scalar(unfinished)}; "
        "the owner of last resort sees them."
    )


def _shown(generated: str | None) -> str:
    return f" Password: {generated}" if generated else ""


def _ask_for_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
