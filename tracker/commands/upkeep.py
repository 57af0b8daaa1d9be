"""Run the worker, check the audit trail, write the contract, make a key for web push."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from tracker import clock
from tracker.api import spec
from tracker.audit import service as audit
from tracker.commands.console import one_sentence
from tracker.db import transaction
from tracker.delivery import pauses
from tracker.delivery.vapid import new_private_key, public_key_of
from tracker.delivery.vocabulary import PauseScope
from tracker.jobs import worker

CONTRACT = Path(__file__).resolve().parent.parent.parent / "openapi.yaml"
audit_commands = AppGroup("audit", help="Look after the audit trail.")


@audit_commands.command("verify")
def verify_audit() -> None:
    """Check every chain of the audit trail for rows that were changed, taken out or put in."""
    with one_sentence():
        chains = audit.list_chains()
        broken = {chain: position for chain in chains if (position := audit.find_break(chain)) is not None}
    for chain, position in broken.items():
        click.echo(f"Chain {chain} is broken at row {position}.", err=True)
    if broken:
        raise click.ClickException(f"{len(broken)} of {len(chains)} chains do not hold.")
    click.echo(f"All {len(chains)} chains hold.")


@click.command("openapi")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=CONTRACT)
@with_appcontext
def write_contract(output: Path) -> None:
    """Write the contract of the HTTP interface."""
    output.write_text(spec.render(current_app), encoding="utf-8")


@click.command("web-push-key")
def make_web_push_key() -> None:
    """Make a private key for WEB_PUSH_KEY and print it with its public key, which apps read by themselves."""
    private_key = new_private_key()
    click.echo(f"WEB_PUSH_KEY={private_key}")
    click.echo(f"Public key: {public_key_of(private_key)}")


@click.command("worker")
@click.option(
    "--paused", is_flag=True, help="Send nothing until `reminders resume`; for the hours after a restore."
)
@with_appcontext
def run_worker(paused: bool) -> None:
    """Send what is due and look after what was missed, until a signal says stop."""
    if paused:
        with one_sentence(), transaction():
            pauses.pause(PauseScope.ALL, "the worker was started with --paused", clock.now())
    sys.exit(worker.run(current_app._get_current_object()))  # type: ignore[attr-defined]
