"""Sessions by somebody whose licence had ended, as it is known now."""

from collections.abc import Sequence
from uuid import UUID

from tracker.people import staff
from tracker.people.rules.cover import has_expired
from tracker.sessions.models import TreatmentSession


def list_unlicensed(treated: Sequence[TreatmentSession]) -> frozenset[UUID]:
    """Return which of these sessions ended after the licence of their therapist, as it is known now."""
    licences = staff.find_licences({session.therapist_id for session in treated})
    return frozenset(
        session.id
        for session in treated
        if has_expired(licences[session.therapist_id][0], session.ended_at, licences[session.therapist_id][1])
    )
