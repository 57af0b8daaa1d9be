"""What a patient agrees to and when they want to be left alone, on the wire."""

from marshmallow import ValidationError, validates_schema

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, View
from tracker.people.rules.bodies import ConsentBody, PreferencesBody
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, ConsentKind, ConsentStatus, OptIn, Way


class QuietHoursBody(Body):
    """Between which local times nobody is disturbed; equal times mean no quiet hours."""

    enabled = fields.Flag(required=True)
    starts = fields.LocalTime(required=True, example="21:00")
    ends = fields.LocalTime(required=True, about="On the next day if it is earlier.", example="08:00")


class QuietHoursView(View):
    """Between which local times nobody is disturbed; equal times mean no quiet hours."""

    enabled = fields.Flag(required=True)
    starts = fields.LocalTime(required=True)
    ends = fields.LocalTime(required=True)


class ReminderPreferencesReplace(Body):
    """When reminders rest, which daily ones come, and how; channels and pause stay as they are when absent."""

    quiet_hours = fields.Nested(QuietHoursBody, required=True)
    opted_in = fields.ListOf(
        fields.Vocabulary(OptIn), len(OptIn), required=True, about="Daily prompts the patient wants."
    )
    channels = fields.ListOf(
        fields.Vocabulary(Way),
        len(Way),
        about="How reminders come, the first that works; an empty list switches all off: then none can be sent.",
    )
    routine_paused = fields.Flag(
        about="Nothing routine for now, no announcement either; the 48 h check comes, and what follows an emergency."
    )

    @validates_schema(skip_on_field_errors=True)
    def check_channels(self, values: PreferencesBody, **_marshmallow: object) -> None:
        """Refuse an order that names a way twice."""
        channels = values.get("channels") or []
        if len(set(channels)) < len(channels):
            raise ValidationError("out_of_range|Name each channel once.", "channels")


class ReminderPreferencesView(View):
    """When reminders rest, which daily ones come, and how."""

    quiet_hours = fields.Nested(QuietHoursView, required=True)
    opted_in = fields.ListOf(fields.Vocabulary(OptIn, closed=False), len(OptIn), required=True)
    channels = fields.ListOf(
        fields.Vocabulary(Way, closed=False),
        len(Way),
        required=True,
        about="In the order in which they are tried.",
    )
    routine_paused = fields.Flag(required=True)
    version = fields.Whole(1, INT32, required=True)


class ConsentCreate(Body):
    """What the patient says about one use of their data."""

    kind = fields.Vocabulary(ConsentKind, required=True)
    document_version = fields.Text(
        20,
        required=True,
        about="Version of the document that was shown; to grant, the one in the client configuration.",
        example=CONSENT_DOCUMENT_VERSION,
    )
    status = fields.Vocabulary(ConsentStatus, required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_version(self, values: ConsentBody, **_marshmallow: object) -> None:
        """Refuse to record agreement to a document that nobody can have read."""
        granted = values["status"] is ConsentStatus.GRANTED
        if granted and values["document_version"] != CONSENT_DOCUMENT_VERSION:
            sentence = f"unknown_value|The document to agree to has the version {CONSENT_DOCUMENT_VERSION}."
            raise ValidationError(sentence, "document_version")


class ConsentView(View):
    """What the patient said about one use of their data, and when."""

    id = fields.Identifier(required=True)
    kind = fields.Vocabulary(ConsentKind, closed=False, required=True)
    document_version = fields.Text(20, required=True)
    status = fields.Vocabulary(ConsentStatus, closed=False, required=True)
    recorded_at = fields.Instant(required=True)
    in_flight_count = fields.Whole(
        0, INT32, about="After a withdrawal: messages already on their way, which may still arrive."
    )
