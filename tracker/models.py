"""All rows of all nouns, imported so that the metadata is complete."""

from tracker.alerts import models as alerts
from tracker.appointments import models as appointments
from tracker.audit import models as audit
from tracker.checkins import models as checkins
from tracker.clinics import models as clinics
from tracker.delivery import models as delivery
from tracker.people import models as people
from tracker.sessions import models as sessions

__all__ = ["alerts", "appointments", "audit", "checkins", "clinics", "delivery", "people", "sessions"]
