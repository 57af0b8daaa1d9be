"""Look at what the reminder engine does, try dead messages again, pause and resume sending."""

from datetime import timedelta
from uuid import UUID

import click
from flask.cli import AppGroup

from tracker import clock
from tracker.audit import service as audit
from tracker.commands.console import TableLine, get_clinic, one_sentence, record_deed
from tracker.db import transaction
from tracker.delivery import operations, pauses
from tracker.delivery.health import worker_health
from tracker.delivery.rules.channel_kinds import CHANNELS
from tracker.delivery.vocabulary import PauseScope, WaitsFor
from tracker.people import accounts, sign_in
from tracker.people.rules.access import Action

reminder_commands = AppGroup(
    "reminders", help="Look after messages on their way, reminders and alerts alike."
)
of_clinic = click.option("--clinic", "clinic_name", help="Only what belongs to this clinic.")
_WAITS = {WaitsFor.RESUME: "of paused clinics", WaitsFor.OUTSIDE_WORKER: "for a worker outside"}
by_channel = click.option("--channel", type=TableLine(20), help=f"Only this way out: {', '.join(CHANNELS)}.")


@reminder_commands.command("stats")
@click.option("--hours", type=click.IntRange(1, 24 * 365), default=24, show_default=True)
def show_stats(hours: int) -> None:
    """Show how many messages of the last hours stand where, what waits, and who works."""
    now = clock.now()
    with one_sentence():
        seen, health = operations.read_figures(now), worker_health(now)
        states = operations.count_by_state(now - timedelta(hours=hours))
    click.echo(f"due in the last {hours} h: " + (_join(states) or "nothing"))
    click.echo(f"waiting now: {_join(seen.due)}; the oldest for {seen.oldest_overdue_seconds:.0f} s")
    if any(seen.waiting.values()):
        kept = {_WAITS[WaitsFor(each)]: rows for each, rows in seen.waiting.items() if rows}
        click.echo(f"not taken by workers here: {_join(kept)}")
    tick = health.last_tick_at
    click.echo("workers: " + (f"last round {(now - tick).total_seconds():.0f} s ago" if tick else "none yet"))
    for pause in seen.pauses:
        click.echo(f"paused since {pause.paused_at:%Y-%m-%d %H:%M} UTC: {_what(pause.scope, pause.channel)}")


@reminder_commands.command("dead")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_dead(most: int) -> None:
    """List the messages that could not be handed over, with the reason and every try."""
    with one_sentence():
        rows = operations.list_dead(most)
        tries = operations.list_tries([row.id for row in rows])
    for row in rows:
        tried = ", ".join(f"{attempt.channel}: {_answer(attempt)}" for attempt in tries[row.id])
        click.echo(f"{row.id}  {row.ended_at:%Y-%m-%d %H:%M}  {row.purpose}  {row.reason}  [{tried}]")
    if not rows:
        click.echo("No message is dead.")


@reminder_commands.command("retry")
@click.argument("message_id", type=click.UUID, nargs=-1, required=True)
def retry_dead(message_id: tuple[UUID, ...]) -> None:
    """Try dead messages again, from the start, once the reason is gone."""
    for each in message_id:
        with one_sentence(), transaction():
            now = clock.now()
            patient_id = operations.retry(each, now)
            audit.record(
                Action.UPDATE, "reminder", each, actor_id=None, actor_role="operator", now=now,
                patient_id=patient_id,
            )  # fmt: skip
        click.echo(f"{each} will be tried again.")


@reminder_commands.command("pause")
@click.option("--note", type=TableLine(200), default="by an operator", help="Why, for whoever comes next.")
@of_clinic
@by_channel
def pause_sending(note: str, clinic_name: str | None, channel: str | None) -> None:
    """Let nothing leave: at all, or for one clinic, or by one way out. What is due waits, and may expire."""
    with one_sentence(), transaction():
        scope, clinic_id = _scope(clinic_name, channel)
        new = pauses.pause(scope, note, clock.now(), clinic_id=clinic_id, channel=channel)
    what = _what(scope, channel, clinic_name)
    click.echo(f"Paused: {what}." if new else f"Already paused: {what}.")


@reminder_commands.command("resume")
@of_clinic
@by_channel
def resume_sending(clinic_name: str | None, channel: str | None) -> None:
    """Let messages leave again; say the same clinic or way out as when it was paused."""
    with one_sentence(), transaction():
        scope, clinic_id = _scope(clinic_name, channel)
        ended = pauses.resume(scope, clock.now(), clinic_id=clinic_id, channel=channel)
    what = _what(scope, channel, clinic_name)
    if not ended:
        raise click.ClickException(f"This was not paused: {what}.")
    click.echo(f"Resumed: {what}.")


@reminder_commands.command("worker-token")
@click.option("--clinic", "clinic_name", required=True)
@click.option("--name", type=TableLine(200), default="External worker", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@click.option(
    "--serves",
    multiple=True,
    type=click.Choice(CHANNELS),
    help="A way out that it serves: what only it can send is left to it. Repeat it for several.",
)
def make_worker_token(clinic_name: str, name: str, days: int, serves: tuple[str, ...]) -> None:
    """Let a worker of your own hand over a clinic's messages; its token is printed once."""
    with one_sentence():
        clinic = get_clinic(clinic_name)
        with transaction():
            now = clock.now()
            account = accounts.add_service(
                clinic.id, name, time_zone=clinic.time_zone, now=now, serves=serves
            )
            token = sign_in.issue_service_token(account.id, now, timedelta(days=days))
            record_deed(Action.CREATE, "account", account.id)
    click.echo(token)


@reminder_commands.command("revoke-worker")
@click.option("--clinic", "clinic_name", required=True)
@click.option("--name", type=TableLine(200), default="External worker", show_default=True)
def revoke_worker(clinic_name: str, name: str) -> None:
    """End the tokens of a clinic's external workers of this name, at once."""
    with one_sentence(), transaction():
        clinic = get_clinic(clinic_name)
        found = accounts.list_services(clinic.id, name)
        for account in found:
            accounts.revoke_tokens(account.id, clock.now())
            record_deed(Action.DELETE, "account", account.id)
    if not found:
        raise click.ClickException(f"{clinic_name!r} has no worker named {name!r}.")
    click.echo(f"Worthless now: the tokens of {len(found)} worker(s).")


def _scope(clinic_name: str | None, channel: str | None) -> tuple[PauseScope, UUID | None]:
    if clinic_name and channel:
        raise click.ClickException("Name a clinic or a channel, not both.")
    if clinic_name:
        return PauseScope.CLINIC, get_clinic(clinic_name).id
    return (PauseScope.CHANNEL if channel else PauseScope.ALL), None


def _what(scope: str, channel: str | None, clinic_name: str | None = None) -> str:
    if scope == PauseScope.CHANNEL:
        return f"all messages by {channel}"
    return "all messages" if scope == PauseScope.ALL else f"all messages of {clinic_name or 'one clinic'}"


def _join(counts: dict[str, int]) -> str:
    return ", ".join(f"{rows} {word}" for word, rows in sorted(counts.items()))


def _answer(attempt: object) -> str:
    return str(getattr(attempt, "error_code", None) or getattr(attempt, "outcome", None) or "no answer")
