"""Whether one more answer would decide: the re-check of a session follows all that was said after it."""

from uuid import UUID

from tracker.alerts import service as alerts
from tracker.alerts.assessments import SORENESS_FAMILY
from tracker.alerts.rule_set import RuleSet
from tracker.alerts.rules.facts import answers_since
from tracker.alerts.rules.rechecks import needs_recheck
from tracker.alerts.vocabulary import UNFINISHED
from tracker.recovery.courses import Told
from tracker.reminders import recheck_prompts
from tracker.reminders.recheck_prompts import Wanted
from tracker.reminders.rules import Reason


def follow(
    told: Told,
    evidence: alerts.Evidence,
    rule_set: RuleSet,
    *,
    may_be_asking: bool = True,
    has_alerts: bool = True,
) -> None:
    """Plan, keep or withdraw the re-check of a session; asks no database when there is none and none is needed."""
    assert evidence.session_id is not None, "scores are told of a session"
    wanted = _find_wanted(told, rule_set)
    if wanted is not None and has_alerts and _is_told(evidence):
        wanted = None
    if wanted is None and not may_be_asking:
        return
    recheck_prompts.follow(
        evidence.session_id, evidence.patient, wanted, _reason(told, evidence), evidence.now
    )


def _find_wanted(told: Told, rule_set: RuleSet) -> Wanted | None:
    found = needs_recheck(told.soreness, told.facts, rule_set.thresholds)
    newest = _find_newest(told)
    return Wanted(newest, found.earliest, found.latest) if found and newest else None


def _find_newest(told: Told) -> UUID | None:
    since = answers_since(told.facts, told.soreness)
    return UUID(since[-1].check_in_id) if since and since[-1].check_in_id else None


def _is_told(evidence: alerts.Evidence) -> bool:
    """Say whether the therapist knows already: an alert about soreness waits for them or is in their hands."""
    alert = alerts.find_latest(evidence, SORENESS_FAMILY)
    return alert is not None and alert.status in UNFINISHED


def _reason(told: Told, evidence: alerts.Evidence) -> Reason:
    """Say why an earlier question is not needed: it has its answer, or the one it rested on was changed."""
    return Reason.ANSWERED if _find_newest(told) == evidence.check_in_id else Reason.SETTLED
