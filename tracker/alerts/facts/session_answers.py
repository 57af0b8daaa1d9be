"""What was said after one session, as the alert rules take it, and what they find in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tracker.alerts.facts.followed_session import FollowedSession
from tracker.alerts.facts.past_sessions import list_earlier_baselines, list_past
from tracker.alerts.rules.alcohol import alcohol_in_window
from tracker.alerts.rules.baseline import estimate_baseline, steady_baseline
from tracker.alerts.rules.facts import Answer, Replay, SessionAnswers, SessionFacts, Stiffness, hours_between
from tracker.alerts.rules.families import SCORE_FAMILIES
from tracker.alerts.rules.soreness import SORENESS
from tracker.checkins import service as checkins
from tracker.checkins.service import GivenAnswer
from tracker.checkins.vocabulary import Alcohol
from tracker.protocols.expected_course import CoursePosition


@dataclass(frozen=True, slots=True)
class JudgedAnswers:
    """All that was said after a session, and what each family of rules found in it: found once, for all who ask."""

    session: FollowedSession
    said: SessionAnswers
    found: Mapping[str, Replay]  # by family; one that has not looked is absent

    @property
    def facts(self) -> SessionFacts:
        """Return what the rules know of the session, its baseline steadied or estimated."""
        return self.said.facts

    @property
    def soreness_found(self) -> Replay | None:
        """Return what the rules about soreness found, if they have looked."""
        return self.found.get(SORENESS.key)

    def position(self, soreness: int | None, at: datetime) -> CoursePosition | None:
        """Place an answer against what the clinic expects at that time; None: nothing to compare."""
        if soreness is None:
            return None
        hours = hours_between(self.session.ended_at, at)
        return self.session.published.position(soreness, self.facts.baseline_soreness, hours)


def judge(patient_id: UUID, session: FollowedSession, this: GivenAnswer) -> JudgedAnswers:
    """Hold one check-in against all that was said after its session.

    Only the families look that it tells something. `this` is not stored yet, or stands for what is stored of it.
    """
    said = read_session_answers(patient_id, session, this)
    told = _answers(said.facts, [this])
    limits = session.published.rule_set.thresholds
    found = {family.key: family.replay(said, limits) for family in SCORE_FAMILIES if family.scores(told)}
    return JudgedAnswers(session, said, found)


def judge_again(patient_id: UUID, session: FollowedSession) -> JudgedAnswers:
    """Let every family look at all that stands after a session."""
    said = read_session_answers(patient_id, session)
    limits = session.published.rule_set.thresholds
    return JudgedAnswers(
        session, said, {family.key: family.replay(said, limits) for family in SCORE_FAMILIES}
    )


def read_session_answers(
    patient_id: UUID, session: FollowedSession, also: GivenAnswer | None = None
) -> SessionAnswers:
    """Return what was said after a session; `also` is not stored yet, or stands for what is stored of it.

    The baseline is steadied by those of the sessions before; where nobody asked for one, what earlier sessions
    settled at stands for it.
    """
    given = [
        answer
        for answer in checkins.list_answers(session.id)
        if also is None or answer.check_in_id != also.check_in_id
    ]
    if also is not None:
        given.append(also)
    drank = [answer.recorded_at for answer in given if answer.alcohol == Alcohol.YES]
    facts = replace(session.facts, alcohol_at=alcohol_in_window(drank, session.ended_at))
    if facts.baseline_soreness is None:
        estimated = estimate_baseline(
            (past.session.facts, past.answers)
            for past in list_past(patient_id, session.ended_at)
            if past.session.id != session.id
        )
        facts = replace(facts, baseline_soreness=estimated, baseline_estimated=estimated is not None)
    else:
        facts = steady_baseline(facts, list_earlier_baselines(patient_id, session.ended_at))
    return _answers(facts, given)


def _answers(facts: SessionFacts, given: Sequence[GivenAnswer]) -> SessionAnswers:
    soreness = [
        Answer(answer.recorded_at, answer.soreness, answer.stiffness, str(answer.check_in_id))
        for answer in given
        if answer.soreness is not None
    ]
    stiffness = [
        Stiffness(answer.recorded_at, answer.stiffness, str(answer.check_in_id))
        for answer in given
        if answer.stiffness is not None
    ]
    return SessionAnswers(facts, soreness, stiffness)
