"""What commands about rules print: alerts as data, figures in lines for the eye."""

from collections.abc import Iterable

from tracker.replay.comparison import Comparison
from tracker.replay.recorded_json import write_time
from tracker.replay.replay import ReplayedAlert
from tracker.replay.summary import Summary


def lines_of(summary: Summary) -> Iterable[str]:
    """Give the figures of a replay, one row for each kind of course."""
    data = summary.as_data()
    yield f"{data['sessions']} sessions with truth, {data['patient_days']:.0f} patient-days, {data['alerts']} alerts"
    yield f"specificity {_show(data['specificity'])}, precision {_show(data['precision'])}"
    false, share = data["false_alerts_per_100_patient_days"], data["alerts_per_check_in"]
    yield f"false alerts per 100 patient-days {_show(false)}, alerts per check-in {_show(share)}"
    yield f"{'':24}{'sessions':>9}{'sensitivity':>13}{'if logged':>11}{'median h':>10}{'p90 h':>8}"
    for name, found in {"all": data["actionable"], "serious": data["serious"], **data["by_kind"]}.items():
        shares = (found["sensitivity"], found["sensitivity_when_logged_in_time"])
        delays = (found["delay_hours_median"], found["delay_hours_p90"])
        cells = [_show(value) for value in (*shares, *delays)]
        yield f"{name:24}{found['sessions']:>9}{cells[0]:>13}{cells[1]:>11}{cells[2]:>10}{cells[3]:>8}"


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def sentences_of(comparison: Comparison, days: int) -> Iterable[str]:
    """Say what would change for a clinic, and what that leaves out."""
    yield comparison.sentence(days)
    yield "Counted are the rules about soreness and stiffness; nothing changes what a red flag or a request raises."


def data_of(alert: ReplayedAlert) -> dict[str, str]:
    """Return an alert as one JSON object."""
    finding = alert.finding
    return {
        "session": alert.session_id,
        "rule": finding.rule.value,
        "severity": finding.severity.value,
        "raised_at": write_time(alert.raised_at),
        "reason": finding.reason,
    }
