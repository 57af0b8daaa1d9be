"""Alerts about scores follow what was said after a session, and so does the question for a second answer."""

from datetime import datetime

from tracker.alerts import assessments, missed_checks
from tracker.alerts.facts.followed_session import followed
from tracker.alerts.facts.session_answers import judge_again
from tracker.alerts.rules.families import SCORE_FAMILIES
from tracker.alerts.service import Evidence
from tracker.people.patients import PatientFacts
from tracker.recovery.consequences import second_answers
from tracker.recovery.consequences.reading import AssessedCheckIn
from tracker.sessions.models import TreatmentSession


def follow_scores(assessed: AssessedCheckIn, evidence: Evidence) -> None:
    """Let the alerts about scores and silence follow a check-in; asks for none that cannot have changed."""
    answers, context = assessed.answers, assessed.context
    if answers is None:
        return
    rule_set = answers.session.published.rule_set
    for family in SCORE_FAMILIES:
        found = answers.found.get(family.key)
        if found is not None and (found.finding is not None or context.has_alerts):
            assessments.reassess(family, answers.said, evidence, rule_set, found)
    if assessed.soreness is not None:
        second_answers.follow(
            answers, evidence, may_be_asking=context.is_asking_again, has_alerts=context.has_alerts
        )
    if context.has_alerts and assessed.answers_checks:
        missed_checks.note_answered(answers.facts, evidence)


def look_again(session: TreatmentSession, patient: PatientFacts, now: datetime) -> None:
    """Let the alerts about the scores of a session follow all that stands now."""
    answers, evidence = judge_again(patient.id, followed(session)), Evidence(patient, session.id, now)
    for family in SCORE_FAMILIES:
        rule_set = answers.session.published.rule_set
        assessments.reassess(family, answers.said, evidence, rule_set, answers.found[family.key])
    second_answers.follow(answers, evidence)
