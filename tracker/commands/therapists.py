"""Let staff in, and keep out who has left."""

from collections.abc import Callable
from typing import TypedDict, TypeVar, Unpack

import click
from flask.cli import AppGroup

from tracker import clock, ids
from tracker.clinics import service as clinics
from tracker.commands.console import TableLine, get_clinic, one_sentence, record_deed
from tracker.db import transaction
from tracker.people import accounts, passwords
from tracker.people.models import Account
from tracker.people.rules.access import STAFF, Action, Role
from tracker.people.vocabulary import MAIL_ADDRESS
from tracker.practice.hand_overs import PatientsHandOver, hand_over

therapist_commands = AppGroup("therapists", help="Let therapists in, and keep out who has left.")
admin_commands = AppGroup("admins", help="Let in who runs a clinic and sees no patient's record.")
generating = click.option("--generate-password", is_flag=True, help="Make a password and print it once.")


Command = TypeVar("Command", bound=Callable[..., object])


class Newcomer(TypedDict):
    """Who is let in, as the options say."""

    clinic_name: str
    name: str
    email: str
    password: str | None
    generate_password: bool


def newcomer(function: Command) -> Command:
    """Add the options of everybody who is let in."""
    function = generating(function)
    function = click.option("--password", help="Asked for when absent.")(function)
    function = click.option("--email", type=TableLine(254), required=True)(function)
    function = click.option("--name", type=TableLine(200), required=True)(function)
    return click.option("--clinic", "clinic_name", required=True)(function)


@therapist_commands.command("add")
@newcomer
@click.option("--admin", is_flag=True, help="They may change the clinic's hours, people and numbers too.")
def add_therapist(admin: bool, **given: Unpack[Newcomer]) -> None:
    """Create a therapist's account."""
    _let_in(Role.THERAPIST, administers=admin, **given)


@admin_commands.command("add")
@newcomer
def add_admin(**given: Unpack[Newcomer]) -> None:
    """Create the account of somebody who runs a clinic and sees no patient's record."""
    _let_in(Role.CLINIC_ADMIN, administers=True, **given)


def _let_in(role: Role, *, administers: bool, **given: Unpack[Newcomer]) -> None:
    email = given["email"]
    if MAIL_ADDRESS.fullmatch(email) is None:
        raise click.ClickException(f"{email!r} is no mail address.")
    generated = ids.new_password() if given["generate_password"] else None
    with one_sentence():
        clinic = get_clinic(given["clinic_name"])
        hashed = passwords.hash_password(given["password"] or generated or _ask_for_password())
        with transaction():
            account = accounts.add_therapist(
                clinic.id, given["name"], email, hashed,
                time_zone=clinic.time_zone, now=clock.now(), administers=administers, role=role,
            )  # fmt: skip
            record_deed(Action.CREATE, "account", account.id)
    click.echo(f"{account.email} may sign in." + _shown(generated))


@therapist_commands.command("set-password")
@click.argument("email")
@generating
def set_password(email: str, generate_password: bool) -> None:
    """Give a member of staff another password, asked for unseen; they are signed out everywhere."""
    generated = ids.new_password() if generate_password else None
    with one_sentence():
        account = _get_member(email)
        hashed = passwords.hash_password(generated or _ask_for_password())
        with transaction():
            accounts.change_password(account.id, hashed, clock.now())
            record_deed(Action.UPDATE, "account", account.id)
    click.echo(f"{account.email} has another password and is signed out everywhere." + _shown(generated))


@therapist_commands.command("deactivate")
@click.argument("email")
@click.option("--to", "heir", help="Who takes over; by default the owner of last resort.")
def deactivate_therapist(email: str, heir: str | None) -> None:
    """Close a therapist's account and hand everything over; they are signed out everywhere, at once."""
    with one_sentence(), transaction():
        account = _get_member(email)
        to_id = (
            _get_member(heir).id if heir else clinics.get_clinic(account.clinic_id).owner_of_last_resort_id
        )
        if to_id is None:
            raise click.ClickException("Say who takes over: --to, with the address of a therapist.")
        order = PatientsHandOver(account.clinic_id, account.id, to_id, deactivate=True)
        handed = hand_over(order, None, clock.now())
        to = accounts.hold_account(to_id)
    click.echo(
        f"{account.email} may not sign in any more. {to.email} has their patients ({len(handed.patients)}), "
        f"unfinished alerts ({len(handed.alerts)}) and appointments ({len(handed.appointments)})."
    )
    if handed.overlapping:
        click.echo(f"{to.email} is expected elsewhere at {len(handed.overlapping)} of these appointments.")


def _get_member(email: str) -> Account:
    account = accounts.find_account_by_email(email)
    if account is None or account.role not in STAFF:
        raise click.ClickException(f"No therapist signs in with {email}.")
    return account


def _shown(generated: str | None) -> str:
    return f" Password: {generated}" if generated else ""


def _ask_for_password() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
