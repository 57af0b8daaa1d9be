"""How useful a clinic's alerts were, on the wire."""

from datetime import datetime
from typing import TypedDict

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Query, View


class AlertReportQuery(Query):
    """Which period."""

    raised_from = fields.Instant(required=True, about="Alerts raised at this instant or later.")
    raised_to = fields.Instant(required=True, about="Alerts raised before this instant.")


class AlertReportParameters(TypedDict):
    """Which period, as it is read."""

    raised_from: datetime
    raised_to: datetime


class RuleUsefulnessView(View):
    """What became of the alerts of one rule; the share is of those that a person closed."""

    rule = fields.Text(40, required=True, example="persists")
    alert_count = fields.Whole(0, INT32, required=True)
    closed_count = fields.Whole(0, INT32, required=True, about="Closed by a person, with an outcome.")
    led_to_action_share = fields.Number(0, 1, about="Of those closed: more than reassured.")
    median_reply_minutes = fields.Whole(0, INT32, about="To acknowledgement, in monitored time.")
    review = fields.Flag(
        required=True, about="At least 50 were closed, more than 80 % with no action needed."
    )


class TherapistLoadView(View):
    """How many alerts of the period a therapist owns."""

    therapist_id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)
    alert_count = fields.Whole(0, INT32, required=True)
    unfinished_count = fields.Whole(0, INT32, required=True)


class AlertReportView(View):
    """How useful the alerts of a period were; a patient is followed for 7 days after a session."""

    alert_count = fields.Whole(0, INT32, required=True)
    patient_days = fields.Number(0, INT32, required=True)
    alerts_per_100_patient_days = fields.Number(0, INT32, about="Absent where nobody was followed.")
    rules = fields.ListOf(fields.Nested(RuleUsefulnessView), 100, required=True)
    therapists = fields.ListOf(fields.Nested(TherapistLoadView), 1000, required=True)
