"""Figures beside the goal they have to reach, printed as one small table."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, and whether it is what was asked for."""

    what: str
    seen: float
    goal: str = ""
    met: bool = True


def exactly(what: str, seen: float, wanted: float) -> Figure:
    return Figure(what, seen, f"= {wanted:,}", seen == wanted)


def at_most(what: str, seen: float, most: float) -> Figure:
    return Figure(what, seen, f"<= {most:,}", seen <= most)


def at_least(what: str, seen: float, least: float) -> Figure:
    return Figure(what, seen, f">= {least:,}", seen >= least)


def table(title: str, figures: Sequence[Figure]) -> str:
    """Return the figures as text, one line each."""
    width = max(len(figure.what) for figure in figures)
    lines = [title]
    for figure in figures:
        judged = f"  {figure.goal:<12}{'met' if figure.met else 'MISSED'}" if figure.goal else ""
        lines.append(f"  {figure.what:<{width}}{_number(figure.seen):>10}{judged}".rstrip())
    return "\n".join(lines)


def publish(title: str, figures: Sequence[Figure], findings: Sequence[str] = ()) -> bool:
    """Print the table and the first findings behind a missed figure; say whether every figure is met."""
    lines = [table(title, figures), *(f"    {line}" for line in findings[:20])]
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()
    return all(figure.met for figure in figures)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
