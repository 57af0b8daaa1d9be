"""Patients on the wire."""

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import View
from tracker.people.vocabulary import PatientStatus


class PatientView(View):
    """A person in care, as they and their therapist see them."""

    id = fields.Identifier(required=True)
    display_name = fields.Text(200, required=True)
    status = fields.Vocabulary(PatientStatus, closed=False, required=True)
    locale = fields.Locale(required=True)
    time_zone = fields.Zone(required=True, about="Last confirmed by the patient; reminders follow it.")
    therapist_id = fields.Identifier(required=True)
    version = fields.Whole(1, INT32, required=True)
