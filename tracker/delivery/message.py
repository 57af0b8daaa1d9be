"""A message, its neutral wording, and what a channel answers. No word here tells of health, clinic or person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracker.delivery.states import Outcome

DEFAULT_LOCALE = "en"


class Template(StrEnum):
    """The kinds of message; what a message is about stands on the page behind its link."""

    REMINDER = "reminder"
    ALERT = "alert"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body, as they are shown on a locked screen."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for a channel; the same send key always comes with the same content."""

    send_key: str
    address: str
    subject: str
    body: str
    # When it was first handed over, so that a repetition is equal to the byte.
    written_at: datetime
    # After this instant nobody should see it any more.
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What a channel answered: the outcome, a stable code for a failure, the provider's own reference."""

    outcome: Outcome
    error_code: str | None = None
    reference: str | None = None
    retry_after_seconds: int | None = None


_TEXTS: dict[str, dict[Template, Wording]] = {
    "en": {
        Template.REMINDER: Wording(
            "A short note is waiting for you",
            "There is something for you to look at:\n\n{link}\n\n"
            "You can change or switch off these messages there.\n",
        ),
        Template.ALERT: Wording(
            "Something is waiting for you",
            "An item on your list is waiting for you:\n\n{link}\n",
        ),
        Template.INVITATION: Wording(
            "Your personal code",
            "You have been invited. Open\n\n{link}\n\nand enter this code:\n\n    {code}\n\n"
            "It works once. If you did not expect this message, you can ignore it.\n",
        ),
    },
    "de": {
        Template.REMINDER: Wording(
            "Eine kurze Nachricht wartet auf Sie",
            "Es gibt etwas Neues zum Ansehen:\n\n{link}\n\n"
            "Dort können Sie diese Nachrichten ändern oder abschalten.\n",
        ),
        Template.ALERT: Wording(
            "Etwas wartet auf Sie",
            "Ein Eintrag auf Ihrer Liste wartet auf Sie:\n\n{link}\n",
        ),
        Template.INVITATION: Wording(
            "Ihr persönlicher Code",
            "Sie wurden eingeladen. Öffnen Sie\n\n{link}\n\nund geben Sie diesen Code ein:\n\n    {code}\n\n"
            "Er gilt einmal. Wenn Sie diese Nachricht nicht erwartet haben, können Sie sie ignorieren.\n",
        ),
    },
    "es": {
        Template.REMINDER: Wording(
            "Le espera una nota breve",
            "Hay algo nuevo que puede ver:\n\n{link}\n\nAllí puede cambiar o desactivar estos mensajes.\n",
        ),
        Template.ALERT: Wording(
            "Algo le está esperando",
            "Un elemento de su lista le está esperando:\n\n{link}\n",
        ),
        Template.INVITATION: Wording(
            "Su código personal",
            "Ha recibido una invitación. Abra\n\n{link}\n\ny escriba este código:\n\n    {code}\n\n"
            "Sirve una sola vez. Si no esperaba este mensaje, puede ignorarlo.\n",
        ),
    },
}
LOCALES = tuple(_TEXTS)


def render(template: str, locale: str, link: str, *, code: str = "") -> Wording:
    """Return the wording in the reader's language, else in English; the same arguments give the same bytes."""
    language = locale.partition("-")[0].lower()
    text = _TEXTS.get(language, _TEXTS[DEFAULT_LOCALE])[Template(template)]
    return Wording(text.subject, text.body.format(link=link, code=code))
