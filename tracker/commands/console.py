"""What all commands share: refusals in one sentence, lines that fit, deeds that are written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from tracker import clock
from tracker.audit import service as audit
from tracker.clinics import service as clinics
from tracker.clinics.models import Clinic
from tracker.errors import DomainError
from tracker.people.rules.access import Action


class TableLine(click.ParamType[str]):
    """One line of text that fits its column."""

    name = "text"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002  (click hands it over)
    ) -> str:
        """Return the text without spaces around it; refuses what is empty, too long or not printable."""
        text = str(value).strip()
        if not 0 < len(text) <= self.most or not text.isprintable():
            name = param.opts[0] if param else "text"
            raise click.ClickException(f"{name} needs 1 to {self.most} printable characters.")
        return text


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn every refusal into one sentence and the exit status 1."""
    try:
        yield
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from None
    except ValueError as refusal:
        sentence = str(refusal).rstrip(".")
        raise click.ClickException(f"{sentence[:1].upper()}{sentence[1:]}.") from None
    except (OperationalError, ProgrammingError):
        sentence = "The database cannot be used: is it there, and migrated (flask --app wsgi db upgrade)?"
        raise click.ClickException(sentence) from None


def get_clinic(name: str) -> Clinic:
    """Return the clinic of this name; raises ClickException."""
    clinic = clinics.find_clinic_by_name(name)
    if clinic is None:
        raise click.ClickException(f"There is no clinic named {name!r}.")
    return clinic


def record_deed(action: Action, kind: str, resource_id: UUID) -> None:
    """Write down what an operator did, in the chain of the thing; its lock is the caller's, or it is new."""
    audit.record(action, kind, resource_id, actor_id=None, actor_role="operator", now=clock.now())
