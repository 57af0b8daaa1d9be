"""The words in which accounts, patients, invitations and consents are described."""

import re
from collections.abc import Sequence
from enum import StrEnum

# A mail address in ASCII, as mail servers take it: a box, an at sign, a host with a dot.
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

# A phone number as E.164 writes it, with its country.
PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


class PatientStatus(StrEnum):
    """Where a patient stands with the clinic."""

    INVITED = "invited"
    ACTIVE = "active"
    ARCHIVED = "archived"


class ConsentKind(StrEnum):
    """What a patient agrees to."""

    DATA_PROCESSING = "data_processing"
    SHARE_WITH_CLINIC = "share_with_clinic"
    RESEARCH = "research"


class ConsentStatus(StrEnum):
    """What the patient said."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


# Without these two there is nothing to log and nobody to alert.
REQUIRED_CONSENTS = frozenset({ConsentKind.DATA_PROCESSING, ConsentKind.SHARE_WITH_CLINIC})
CONSENT_DOCUMENT_VERSION = "2026-11"


class InvitationKind(StrEnum):
    """Whom an invitation makes."""

    PATIENT = "patient"


class InvitationStatus(StrEnum):
    """What has become of an invitation; expired is computed."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class ContactChannel(StrEnum):
    """How the code reaches the invited person; ``none``: it is shown in the room."""

    EMAIL = "email"
    NONE = "none"


class TokenKind(StrEnum):
    """What a bearer secret is good for."""

    ACCESS = "access"
    REFRESH = "refresh"


class Platform(StrEnum):
    """What kind of device an app runs on."""

    IOS = "ios"
    ANDROID = "android"
    WEB = "web"


class PushProvider(StrEnum):
    """Through whom a device is reached; the names are those of the channels."""

    FCM = "fcm"
    WEB_PUSH = "web_push"


class NotificationPermission(StrEnum):
    """Whether a device may show notifications, as it says itself."""

    GRANTED = "granted"
    DENIED = "denied"
    NOT_ASKED = "not_asked"


class Way(StrEnum):
    """The ways to reach a person, in the order in which they are tried unless the person chose another."""

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


def order_of(chosen: Sequence[str] | None) -> list[Way]:
    """Return the ways in the order that a person chose, in that of the vocabulary if they chose none."""
    return list(Way) if chosen is None else [Way(word) for word in chosen]


class OptIn(StrEnum):
    """Daily prompts that come only when the patient switched them on."""

    HYDRATION = "hydration"
    STRETCHING = "stretching"
