"""Whether one more answer would decide: the second question after a session follows all that was said after it."""

from uuid import UUID

from tracker.alerts import service as alerts
from tracker.alerts.assessments import SORENESS_FAMILY
from tracker.alerts.facts.session_answers import JudgedAnswers
from tracker.alerts.rules.facts import answers_since
from tracker.alerts.rules.second_answers import needs_second_answer
from tracker.alerts.vocabulary import UNFINISHED
from tracker.delivery.vocabulary import Reason
from tracker.reminders import second_answers
from tracker.reminders.second_answers import WantedAnswer


def follow(
    answers: JudgedAnswers,
    evidence: alerts.Evidence,
    *,
    may_be_asking: bool = True,
    has_alerts: bool = True,
) -> None:
    """Plan, keep or withdraw the second question after a session; asks no database when there is no need."""
    assert evidence.session_id is not None, "scores are told of a session"
    wanted = _find_wanted(answers)
    if wanted is not None and has_alerts and _is_told(evidence):
        wanted = None
    if wanted is None and not may_be_asking:
        return
    second_answers.follow(
        evidence.session_id, evidence.patient, wanted, _reason(answers, evidence), evidence.now
    )


def _find_wanted(answers: JudgedAnswers) -> WantedAnswer | None:
    limits = answers.session.published.rule_set.thresholds
    found = needs_second_answer(answers.said.soreness, answers.facts, limits, answers.soreness_found)
    newest = _find_newest(answers)
    return WantedAnswer(newest, found.earliest, found.latest) if found and newest else None


def _find_newest(answers: JudgedAnswers) -> UUID | None:
    since = answers_since(answers.facts, answers.said.soreness)
    return UUID(since[-1].check_in_id) if since and since[-1].check_in_id else None


def _is_told(evidence: alerts.Evidence) -> bool:
    """Say whether the therapist knows already: an alert about soreness waits for them or is in their hands."""
    alert = alerts.find_latest(evidence, SORENESS_FAMILY)
    return alert is not None and alert.status in UNFINISHED


def _reason(answers: JudgedAnswers, evidence: alerts.Evidence) -> Reason:
    """Say why an earlier question is not needed: it has its answer, or the one it rested on was changed."""
    return Reason.ANSWERED if _find_newest(answers) == evidence.check_in_id else Reason.SETTLED
