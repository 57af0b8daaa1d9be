"""From what was measured of the reminders to numbers, and to one table that says what it is."""

from dataclasses import asdict
from typing import Any

from bench.dispatch import BATCHES, Measured
from bench.report import QUIET_BELOW
from bench.speeds import Speed, middle

BESIDE_JOBS_GOAL, AMONG_MANY_GOAL = 10.0, 0.80
EXPLANATION = """
Reminders on PostgreSQL, each commit flushed; all that was handed over was handed over exactly once: checked.
one empty job each   APScheduler with its jobs in the same PostgreSQL; its function does nothing.
one job each         the same; its function reads one message, decides, and ends it with its patient locked.
claim and mark       one sender of the engine: claims so many at once and marks them, their patients too; no more.
claim and end        the same, and what it does besides: claims so many at once, reads, decides, and ends them.
hand over            whole worker processes, 4 senders each, a transaction before and one after each message.
"""


def summarise(measured: Measured, load_before: float) -> dict[str, Any]:
    """Return every number of the run, judged by the measure that its circumstances allow."""
    quiet = load_before < QUIET_BELOW
    empty_jobs, jobs = middle(measured.one_empty_job_each), middle(measured.one_job_each)
    ended = {batch: middle(speeds) for batch, speeds in measured.ended.items()}
    marked = middle(measured.marked)
    most, among = ended[BATCHES[-1]], middle(measured.ended_among_many)
    alone, crowded = measured.handed_over[0, 1], measured.handed_over_among_many
    ratios = [
        (f"claim and mark {BATCHES[-1]}, of one empty job each", marked, empty_jobs, BESIDE_JOBS_GOAL),
        (f"claim and end {BATCHES[-1]}, of one job each", most, jobs, None),
        (f"claim and end {BATCHES[-1]}, of one empty job each", most, empty_jobs, None),
        (f"claim and end {BATCHES[0]}, of one job each", ended[BATCHES[0]], jobs, None),
        ("claim and end among many, of alone", among, most, AMONG_MANY_GOAL),
        ("hand over among many, of alone", crowded, alone, AMONG_MANY_GOAL),
    ]
    return {
        "judged_by": "messages/s" if quiet else "CPU",
        "load_before": load_before,
        "to_come": measured.to_come,
        "one_empty_job_each": asdict(empty_jobs),
        "one_job_each": asdict(jobs),
        "marked": asdict(marked),
        "ended": [{"claimed_at_once": batch, **asdict(speed)} for batch, speed in ended.items()],
        "ended_among_many": asdict(among),
        "handed_over": [
            {"provider_ms": milliseconds, "workers": workers, **asdict(speed)}
            for (milliseconds, workers), speed in measured.handed_over.items()
        ],
        "handed_over_among_many": asdict(crowded),
        "ratios": [_ratio(name, ours, other, goal, quiet) for name, ours, other, goal in ratios],
    }


def table(summary: dict[str, Any]) -> str:
    """Return the table that is printed."""
    lines = [EXPLANATION, f"{'':<44}messages/s    CPU us each"]
    named = [
        ("one empty job each", summary["one_empty_job_each"]),
        ("one job each", summary["one_job_each"]),
        (f"claim and mark, {BATCHES[-1]} at once", summary["marked"]),
        *((f"claim and end, {speed['claimed_at_once']} at once", speed) for speed in summary["ended"]),
        (f"claim and end, the last, {summary['to_come']:,} to come", summary["ended_among_many"]),
    ]
    lines += [_line(name, speed) for name, speed in named]
    for speed in summary["handed_over"]:
        name = f"hand over, provider {speed['provider_ms']} ms, workers {speed['workers']}"
        lines.append(_line(name, speed))
    name = f"hand over, the first, {summary['to_come']:,} to come"
    lines += [_line(name, summary["handed_over_among_many"]), ""]
    lines.append(f"Judged by {summary['judged_by']} (load average before: {summary['load_before']:.2f}):")
    for ratio in summary["ratios"]:
        verdict = "" if ratio["goal"] is None else f"  goal {ratio['goal']:.2f}: " + _verdict(ratio)
        lines.append(f"  {ratio['name']:<46}{ratio['measured']:>8.2f}{verdict}")
    return "\n".join(lines)


def _verdict(ratio: dict[str, Any]) -> str:
    return "met" if ratio["met"] else "NOT met"


def _ratio(name: str, ours: Speed, other: Speed, goal: float | None, quiet: bool) -> dict[str, Any]:
    by_rate, by_cpu = ours.per_second / other.per_second, other.cpu_us / ours.cpu_us
    measured = by_rate if quiet else by_cpu
    return {
        "name": name,
        "by_rate": round(by_rate, 3),
        "by_cpu": round(by_cpu, 3),
        "measured": round(measured, 3),
        "goal": goal,
        "met": goal is None or measured >= goal,
    }


def _line(name: str, speed: dict[str, float]) -> str:
    return f"{name:<44}{speed['per_second']:>10,.0f}{speed['cpu_us']:>15,.0f}"
