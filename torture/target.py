"""One long run on both databases: what a make target starts, and how its end is told to make."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from torture.figures import Figure, publish
from torture.stage import DATABASES, Stage, stage

# What is broken on purpose would be logged thousands of times.
LOGS_OF_FAILURES = ("tracker.jobs.dispatch", "tracker.api", "mail.log", "sqlalchemy.pool")


@dataclass(slots=True)
class Report:
    """What one run measured, and the rows behind what went wrong."""

    figures: list[Figure] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def add(self, *figures: Figure, findings: Iterable[str] = ()) -> None:
        self.figures += figures
        self.findings += findings

    @property
    def missed(self) -> list[str]:
        """Every figure that is not met, and what stands behind it; empty when all is well."""
        short = [f"{figure.what}: {figure.seen} ({figure.goal})" for figure in self.figures if not figure.met]
        return short + self.findings if short else []


def on_each(title: str, *parts: Callable[[Stage], Report], databases: Iterable[str] = DATABASES) -> int:
    """Play every part on a new database of each kind, print the figures, and return the exit status."""
    quieten()
    met = True
    for database in databases:
        report = Report()
        for part in parts:
            with stage(database) as place:
                one = part(place)
            report.add(*one.figures, findings=one.findings)
        met &= publish(f"{title}, {database}", report.figures, report.missed and report.findings)
    return 0 if met else 1


def quieten() -> None:
    """Keep the logs of failures that are made on purpose out of the figures."""
    for name in LOGS_OF_FAILURES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
