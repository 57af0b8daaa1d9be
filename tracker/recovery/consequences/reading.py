"""A check-in as it is read: its moment, its session, and what it means among all that was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker import ids
from tracker.alerts.facts.followed_session import FollowedSession
from tracker.alerts.facts.session_answers import JudgedAnswers, judge
from tracker.checkins.rules import moments
from tracker.checkins.rules.bodies import CheckInAmendment, CheckInBody
from tracker.checkins.rules.moments import CorrectedTime, TimeRefusal, TimeRefused
from tracker.checkins.service import GivenAnswer
from tracker.errors import Fault, Invalid, NotFound, Refused
from tracker.people.patients import PatientFacts
from tracker.protocols.expected_course import CoursePosition
from tracker.recovery.consequences.context import CheckInContext
from tracker.safety import catalogue
from tracker.safety.catalogue import RedFlag
from tracker.sessions.rules.attribution import belongs

_REFUSALS = {
    TimeRefusal.IN_THE_FUTURE: "This moment lies more than 5 minutes ahead of now.",
    TimeRefusal.TOO_OLD: "This moment lies more than 30 days back; tell your therapist instead.",
    TimeRefusal.OUT_OF_RANGE: "This is not a usable moment.",
}


@dataclass(frozen=True, slots=True)
class AssessedCheckIn:
    """One check-in: what was said, when, after which session, and what it means among all that was said."""

    id: UUID
    patient: PatientFacts
    said: CheckInAmendment
    time: CorrectedTime
    context: CheckInContext
    session: FollowedSession | None
    flags: tuple[RedFlag, ...]
    answers: JudgedAnswers | None  # None when no rule about scores looks

    @property
    def soreness(self) -> int | None:
        """Return how sore the area is, 0 to 10, if that was said."""
        return self.said.get("soreness")

    @property
    def answers_checks(self) -> bool:
        """Say whether it answers the checks that were open at its moment."""
        return moments.answers_checks(self.soreness, self.said.get("red_flags"))

    @property
    def course_position(self) -> CoursePosition | None:
        """Place it against what the clinic expects at this time; None: nothing to compare."""
        return self.answers.position(self.soreness, self.time.at) if self.answers else None


def read_check_in(
    patient: PatientFacts, context: CheckInContext, body: CheckInBody, now: datetime
) -> AssessedCheckIn:
    """Read a new check-in; one that ticks a red flag is never refused.

    Raises Refused without consent, NotFound for a session that is nobody's, Invalid for a moment that cannot be.
    """
    ticks = bool(body.get("red_flags"))
    if not patient.consents and not ticks:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    time = _correct_time(body, ticks, now)
    session = _find_session(context, body.get("session_id"), time.at, lenient=ticks)
    return assess_check_in(ids.new_id(), patient, body, time, context, session)


def assess_check_in(
    check_in_id: UUID,
    patient: PatientFacts,
    said: CheckInAmendment,
    time: CorrectedTime,
    context: CheckInContext,
    session: FollowedSession | None,
) -> AssessedCheckIn:
    """Hold one check-in against all that was said after its session; reads nothing when it tells no score."""
    flags = catalogue.classify(said.get("red_flags") or ())
    soreness, stiffness = said.get("soreness"), said.get("stiffness")
    answers = None
    if session and (soreness is not None or stiffness is not None):
        answered = said.get("red_flags") is not None
        this = GivenAnswer(check_in_id, time.at, soreness, stiffness, said.get("alcohol"), answered)
        answers = judge(patient.id, session, this)
    return AssessedCheckIn(check_in_id, patient, said, time, context, session, flags, answers)


def _correct_time(body: CheckInBody, never_refuse: bool, now: datetime) -> CorrectedTime:
    recorded_at, sent_at = body["recorded_at"], body.get("sent_at")
    if never_refuse:
        return moments.clamp_clock(recorded_at, sent_at, now)
    try:
        return moments.correct_clock(recorded_at, sent_at, now)
    except TimeRefused as refused:
        raise Invalid(Fault("#/recorded_at", refused.code.value, _REFUSALS[refused.code])) from refused


def _find_session(
    context: CheckInContext, named: UUID | None, at: datetime, *, lenient: bool
) -> FollowedSession | None:
    session = context.session
    if named is None:
        return session if session and belongs(session.ended_at, at) else None
    if session is not None and session.ended_at <= at:
        return session
    if lenient:
        return None
    if session is None:
        raise NotFound
    raise Invalid(Fault("#/session_id", "before_session", "This moment lies before the session's end."))
