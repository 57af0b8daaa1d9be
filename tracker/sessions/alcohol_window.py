"""What a patient reads once they need not leave something alone any more; never in a notification."""

from datetime import datetime, timedelta

from tracker.people.patients import PatientFacts
from tracker.protocols.alcohol import TOLD_FOR, is_alcohol_window_over
from tracker.protocols.catalog import ALCOHOL_AVOIDED_FOR
from tracker.sessions import service as sessions
from tracker.translation import translate

_LOOKED_BACK = timedelta(minutes=ALCOHOL_AVOIDED_FOR + TOLD_FOR)


def tell_alcohol_over(patient: PatientFacts, now: datetime) -> str | None:
    """Return the sentence that the last alcohol window has ended, in the patient's words, or None at other times."""
    recent = sessions.list_recent(patient.id, now - _LOOKED_BACK)
    if not is_alcohol_window_over((session.ended_at for session in recent), now):
        return None
    return translate("The 24 hours without alcohol are over.", patient.locale)
