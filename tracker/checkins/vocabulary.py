"""The words in which the origin of an answer is described."""

from enum import StrEnum

# What stands for the zone of a red flag that came without one that can be read.
UNKNOWN_ZONE = "Etc/UTC"


class RecordedBy(StrEnum):
    """Who typed it in."""

    PATIENT = "patient"
    STAFF = "staff"


class Source(StrEnum):
    """Through which door it came."""

    PHONE = "phone"
    REMINDER_LINK = "reminder_link"
    TELEPHONE = "telephone"


class Alcohol(StrEnum):
    """The answer to 'any alcohol since the session?'."""

    YES = "yes"
    NO = "no"
    NOT_ANSWERED = "not_answered"


class ContactKind(StrEnum):
    """What a patient asks of the clinic outside the questions of a check-in."""

    CONTACT_ME = "contact_me"
    WORRY = "worry"
