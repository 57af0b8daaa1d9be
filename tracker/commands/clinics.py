"""Set up clinics: numbers, approved safety texts, the owner of last resort."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
from flask import current_app
from flask.cli import AppGroup

from tracker import clock
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.commands.console import TableLine, get_clinic, one_sentence, record_deed
from tracker.config import Settings
from tracker.db import transaction
from tracker.delivery.channels import webhook
from tracker.delivery.rules.destinations import DestinationRefused, strangers
from tracker.people import accounts, staff
from tracker.people.rules.access import Action
from tracker.safety.texts import latest_version

NUMBERS = {
    "phone": TableLine(40),
    "emergency_number": TableLine(40),
    "urgent_care_phone": TableLine(40),
    "urgent_instructions": TableLine(1000),
}
LONGEST_URL = 500
clinic_commands = AppGroup("clinics", help="Set up clinics.")


Command = TypeVar("Command", bound=Callable[..., object])


def numbers(required: str = "") -> Callable[[Command], Command]:
    """Return a decorator that adds the options for a clinic's numbers."""

    def decorate(function: Command) -> Command:
        for name, kind in reversed(NUMBERS.items()):
            option = f"--{name.replace('_', '-')}"
            function = click.option(option, type=kind, required=name == required)(function)
        return function

    return decorate


@contextmanager
def changed_clinic(name: str) -> Iterator[Clinic]:
    """Give a clinic to change, in a transaction that leaves a row in its trail."""
    with one_sentence(), transaction():
        clinic = clinics.hold_clinic(get_clinic(name).id)
        yield clinic
        record_deed(Action.UPDATE, "clinic", clinic.id)
    _say_what_is_missing(clinic)


@clinic_commands.command("create")
@click.option("--name", type=TableLine(200), required=True)
@click.option("--time-zone", required=True, help="IANA name, such as Europe/Berlin.")
@numbers(required="phone")
def create_clinic(name: str, time_zone: str, **given: str | None) -> None:
    """Create a clinic."""
    with one_sentence(), transaction():
        if clinics.find_clinic_by_name(name) is not None:
            raise click.ClickException(f"There is a clinic named {name!r} already.")
        clinic = clinics.create(name, time_zone, clock.now(), **given)
        record_deed(Action.CREATE, "clinic", clinic.id)
    _say_what_is_missing(clinic)


@clinic_commands.command("update")
@click.argument("name")
@click.option("--time-zone", help="IANA name, such as Europe/Berlin.")
@numbers()
def update_clinic(name: str, **given: str | None) -> None:
    """Change a clinic's zone or numbers; what is not given stays."""
    with changed_clinic(name) as clinic:
        clinics.update(clinic, **{key: value for key, value in given.items() if value is not None})


@clinic_commands.command("approve-safety-texts")
@click.argument("name")
@click.option("--by", "approver", type=TableLine(200), required=True, help="Who read and approves them.")
@click.option("--version", default=latest_version(), show_default=True)
def approve_safety_texts(name: str, approver: str, version: str) -> None:
    """Put a pack of safety texts into force, in the name of who read it."""
    with changed_clinic(name) as clinic:
        clinics.approve_safety_texts(clinic, version, approver, clock.now())


@clinic_commands.command("set-last-resort")
@click.argument("name")
@click.option("--email", required=True, help="Address of a therapist of this clinic.")
def set_last_resort(name: str, email: str) -> None:
    """Name who owns what nobody else owns."""
    with changed_clinic(name) as clinic:
        account = accounts.find_account_by_email(email)
        if account is None or staff.find_therapist(clinic.id, account.id) is None:
            raise click.ClickException(f"No therapist of {name!r} signs in with {email}.")
        clinics.update(clinic, owner_of_last_resort_id=account.id)


@clinic_commands.command("set-webhook")
@click.argument("name")
@click.argument("url")
def set_webhook(name: str, url: str) -> None:
    """Send a clinic's messages to its own system too, and print the secret that signs them; '' ends it."""
    settings: Settings = current_app.extensions["settings"]
    if url:
        _refuse_unless_reachable(url, settings)
    with changed_clinic(name) as clinic:
        clinics.update(clinic, webhook_url=url or None)
    if url:
        click.echo(f"Signed with: {webhook.secret_of(settings.secret_key, str(clinic.id))}")
    if url and not settings.webhooks:
        click.echo("Nothing is sent there until WEBHOOKS is 1.")


@clinic_commands.command("check")
@click.argument("name")
def check_clinic(name: str) -> None:
    """Say what a clinic lacks before patients may come in; the exit status is 1 if it lacks anything."""
    with one_sentence():
        _say_what_is_missing(clinic := get_clinic(name))
    if clinics.what_is_missing(clinic):
        raise SystemExit(1)


def _refuse_unless_reachable(url: str, settings: Settings) -> None:
    try:
        strangers(settings.outbound_allowed)(url)
    except DestinationRefused as refusal:
        raise click.ClickException(f"The address cannot be used: {refusal}.") from None
    if len(url) > LONGEST_URL:
        raise click.ClickException(f"The address cannot be used: it has more than {LONGEST_URL} characters.")


def _say_what_is_missing(clinic: Clinic) -> None:
    missing = clinics.what_is_missing(clinic)
    click.echo(f"{clinic.name} lacks {', '.join(missing)}." if missing else f"{clinic.name} is ready.")
