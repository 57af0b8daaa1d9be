"""A message, its neutral wording, and what a channel answers. No word here tells of health, clinic or person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """Subject and body, as they are shown on a locked screen; ``{link}`` stands for the link."""

    subject: str
    body: str

    def filled(self, link: str, code: str = "") -> "Wording":
        """Return it with its link, and its code, in place; the same arguments give the same bytes."""
        return Wording(self.subject, self.body.replace("{link}", link).replace("{code}", code))


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
    # The page that tells what it is about; it stands in the body too.
    link: str = ""
    # What the channel needs besides the address: the keys of a push subscription, say.
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a channel answered: the outcome, a stable code for a failure, the provider's own reference."""

    outcome: Outcome
    error_code: str | None = None
    reference: str | None = None
    retry_after_seconds: int | None = None
    # The provider says that nobody is to be reached there any more: a phone without the app, a number that
    # asked for no more messages.
    gone: bool = False


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


def render(template: str, locale: str) -> Wording:
    """Return the wording in the reader's language, else in English."""
    language = locale.partition("-")[0].lower()
    return _TEXTS.get(language, _TEXTS[DEFAULT_LOCALE])[Template(template)]
