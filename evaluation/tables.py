"""The tables of docs/alerts.md, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from evaluation.contenders import ANY, CURVES, DEFAULT, PRESETS, TRIED, TUNED, WRITTEN
from evaluation.intervals import Interval, Resampled, at_rate, share
from evaluation.trial import Trial
from tracker.replay.summary import Score

RATES = (1.0, 1.5, 2.0, 2.5)
OURS, TUNED_CURVE, WRITTEN_CURVE = "rule set", "48 h and a limit", "as first written"


def contenders_table(trials: Mapping[str, Trial], resampled: Resampled) -> list[str]:
    """Every contender on the same courses."""
    rows = []
    for contender in (*PRESETS, *WRITTEN, *ANY, *TUNED):
        name, whole = contender.name, trials[contender.name].summary.all
        shares = [
            _with_edges(resampled.of_share(name, figure))
            for figure in ("all", "all_in_time", "serious", "serious_in_time")
        ]
        false = _with_edges(resampled.of_share(name, "false"), 2)
        delays = f"{_number(whole.delay(0.5), 1)} ({_number(whole.delay(0.9), 0)})"
        cells = [_number(whole.specificity), _number(whole.precision), false, delays]
        rows.append([name, *shares, *cells, _percent(whole.alerts_per_check_in)])
    head = [
        "rule set",
        "all",
        "all, logged",
        "serious",
        "serious, logged",
        "specificity",
        "precision",
        "false / 100 days",
        "delay h (p90)",
        "alerts / check-in",
    ]
    return _table(head, rows)


def matched_table(resampled: Resampled) -> list[str]:
    """Sensitivity at equal rates of false alerts, and what the rule set is better by."""
    rows = []
    curves = {name: [each.name for each in curve] for name, curve in CURVES.items()}
    for figure, label in (
        ("serious_in_time", "serious, logged"),
        ("serious", "serious"),
        ("all_in_time", "all, logged"),
    ):
        for rate in RATES:
            cells = [_with_edges(resampled.of_curve(curve, figure, rate)) for curve in curves.values()]
            cells += [
                _with_edges(resampled.of_gain(curves[OURS], curves[other], figure, rate), sign="+")
                for other in (TUNED_CURVE, WRITTEN_CURVE)
            ]
            rows.append([f"{rate:.1f}", label, *cells])
    head = ["false / 100 days", "courses", *curves, "better than the limit", "better than first written"]
    return _table(head, rows)


def own_rate_lines(resampled: Resampled) -> list[str]:
    """What the default is better by at its own rate, and which settings make the curves."""
    curves = {name: [each.name for each in curve] for name, curve in CURVES.items()}
    rate = share(resampled.whole[DEFAULT.name], "false")
    gains = [
        f"{_with_edges(resampled.of_gain_at_own_rate(DEFAULT.name, curves[other], figure), sign='+')} {label}"
        for other, label in (
            (TUNED_CURVE, "over the limit"),
            (WRITTEN_CURVE, "over the rules as first written"),
        )
        for figure in ("serious_in_time", "all_in_time")
    ]
    return [
        f"The default itself, at its own rate of {rate:.2f}, logged: serious {gains[0]}, all {gains[1]}; "
        f"serious {gains[2]}, all {gains[3]}.",
        "",
        f"The settings of the rule set, quietest first: {'; '.join(curves[OURS])}. Between two settings a rate is "
        "made by a straight line. What is louder than the default is no preset; a clinic may set it.",
    ]


def kinds_table(trials: Mapping[str, Trial]) -> list[str]:
    """What each kind of course is found by."""
    shown = (DEFAULT.name, WRITTEN[2].name, TUNED[2].name, TUNED[3].name)
    rows = []
    for kind in ("persist", "worsen", "severe", "complication"):
        counted = trials[DEFAULT.name].summary.by_kind.get(kind, Score())
        cells = []
        for name in shown:
            score = trials[name].summary.by_kind.get(kind, Score())
            delay = f"{_number(score.delay(0.5), 1)} h"
            cells.append(f"{_number(score.sensitivity)} / {_number(score.sensitivity_in_time)} / {delay}")
        rows.append([kind, str(counted.actionable), *cells])
    return _table(["kind", "sessions", *shown], rows)


def tried_table(seen: Mapping[str, Trial], held_out: Mapping[str, Trial], tuned: Sequence[str]) -> list[str]:
    """Changes on the seeds they were chosen on and on others, and what a tuned limit finds at their rate."""
    rows = []
    for contender in TRIED:
        row = [contender.name]
        for trials in (seen, held_out):
            trial = trials[contender.name]
            sums = {name: _whole(each) for name, each in trials.items()}
            own = sums[contender.name]
            rate = share(own, "false")
            limit = at_rate(sums, tuned, "serious_in_time", rate)
            gain = None if limit is None else share(own, "serious_in_time") - limit
            row += [
                f"{rate:.2f}",
                _number(share(own, "all_in_time")),
                _number(share(own, "serious_in_time")),
                "-" if gain is None else f"{gain:+.3f}",
            ]
            asked = trial.rechecks / trial.summary.all.sessions
        rows.append([*row, f"{asked:.2f}"])
    columns = ["false", "all", "serious", "over the limit"]
    head = ["rules", *columns, *(f"{each}, held out" for each in columns), "second answers / session"]
    return _table(head, rows)


def worlds_table(worlds: Mapping[str, Mapping[str, Trial]], names: Sequence[str]) -> list[str]:
    """What other assumptions would make of it."""
    rows = []
    for world, trials in worlds.items():
        cells = []
        for name in names:
            own = _whole(trials[name])
            found = f"{_number(share(own, 'all_in_time'))} / {_number(share(own, 'serious_in_time'))}"
            cells.append(f"{found} at {share(own, 'false'):.2f}")
        rows.append([world, *cells])
    return _table(["assumption", *names], rows)


def outreach_line(trial: Trial) -> str:
    """R8 on its own: what calling the silent costs."""
    whole = trial.summary.all
    calls = 100 * whole.routine_alerts / whole.days
    missed = whole.actionable - whole.in_time
    return (
        f"R8, nothing heard by 60 h (30 h near the lung), puts {calls:.2f} calls per 100 patient-days on the list "
        f"for the day and is counted in no table above. {_percent(missed / whole.actionable)} of the sessions that "
        "needed action had nothing logged in time; only a call finds those."
    )


def _whole(trial: Trial) -> tuple[float, ...]:
    return tuple(map(sum, zip(*trial.patients, strict=True)))


def _with_edges(interval: Interval | None, digits: int = 3, sign: str = "") -> str:
    if interval is None:
        return "-"
    low, value, high = interval
    return f"{value:{sign}.{digits}f} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
