"""From samples to numbers, and from numbers to one table that says what it is."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench.cases import Case, Target

# Of the bare view's requests per second; there is no goal for reading from SQLite.
GOALS = {("PostgreSQL", "POST"): 0.40, ("PostgreSQL", "GET"): 0.50, ("SQLite", "POST"): 0.30}
QUIET_BELOW = 1.0  # load average; on a busier machine CPU per request says more than requests per second
EXPLANATION = """
bare  a Flask view with one statement: it inserts what was sent, or reads the same 30 rows; no sign-in, no rules.
app   sign-in, validation, alert rules over the session's answers, advice, audit trail, one transaction.
Both are served by granian (1 worker; 4 threads, 2 on SQLite) to 8 kept-alive connections; each commit is flushed.
"""
HEAD = (
    "database    operation      who    req/s  p50 ms  p99 ms  CPU us: server  database  of bare: req/s   CPU"
)


def summarise(cases: Sequence[Case], load_before: float) -> dict[str, Any]:
    """Return every number of the run, judged by the measure that its circumstances allow."""
    quiet = load_before < QUIET_BELOW
    results = []
    for case in cases:
        app, bare = _numbers(case.app), _numbers(case.bare)
        by_rate = app["requests_per_second"] / bare["requests_per_second"]
        by_cpu = _cpu(bare) / _cpu(app)
        goal = GOALS.get((case.database, case.method))
        measured = by_rate if quiet else by_cpu
        results.append(
            {
                "database": case.database,
                "operation": case.method,
                "app": app,
                "bare": bare,
                "of_bare_by_rate": round(by_rate, 3),
                "of_bare_by_cpu": round(by_cpu, 3),
                "goal": goal,
                "measured": round(measured, 3),
                "met": goal is None or measured >= goal,
            }
        )
    refused = sum(result[who]["refused"] for result in results for who in ("bare", "app"))
    judged_by = "req/s" if quiet else "CPU"
    return {"load_before": load_before, "judged_by": judged_by, "refused": refused, "cases": results}


def table(summary: dict[str, Any]) -> str:
    """Return the table that is printed."""
    lines = [EXPLANATION, HEAD]
    lines += [_line(case, who) for case in summary["cases"] for who in ("bare", "app")]
    lines += [
        "",
        f"Of bare, judged by {summary['judged_by']} (load average before: {summary['load_before']:.2f}):",
    ]
    for case in summary["cases"]:
        name = f"  {case['database']:<11}{case['operation']:<6}{case['measured']:.2f}"
        goal = case["goal"]
        verdict = "no goal" if goal is None else f"goal {goal:.2f}: {'met' if case['met'] else 'NOT met'}"
        lines.append(f"{name}  {verdict}")
    lines.append(f"Answers other than 2xx: {summary['refused']}")
    return "\n".join(lines)


def _line(case: dict[str, Any], who: str) -> str:
    numbers = case[who]
    operation = f"{case['operation']} {'30 rows' if case['operation'] == 'GET' else 'one'}"
    line = f"{case['database']:<12}{operation:<15}{who:<5}{numbers['requests_per_second']:>7,.0f}"
    line += f"{numbers['p50_ms']:>8.1f}{numbers['p99_ms']:>8.1f}"
    line += f"{numbers['server_cpu_us']:>16.0f}{numbers['database_cpu_us']:>10.0f}"
    ratios = f"{case['of_bare_by_rate']:>16.2f}{case['of_bare_by_cpu']:>6.2f}"
    return line + (ratios if who == "app" else "")


def _numbers(target: Target) -> dict[str, Any]:
    samples = target.samples
    requests = sum(sample.requests for sample in samples)
    rates = [sample.requests / sample.seconds for sample in samples]
    times = sorted(time for sample in samples for time in sample.times)
    return {
        "requests": requests,
        "refused": sum(sample.refused for sample in samples),
        "requests_per_second": round(median(rates), 1),
        "slowest_round": round(min(rates), 1),
        "fastest_round": round(max(rates), 1),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 2),
        "server_cpu_us": round(sum(sample.server_cpu for sample in samples) / requests * 1e6, 1),
        "database_cpu_us": round(sum(sample.database_cpu for sample in samples) / requests * 1e6, 1),
    }


def _cpu(numbers: dict[str, Any]) -> float:
    return float(numbers["server_cpu_us"] + numbers["database_cpu_us"])
