"""Figures over many sessions that were held against the truth."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from tracker.replay.scoring import Judged


class WrittenFound(TypedDict):
    """How well what needed action was found, ready for JSON; a share of nothing is None."""

    sessions: int
    sensitivity: float | None
    sensitivity_when_logged_in_time: float | None
    delay_hours_median: float | None
    delay_hours_p90: float | None


class WrittenSummary(TypedDict):
    """All figures, ready for JSON; a share of nothing is None."""

    sessions: int
    patient_days: float
    check_ins: int
    alerts: int
    specificity: float | None
    precision: float | None
    false_alerts_per_100_patient_days: float | None
    alerts_per_check_in: float | None
    routine_alerts_per_100_patient_days: float | None
    actionable: WrittenFound
    serious: WrittenFound
    by_kind: dict[str, WrittenFound]


@dataclass(slots=True)
class Score:
    """Counts over sessions, and the shares they make; a share of nothing is None."""

    sessions: int = 0
    days: float = 0.0
    check_ins: int = 0
    actionable: int = 0
    in_time: int = 0
    caught: int = 0
    quiet: int = 0
    alerted_for_nothing: int = 0
    true_alerts: int = 0
    false_alerts: int = 0
    routine_alerts: int = 0
    delays: list[float] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        """Count one session."""
        self.sessions += 1
        self.days += one.days
        self.check_ins += one.check_ins
        self.true_alerts += one.true_alerts
        self.false_alerts += one.false_alerts
        self.routine_alerts += one.routine_alerts
        if not one.truth.actionable:
            self.quiet += 1
            self.alerted_for_nothing += one.alerts > 0
            return
        self.actionable += 1
        self.in_time += one.in_time
        if one.delay_hours is not None:
            self.caught += 1
            self.delays.append(one.delay_hours)

    @property
    def sensitivity(self) -> float | None:
        """Return the share of sessions that needed action and were caught."""
        return _share(self.caught, self.actionable)

    @property
    def sensitivity_in_time(self) -> float | None:
        """Return the same of sessions in which anything was said in time."""
        return _share(self.caught, self.in_time)

    @property
    def specificity(self) -> float | None:
        """Return the share of sessions that needed nothing and raised nothing."""
        return _share(self.quiet - self.alerted_for_nothing, self.quiet)

    @property
    def precision(self) -> float | None:
        """Return the share of alerts that were true."""
        return _share(self.true_alerts, self.true_alerts + self.false_alerts)

    @property
    def false_per_100_days(self) -> float | None:
        """Return false alerts per 100 patient-days."""
        return _share(100 * self.false_alerts, self.days)

    @property
    def alerts_per_check_in(self) -> float | None:
        """Return alerts raised per check-in."""
        return _share(self.true_alerts + self.false_alerts, self.check_ins)

    def delay(self, quantile: float) -> float | None:
        """Return hours from onset to the alert, at this quantile of the sessions caught; early ones count as 0."""
        ranked = sorted(self.delays)
        return ranked[min(int(quantile * len(ranked)), len(ranked) - 1)] if ranked else None


@dataclass(slots=True)
class Summary:
    """The score of all sessions, of the serious ones and of each kind."""

    all: Score = field(default_factory=Score)
    serious: Score = field(default_factory=Score)
    by_kind: dict[str, Score] = field(default_factory=dict)

    def add(self, one: Judged) -> None:
        """Count one session where it belongs."""
        self.all.add(one)
        if one.truth.actionable:
            self.by_kind.setdefault(one.truth.kind or "unnamed", Score()).add(one)
            if one.truth.serious:
                self.serious.add(one)

    def as_data(self) -> WrittenSummary:
        """Return the figures, rounded, ready for JSON."""
        whole = self.all
        return {
            "sessions": whole.sessions,
            "patient_days": round(whole.days, 1),
            "check_ins": whole.check_ins,
            "alerts": whole.true_alerts + whole.false_alerts,
            "specificity": _round(whole.specificity),
            "precision": _round(whole.precision),
            "false_alerts_per_100_patient_days": _round(whole.false_per_100_days),
            "alerts_per_check_in": _round(whole.alerts_per_check_in),
            "routine_alerts_per_100_patient_days": _round(_share(100 * whole.routine_alerts, whole.days)),
            "actionable": _found(whole),
            "serious": _found(self.serious),
            "by_kind": {kind: _found(score) for kind, score in sorted(self.by_kind.items())},
        }


def summarise(judged: Iterable[Judged]) -> Summary:
    """Count sessions that were held against the truth."""
    summary = Summary()
    for one in judged:
        summary.add(one)
    return summary


def _found(score: Score) -> WrittenFound:
    return {
        "sessions": score.actionable,
        "sensitivity": _round(score.sensitivity),
        "sensitivity_when_logged_in_time": _round(score.sensitivity_in_time),
        "delay_hours_median": _round(score.delay(0.5)),
        "delay_hours_p90": _round(score.delay(0.9)),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
