"""A rule set run over recorded sessions without a database: the service's own rules and lifecycle, in time order.

Three things are assumed, because a recording does not hold them. Every alert is acknowledged before the
patient's next answer, so that two settled answers close it. The checks of the first two days were handed over,
so that silence counts as missed. What was recorded arrived when it was recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from tracker.alerts.rules import lifecycle
from tracker.alerts.rules.baseline import steady_baseline
from tracker.alerts.rules.facts import Answer, Finding, SessionFacts, Stiffness
from tracker.alerts.rules.lifecycle import ExistingAlert, Transition
from tracker.alerts.rules.missed import CheckFacts, CheckOutcome, assess_after, assess_missed
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags
from tracker.alerts.rules.rule_set import DEFAULT, RuleSet
from tracker.alerts.rules.soreness import assess_soreness
from tracker.alerts.rules.stiffness import assess_stiffness
from tracker.alerts.rules.thresholds import Thresholds
from tracker.alerts.vocabulary import AlertStatus, Rule
from tracker.protocols.catalog import CHEST_REGIONS
from tracker.replay.recorded import RecordedLog, RecordedSession
from tracker.safety import catalogue
from tracker.safety.catalogue import FlagClass

# What stands for the soreness rules, such as a simple limit that they are compared with.
AssessSoreness = Callable[[Sequence[Answer], SessionFacts, Thresholds], Finding | None]


@dataclass(slots=True)
class ReplayedAlert:
    """An alert that a rule set would have raised, and when newer answers gave it a reason again."""

    session_id: str
    finding: Finding
    raised_at: datetime
    renewed_at: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class _Episode:
    """One session on its way through time: its answers so far and the latest alert of each family."""

    session: RecordedSession
    rule_set: RuleSet
    facts: SessionFacts
    assess_soreness: AssessSoreness
    answers: list[Answer] = field(default_factory=list)
    stiffness: list[Stiffness] = field(default_factory=list)
    latest: dict[str, Finding] = field(default_factory=dict)
    alerts: dict[str, ExistingAlert] = field(default_factory=dict)
    shown: dict[str, ReplayedAlert] = field(default_factory=dict)
    raised: list[ReplayedAlert] = field(default_factory=list)

    def remember(self, family: str, finding: Finding | None) -> tuple[Finding | None, bool]:
        """Return the latest finding of a family until now, and whether the newest answer is what it says."""
        if finding is not None:
            self.latest[family] = finding
        latest = self.latest.get(family)
        return latest, finding is not None or latest is None

    def follow(self, transition: Transition, family: str, at: datetime) -> None:
        """Carry out what the lifecycle decided about the one alert of a family."""
        existing = self.alerts.get(family)
        match transition:
            case lifecycle.Raise(finding):
                self.alerts[family] = _existing(finding)
                self.shown[family] = ReplayedAlert(self.session.id, finding, at)
                self.raised.append(self.shown[family])
            case lifecycle.Refresh(finding) | lifecycle.Reopen(finding):
                self.alerts[family] = _existing(finding)
                self.shown[family].renewed_at.append(at)
            case lifecycle.MarkSettling(settling) if existing:
                self.alerts[family] = replace(existing, settling=settling)
            case lifecycle.Resolve() if existing:
                self.alerts[family] = replace(existing, status=AlertStatus.RESOLVED)
            case lifecycle.Withdraw() if existing:
                self.alerts[family] = replace(existing, status=AlertStatus.WITHDRAWN)
            case lifecycle.Nothing():
                pass
            case lifecycle.MarkSettling() | lifecycle.Resolve() | lifecycle.Withdraw():
                raise AssertionError("only an alert that exists can settle or close")
            case _:
                assert_never(transition)


def replay_session(
    session: RecordedSession, rule_set: RuleSet = DEFAULT, assess: AssessSoreness = assess_soreness
) -> list[ReplayedAlert]:
    """Return the alerts a rule set raises in one session, oldest first."""
    episode = _Episode(session, rule_set, facts_of(session), assess)
    for log in sorted(session.logs, key=lambda log: log.at):
        _replay_flags(episode, log)
        if log.at >= session.ended_at:
            _replay_soreness(episode, log)
            _replay_stiffness(episode, log)
    _replay_missed(episode)
    return sorted(episode.raised, key=lambda alert: alert.raised_at)


def facts_of(session: RecordedSession) -> SessionFacts:
    """Return what the rules need of a recorded session."""
    near_lung = bool(CHEST_REGIONS.intersection(session.regions))
    facts = SessionFacts(
        session.ended_at, session.baseline_soreness, near_lung, baseline_stiffness=session.baseline_stiffness
    )
    return steady_baseline(facts, session.earlier_baselines)


def _replay_flags(episode: _Episode, log: RecordedLog) -> None:
    if not log.red_flags:
        return
    unknown = catalogue.has_unknown(log.red_flags)
    ticked = [
        TickedFlag(
            flag.code,
            flag.code.replace("_", " "),
            flag.flag_class is FlagClass.EMERGENCY or (unknown and flag.code == catalogue.UNKNOWN_BECOMES),
        )
        for flag in catalogue.classify(log.red_flags)
    ]
    for finding in assess_red_flags(ticked, log.at, episode.facts.ended_at):
        transition = lifecycle.merge_red_flag(episode.alerts.get(finding.family), finding)
        episode.follow(transition, finding.family, log.at)


def _replay_soreness(episode: _Episode, log: RecordedLog) -> None:
    """Assess the newest answer only: what earlier ones raised is remembered, not found again."""
    if log.soreness is None:
        return
    episode.answers.append(Answer(log.at, log.soreness, log.stiffness))
    finding = episode.assess_soreness(episode.answers, episode.facts, episode.rule_set.thresholds)
    latest, is_newest = episode.remember("soreness", finding)
    existing = episode.alerts.get("soreness")
    transition = lifecycle.merge_soreness(existing, latest, episode.answers, episode.facts, is_newest)
    episode.follow(transition, "soreness", log.at)


def _replay_stiffness(episode: _Episode, log: RecordedLog) -> None:
    if log.stiffness is None or not episode.rule_set.is_on(Rule.STIFFNESS):
        return
    episode.stiffness.append(Stiffness(log.at, log.stiffness))
    finding = assess_stiffness(episode.stiffness, episode.facts, episode.rule_set.thresholds)
    latest, is_newest = episode.remember("stiffness", finding)
    existing = episode.alerts.get("stiffness")
    transition = lifecycle.merge_stiffness(existing, latest, episode.stiffness, episode.facts, is_newest)
    episode.follow(transition, "stiffness", log.at)


def _replay_missed(episode: _Episode) -> None:
    """Look for silence when the service would; a later answer closes the alert, and cannot raise another."""
    facts = episode.facts
    if not episode.rule_set.is_on(Rule.MISSED_CHECKS):
        return
    looked_at = assess_after(facts.ended_at, facts.chest_region)
    if looked_at > facts.ended_at + timedelta(hours=episode.session.follow_hours):
        return
    heard = any(facts.ended_at <= answer.at <= looked_at for answer in episode.answers)
    checks = CheckFacts(CheckOutcome.HANDED_OVER, CheckOutcome.HANDED_OVER, other_answered=heard)
    finding = assess_missed(facts, checks, looked_at)
    episode.follow(lifecycle.merge_missed(None, finding), "missed", looked_at)


def _existing(finding: Finding) -> ExistingAlert:
    soreness = finding.inputs.get("soreness")
    return ExistingAlert(
        AlertStatus.ACKNOWLEDGED,
        finding.rule,
        finding.at,
        soreness if isinstance(soreness, int) else None,
    )
