"""A session as the alert rules see it: its facts, and the version of the clinic's protocol that it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.alerts.facts.protocol_in_force import Published, published_of
from tracker.alerts.rules.facts import SessionFacts
from tracker.protocols.catalog import Protocol, get_protocol
from tracker.sessions.models import TreatmentSession
from tracker.sessions.rules.areas import reach_the_lung
from tracker.sessions.rules.bodies import BodyArea


@dataclass(frozen=True, slots=True)
class FollowedSession:
    """The columns of a session that rules, advice and the expected course read."""

    id: UUID
    ended_at: datetime
    baseline_soreness: int | None
    baseline_stiffness: int | None
    usual_pain: int | None
    body_areas: Sequence[BodyArea]
    protocol_key: str
    protocol_version: int
    clinic_protocol_id: UUID | None

    @property
    def facts(self) -> SessionFacts:
        """Return what the alert rules need of it."""
        return SessionFacts(
            self.ended_at,
            self.baseline_soreness,
            reach_the_lung(self.body_areas),
            baseline_stiffness=self.baseline_stiffness,
        )

    @property
    def published(self) -> Published:
        """Return what the clinic's version says that it follows."""
        return published_of(self.clinic_protocol_id)

    @property
    def protocol(self) -> Protocol:
        """Return the protocol version that its plan was made from."""
        return get_protocol(self.protocol_key, self.protocol_version)


_NAMES = tuple(FollowedSession.__dataclass_fields__)
# The columns of FollowedSession in their order, for a query that reads more beside them.
COLUMNS = tuple(getattr(TreatmentSession, name) for name in _NAMES)


def followed(session: TreatmentSession) -> FollowedSession:
    """Return a session's row as the rules see it."""
    return FollowedSession(*(getattr(session, name) for name in _NAMES))
