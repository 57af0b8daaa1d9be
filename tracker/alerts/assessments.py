"""What was said, held against the rules: the alert of each family follows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from tracker.alerts import events
from tracker.alerts import service as alerts
from tracker.alerts.models import Alert
from tracker.alerts.rules.contact_requests import (
    NOTE_FAMILY,
    assess_contact,
    assess_note,
    merge_contact,
    merge_note,
)
from tracker.alerts.rules.course_review import COURSE, TreatedSession, merge_course, review_course
from tracker.alerts.rules.facts import Answer, Finding, Replay, SessionAnswers, SessionFacts, Stiffness
from tracker.alerts.rules.families import FAMILIES, SCORE_FAMILIES
from tracker.alerts.rules.lifecycle import ExistingAlert, Family, ScoreFamily, Transition
from tracker.alerts.rules.missed import MISSED, CheckFacts, assess_missed, merge_missed
from tracker.alerts.rules.red_flags import family_of_item, merge_red_flag
from tracker.alerts.rules.rule_set import DEFAULT, RuleSet
from tracker.alerts.rules.soreness import SORENESS
from tracker.alerts.rules.stiffness import STIFFNESS
from tracker.alerts.service import Evidence, follow
from tracker.alerts.vocabulary import AlertStatus, Rule
from tracker.people.patients import PatientFacts

SORENESS_FAMILY = SORENESS.key
_CARRIED_OVER = frozenset(family.key for family in SCORE_FAMILIES)
_OF_A_SESSION = frozenset(family.key for family in FAMILIES if family.of_session)


def apply_red_flags(findings: Sequence[Finding], evidence: Evidence) -> list[Alert]:
    """Raise or renew one alert per item; every tick notifies."""
    told = [
        follow(finding.family, evidence, partial(merge_red_flag, finding=finding)) for finding in findings
    ]
    return [alert for alert in told if alert is not None]


def reassess(
    family: ScoreFamily,
    said: SessionAnswers,
    evidence: Evidence,
    rule_set: RuleSet = DEFAULT,
    found: Replay | None = None,
) -> Alert | None:
    """Let the one alert of a family follow all that was said after a session; return it when it says something new.

    `found` is what the family's `replay` made of the same answers with the same rules, where that is known.
    """
    if not _allowed(family, rule_set):
        return None
    replay = found or family.replay(said, rule_set.thresholds)
    signed = replace(replay, finding=_signed(replay.finding, rule_set))
    return follow(family.key, evidence, lambda existing: family.merge(existing, signed, said))


def reassess_soreness(
    answers: Sequence[Answer], session: SessionFacts, evidence: Evidence, rule_set: RuleSet = DEFAULT
) -> Alert | None:
    """Replay all answers of a session and let the one soreness alert follow; return it when it is raised now."""
    return reassess(SORENESS, SessionAnswers(session, soreness=answers), evidence, rule_set)


def reassess_stiffness(
    answers: Sequence[Stiffness], session: SessionFacts, evidence: Evidence, rule_set: RuleSet = DEFAULT
) -> Alert | None:
    """Replay how stiff the patient said they were after a session, and let the one stiffness alert follow."""
    return reassess(STIFFNESS, SessionAnswers(session, stiffness=answers), evidence, rule_set)


def reassess_missed(
    session: SessionFacts, checks: CheckFacts, evidence: Evidence, rule_set: RuleSet = DEFAULT
) -> Alert | None:
    """Put a silent patient on the call list, or take the urgency off once they have answered."""
    if not _allowed(MISSED, rule_set):
        return None
    finding = _signed(assess_missed(session, checks, evidence.now), rule_set)
    return follow(MISSED.key, evidence, lambda existing: merge_missed(existing, finding))


def reassess_course(
    course: Sequence[TreatedSession], patient: PatientFacts, now: datetime, rule_set: RuleSet = DEFAULT
) -> Alert | None:
    """Review all sessions of a patient, oldest first, and let the one alert of the course follow."""
    allowed = _allowed(COURSE, rule_set)
    if not allowed:
        return None

    def decide(existing: ExistingAlert | None) -> Transition:
        review = review_course(course, rule_set.thresholds, existing.told if existing else {}, allowed)
        return merge_course(existing, _signed(review.finding, rule_set), bool(review.held))

    return follow(COURSE.key, Evidence(patient, None, now), decide)


def raise_contact_request(
    at: datetime, can_wait: bool, remarks: Mapping[str, str], evidence: Evidence
) -> Alert | None:
    """Tell that the patient asks to be contacted, with their own words; return the alert."""
    finding = assess_contact(at, can_wait, remarks)
    return follow(finding.family, evidence, lambda existing: merge_contact(existing, finding))


def list_note(at: datetime, note: str, evidence: Evidence) -> None:
    """Put the note that came with a check-in on the therapist's work-list; it disturbs nobody."""
    finding = assess_note(at, note)
    follow(finding.family, evidence, lambda existing: merge_note(existing, finding))


def withdraw_note(patient: PatientFacts, check_in_id: UUID, reason: str, now: datetime) -> None:
    """Withdraw, visibly, the note of a check-in that was deleted."""
    for alert in alerts.list_unfinished(patient.id):
        if alert.family == NOTE_FAMILY and alert.check_in_id == check_in_id:
            alerts.close(alert, AlertStatus.WITHDRAWN, reason, now, patient)


def note_taken_back(patient: PatientFacts, codes: Sequence[str], note: str, now: datetime) -> None:
    """Write beside the unfinished alerts of these red flags that the patient took the tick back; they stay."""
    families = {family_of_item(code) for code in codes}
    for alert in alerts.list_unfinished(patient.id) if families else ():
        if alert.family in families:
            alert.version += 1
            events.add(alert, "taken_back", note, now)


def withdraw_for_session(patient: PatientFacts, session_id: UUID, now: datetime) -> None:
    """Withdraw, visibly, what was only true of a session that never happened; red flags stay."""
    for alert in alerts.list_unfinished(patient.id):
        if alert.session_id == session_id and alert.family in _OF_A_SESSION:
            alerts.close(alert, AlertStatus.WITHDRAWN, "The session was entered in error.", now, patient)


def carry_over(patient: PatientFacts, session_id: UUID, now: datetime) -> None:
    """Quieten what earlier sessions left sore or stiff when a new one begins; an acknowledged alert closes."""
    note = "A new session began; the course goes on there."
    for alert in alerts.list_unfinished(patient.id):
        if alert.family not in _CARRIED_OVER or alert.session_id == session_id:
            continue
        if alert.status == AlertStatus.ACKNOWLEDGED:
            alerts.close(alert, AlertStatus.RESOLVED, note, now, patient)
        elif not alert.settling:
            alert.settling = True
            alert.version += 1
            events.add(alert, "settling", note, now)


def _allowed(family: Family, rule_set: RuleSet) -> list[Rule]:
    """Return the rules of a family that a clinic has not switched off."""
    return [declared.rule for declared in family.rules if rule_set.is_on(declared.rule)]


def _signed(finding: Finding | None, rule_set: RuleSet) -> Finding | None:
    """Write the version of the rule set that decided beside what explains a finding."""
    return finding and replace(finding, inputs={**finding.inputs, "rule_set": rule_set.version})
