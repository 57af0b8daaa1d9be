"""A rule set run over recorded sessions without a database: the service's own rules and lifecycle, in time order.

Three things are assumed, because a recording does not hold them. Every alert is acknowledged before the
patient's next answer, so that two settled answers close it. The checks of the first two days were handed over,
so that silence counts as missed. What was recorded arrived when it was recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from tracker.alerts.rules import lifecycle
from tracker.alerts.rules.baseline import steady_baseline
from tracker.alerts.rules.facts import (
    Answer,
    Finding,
    Replay,
    SessionAnswers,
    SessionFacts,
    Stiffness,
    score_of,
)
from tracker.alerts.rules.families import SCORE_FAMILIES
from tracker.alerts.rules.lifecycle import ExistingAlert, ScoreFamily, Transition
from tracker.alerts.rules.missed import (
    MISSED,
    CheckFacts,
    CheckOutcome,
    assess_after,
    assess_missed,
    merge_missed,
)
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags, merge_red_flag
from tracker.alerts.rules.rule_set import DEFAULT, RuleSet
from tracker.alerts.vocabulary import AlertStatus, Rule
from tracker.replay.recorded import RecordedLog, RecordedSession
from tracker.safety import catalogue
from tracker.safety.catalogue import CHEST_REGIONS, FlagClass

# What one piece of evidence does to the latest alert of a family, as in the service.
Decide = Callable[[ExistingAlert | None], Transition]


@dataclass(slots=True)
class ReplayedAlert:
    """An alert that a rule set would have raised, and when newer answers gave it a reason again."""

    session_id: str
    finding: Finding
    raised_at: datetime
    renewed_at: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class _Episode:
    """One session on its way through time: what was said so far and the latest alert of each family."""

    session: RecordedSession
    rule_set: RuleSet
    facts: SessionFacts
    soreness: list[Answer] = field(default_factory=list)
    stiffness: list[Stiffness] = field(default_factory=list)
    latest: dict[str, Finding] = field(default_factory=dict)
    alerts: dict[str, ExistingAlert] = field(default_factory=dict)
    shown: dict[str, ReplayedAlert] = field(default_factory=dict)
    raised: list[ReplayedAlert] = field(default_factory=list)

    @property
    def said(self) -> SessionAnswers:
        """Return what was said after the session until now."""
        return SessionAnswers(self.facts, self.soreness, self.stiffness)

    def replay(self, family: ScoreFamily, said: SessionAnswers) -> Replay:
        """Assess the newest answer only: what earlier ones raised is remembered, not found again."""
        finding = family.assess(said, self.rule_set.thresholds)
        if finding is not None:
            self.latest[family.key] = finding
        latest = self.latest.get(family.key)
        return Replay(latest, is_newest=finding is not None or latest is None)

    def follow(self, family: str, decide: Decide, at: datetime) -> None:
        """Carry out what is decided about the one alert of a family."""
        existing = self.alerts.get(family)
        transition = decide(existing)
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
    session: RecordedSession,
    rule_set: RuleSet = DEFAULT,
    families: Sequence[ScoreFamily] = SCORE_FAMILIES,
) -> list[ReplayedAlert]:
    """Return the alerts a rule set raises in one session, oldest first."""
    episode = _Episode(session, rule_set, facts_of(session))
    on = [family for family in families if any(rule_set.is_on(each.rule) for each in family.rules)]
    for log in sorted(session.logs, key=lambda log: log.at):
        for family, decide in _decisions(episode, log, on):
            episode.follow(family, decide, log.at)
    for family, decide in _silence(episode):
        episode.follow(family, decide, assess_after(session.ended_at, episode.facts.chest_region))
    return sorted(episode.raised, key=lambda alert: alert.raised_at)


def facts_of(session: RecordedSession) -> SessionFacts:
    """Return what the rules need of a recorded session."""
    near_lung = bool(CHEST_REGIONS.intersection(session.regions))
    facts = SessionFacts(
        session.ended_at, session.baseline_soreness, near_lung, baseline_stiffness=session.baseline_stiffness
    )
    return steady_baseline(facts, session.earlier_baselines)


def _decisions(
    episode: _Episode, log: RecordedLog, families: Sequence[ScoreFamily]
) -> Iterator[tuple[str, Decide]]:
    """Say what one log does to which alert: warning signs at any time, scores from the session's end on."""
    for finding in assess_red_flags(_ticked(log.red_flags), log.at, episode.facts.ended_at):
        yield finding.family, partial(merge_red_flag, finding=finding)
    if log.at < episode.session.ended_at:
        return
    before = [len(family.scores(episode.said)) for family in families]
    if log.soreness is not None:
        episode.soreness.append(Answer(log.at, log.soreness, log.stiffness))
    if log.stiffness is not None:
        episode.stiffness.append(Stiffness(log.at, log.stiffness))
    said = episode.said
    for family, count in zip(families, before, strict=True):
        if len(family.scores(said)) > count:
            yield family.key, _merging(family, episode.replay(family, said), said)


def _merging(family: ScoreFamily, found: Replay, said: SessionAnswers) -> Decide:
    return lambda existing: family.merge(existing, found, said)


def _ticked(codes: Sequence[str]) -> list[TickedFlag]:
    unknown = catalogue.has_unknown(codes)
    return [
        TickedFlag(
            flag.code,
            flag.code.replace("_", " "),
            flag.flag_class is FlagClass.EMERGENCY or (unknown and flag.code == catalogue.UNKNOWN_BECOMES),
        )
        for flag in catalogue.classify(codes)
    ]


def _silence(episode: _Episode) -> Iterator[tuple[str, Decide]]:
    """Look for silence when the service would; a later answer closes the alert, and cannot raise another."""
    facts = episode.facts
    looked_at = assess_after(facts.ended_at, facts.chest_region)
    too_early = looked_at > facts.ended_at + timedelta(hours=episode.session.follow_hours)
    if too_early or not episode.rule_set.is_on(Rule.MISSED_CHECKS):
        return
    heard = any(facts.ended_at <= answer.at <= looked_at for answer in episode.soreness)
    checks = CheckFacts(CheckOutcome.HANDED_OVER, CheckOutcome.HANDED_OVER, other_answered=heard)
    yield MISSED.key, partial(merge_missed, finding=assess_missed(facts, checks, looked_at))


def _existing(finding: Finding) -> ExistingAlert:
    return ExistingAlert(AlertStatus.ACKNOWLEDGED, finding.rule, finding.at, score_of(finding.inputs))
