"""Who looks at a patient's answers and when, in the patient's own words and hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.clinics.hours import Hours
from tracker.protocols.wording import describe_clock, describe_moment, describe_near
from tracker.safety.contact import Watch


def watch_at(hours: Hours, here: ZoneInfo, now: datetime, locale: str) -> Watch | None:
    """Say until when somebody looks, or when the next time; None for a clinic that has no hours at all."""
    closes = hours.open_until(now)
    if closes is not None:
        return Watch(closes=describe_clock(closes, here, locale))
    opens = hours.next_opening(now)
    return Watch(opens=describe_moment(opens, here, now, locale)) if opens else None


def reply_by(hours: Hours, minutes: int, here: ZoneInfo, now: datetime, locale: str) -> str | None:
    """Say by when so many monitored minutes have passed; None for a clinic that has no hours at all."""
    due = hours.add_clinic_minutes(now, minutes)
    return describe_near(due, here, now, locale) if due else None
