"""Devices on the wire."""

import re
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from marshmallow import ValidationError, validates_schema

from tracker.api import fields
from tracker.api.schemas.common import Body, View
from tracker.people.rules.bodies import DeviceBody
from tracker.people.vocabulary import NotificationPermission, Platform, PushProvider

ADDRESS_LENGTH = 2000
NEEDED = {PushProvider.FCM: "push_token", PushProvider.WEB_PUSH: "subscription"}


class _Plain(fields.Written):
    default_error_messages = {"format": "invalid_format|Must be one word of plain characters."}
    notation = re.compile(r"[!-~]+")


class _Curve(fields.Written):
    default_error_messages = {"format": "invalid_format|Must be a point of P-256, 65 bytes in base64url."}
    notation = re.compile(r"B[A-Za-z0-9_-]{86}=?")  # the first byte is 4: both coordinates are there

    def read(self, value: object) -> str:
        """Return the key if its coordinates name a point: for any other nothing could be encrypted."""
        text = self.text_of(value)
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), urlsafe_b64decode(text.rstrip("=") + "="))
        except ValueError:
            raise self.make_error("format") from None
        return text


class _Secret(fields.Written):
    default_error_messages = {"format": "invalid_format|Must be 16 bytes in base64url."}
    notation = re.compile(r"[A-Za-z0-9_-]{22}(==)?")


class PushSubscriptionBody(Body):
    """A subscription as the browser's push manager gives it."""

    endpoint = _Plain(
        ADDRESS_LENGTH,
        required=True,
        min_length=1,
        bounds={"pattern": f"^{_Plain.notation.pattern}$"},
        about="The https address of a push service that this server admits.",
    )
    p256dh = _Curve(100, required=True, bounds={"pattern": f"^{_Curve.notation.pattern}$"})
    auth = _Secret(40, required=True, bounds={"pattern": f"^{_Secret.notation.pattern}$"})


class DeviceRegistration(Body):
    """One installation of an app, as it is now; sent at every start, and when token or permission change."""

    platform = fields.Vocabulary(Platform, required=True)
    push_provider = fields.Vocabulary(PushProvider, required=True)
    push_token = _Plain(ADDRESS_LENGTH, min_length=1, about="Needed with fcm, and only then.")
    subscription = fields.Nested(PushSubscriptionBody)
    notification_permission = fields.Vocabulary(
        NotificationPermission, required=True, about="Nothing is sent to a device that may not show it."
    )
    app_version = fields.Text(40, min_length=1, required=True, example="1.4.0")
    os_version = fields.Text(40)
    locale = fields.Locale(required=True)
    time_zone = fields.Zone(required=True, about="Where the device is; no reminder moves with it.")

    @validates_schema(skip_on_field_errors=True)
    def check_address(self, values: DeviceBody, **_marshmallow: object) -> None:
        """Ask for the address that the provider needs, and for no other."""
        needed = NEEDED[PushProvider(values["push_provider"])]
        if values.get(needed) is None:
            raise ValidationError({needed: ["required|This is needed with this push_provider."]})
        for other in set(NEEDED.values()) - {needed}:
            if values.get(other) is not None:
                raise ValidationError({other: ["unknown_field|This does not go with this push_provider."]})


class DeviceView(View):
    """One installation of an app; where its notifications go is never shown."""

    installation_id = fields.Text(64, required=True)
    platform = fields.Vocabulary(Platform, closed=False, required=True)
    push_provider = fields.Vocabulary(PushProvider, closed=False, required=True)
    notification_permission = fields.Vocabulary(NotificationPermission, closed=False, required=True)
    app_version = fields.Text(40, required=True)
    os_version = fields.Text(40)
    locale = fields.Locale(required=True)
    time_zone = fields.Zone(required=True)
    time_zone_differs = fields.Flag(
        required=True,
        about="The account has another zone: offer the change, and confirm it with updateMe; nothing moves before.",
    )
    registered_at = fields.Instant(required=True, about="When it came, or came back.")
    last_seen_at = fields.Instant(required=True, about="60 days later it is used no more, until seen again.")
