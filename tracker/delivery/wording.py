"""What a message says, in neutral words: none of them tells of health, clinic or person."""

from enum import StrEnum

from tracker.delivery.rules.message import Wording
from tracker.translation import translate


class Template(StrEnum):
    """The kinds of message; what a message is about stands on the page behind its link."""

    REMINDER = "reminder"
    ALERT = "alert"
    SUMMARY = "summary"


# In English, as the catalogues of the other languages know them.
TEXTS = {
    Template.REMINDER: Wording(
        "A short note is waiting for you",
        "There is something for you to look at:\n\n{link}\n\n"
        "You can change or switch off these messages there.\n",
    ),
    Template.ALERT: Wording(
        "Something is waiting for you",
        "An item on your list is waiting for you:\n\n{link}\n",
    ),
    Template.SUMMARY: Wording(
        "Something to read on your list",
        "There is something to read on your list:\n\n{link}\n",
    ),
}


def render(template: str, locale: str) -> Wording:
    """Return the wording in the reader's language, else in English; needs an application context."""
    text = TEXTS[Template(template)]
    return Wording(translate(text.subject, locale), translate(text.body, locale))
