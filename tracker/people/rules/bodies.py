"""What a request about people holds once it has been read: who comes in, what they agree to, how they are reached.

A member that was null counts as not sent, so an optional one is there with its value or not there at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from uuid import UUID


class InvitationBody(TypedDict):
    """Whom to invite, and where reminders go later."""

    kind: str
    display_name: str
    channel: str
    address: NotRequired[str]
    locale: NotRequired[str]
    patient_id: NotRequired[UUID]


class ConsentBody(TypedDict):
    """What a patient says about one use of their data."""

    kind: str
    document_version: str
    status: str


class ActivationBody(TypedDict):
    """A code from the clinic, and what the patient says when they start."""

    code: str
    installation_id: str
    locale: str
    time_zone: str
    consents: Sequence[ConsentBody]


class MeBody(TypedDict, total=False):
    """What changes about the caller; empty text for a phone takes it back."""

    display_name: str
    locale: str
    time_zone: str
    phone: str


class QuietTimes(TypedDict):
    """Between which local times nobody is disturbed."""

    enabled: bool
    starts: str
    ends: str


class PreferencesBody(TypedDict):
    """When reminders rest, which daily ones come, and how."""

    quiet_hours: QuietTimes
    opted_in: Sequence[str]
    channels: NotRequired[Sequence[str]]
    routine_paused: NotRequired[bool]


class PushSubscription(TypedDict):
    """A subscription as the browser's push manager gives it."""

    endpoint: str
    p256dh: str
    auth: str


class DeviceBody(TypedDict):
    """One installation of an app, as it is now; how it is reached depends on the provider."""

    platform: str
    push_provider: str
    push_token: NotRequired[str]
    subscription: NotRequired[PushSubscription]
    notification_permission: str
    app_version: str
    os_version: NotRequired[str]
    locale: str
    time_zone: str


class DeviceColumns(TypedDict):
    """What is stored of an installation: its address, and the keys of a web-push subscription."""

    platform: str
    push_provider: str
    notification_permission: str
    app_version: str
    os_version: str | None
    locale: str
    time_zone: str
    address: str
    p256dh: str | None
    auth: str | None


class LeaveTimes(TypedDict):
    """Who is away from when until when, and who covers."""

    account_id: UUID
    cover_id: UUID
    starts_at: datetime
    ends_at: datetime
