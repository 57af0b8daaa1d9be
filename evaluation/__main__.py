"""Compares the alert rules with simple limits on simulated sessions and writes the tables of docs/alerts.md."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from evaluation import tables
from evaluation.contenders import ANY, CURVES, DEFAULT, PRESETS, TRIED, TUNED, WRITTEN, Contender
from evaluation.intervals import Resampled
from evaluation.red_flags import emergency_codes, silent_items
from evaluation.trial import Plan, run_all
from tracker.replay.simulation.parameters import Parameters

PAGE = Path(__file__).resolve().parents[1] / "docs" / "alerts.md"
BEGIN, END = "<!-- made by make evaluate: begin -->", "<!-- made by make evaluate: end -->"

SEEDS = (101, 102, 103, 104, 105)  # no rule was chosen on these
SEEN_SEEDS = (1, 2)
WORLDS = {
    "as in the tables": {},
    "no usual pain in the answer": {"leakage": 0.0},
    "60 % of the usual pain in the answer": {"leakage": 0.6},
    "noise 0.6 instead of 1.1 points": {"noise": 0.6},
    "noise 1.6": {"noise": 1.6},
    "10 % of prompts missed instead of 26 %": {"missed": 0.1},
    "50 % missed": {"missed": 0.5},
    "complications in 0.1 % instead of 1 %": {"complication": 0.001},
    "twice as many that do not settle": {"unsettled": 0.04},
}
NO_RENEWALS = "only the raising of an alert counts, not its new reasons"
WORLD_CONTENDERS = (DEFAULT, WRITTEN[2], TUNED[2], TUNED[3])


def main() -> None:
    """Run everything, print it, and put it between the marks of the page."""
    options = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    options.add_argument("--sessions", type=int, default=10_000, help="of each of five seeds")
    options.add_argument("--print-only", action="store_true", help="leave docs/alerts.md as it is")
    given = options.parse_args()
    text = "\n".join(evaluate(given.sessions))
    print(text)
    if not given.print_only:
        PAGE.write_text(put_between(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


def evaluate(sessions: int, seeds: Sequence[int] = SEEDS, replicates: int = 200) -> list[str]:
    """Give the generated part of the page; the same arguments give the same bytes."""
    return [
        *compare(Plan(seeds, sessions), replicates),
        *try_changes(Plan(SEEN_SEEDS, sessions), Plan(seeds[: len(SEEN_SEEDS)], sessions)),
        *change_assumptions(Plan(seeds[:1], sessions)),
    ]


def compare(plan: Plan, replicates: int) -> list[str]:
    """All contenders on the same courses, at equal rates, and by kind."""
    trials = run_all(_unique((*PRESETS, *WRITTEN, *ANY, *TUNED, *chain(*CURVES.values()))), plan)
    resampled = Resampled(trials, replicates=replicates)
    default = trials[DEFAULT.name]
    whole, codes, silent = default.summary.all, len(emergency_codes()), len(silent_items())
    return [
        f"{whole.sessions:,} sessions of {len(default.patients):,} patients on {len(plan.seeds)} seeds, "
        f"{whole.days:,.0f} patient-days, {whole.check_ins:,} check-ins; {whole.actionable:,} sessions "
        f"({100 * whole.actionable / whole.sessions:.1f} %) needed action, "
        f"{default.summary.serious.actionable:,} of them serious.",
        "",
        "### All on the same courses",
        "",
        *tables.contenders_table(trials, resampled),
        "",
        tables.outreach_line(default),
        "",
        f"Emergency items that alert at every hour, score and preset tried: {codes - silent} of {codes}.",
        "",
        "### At equal rates of false alerts",
        "",
        *tables.matched_table(resampled),
        "",
        *tables.own_rate_lines(resampled),
        "",
        "### By kind of course",
        "",
        "Sensitivity / of those who logged in time / median delay.",
        "",
        *tables.kinds_table(trials),
    ]


def try_changes(seen: Plan, held_out: Plan) -> list[str]:
    """Changes of the rules on the seeds they were chosen on, and on others."""
    known, new = (run_all((*TRIED, *TUNED), plan) for plan in (seen, held_out))
    return [
        "",
        "### What was tried",
        "",
        f"{seen.sessions * len(seen.seeds):,} sessions on seeds the rules were chosen on, as many held out. All "
        "figures are of courses with a log in time.",
        "",
        *tables.tried_table(known, new, [each.name for each in TUNED]),
    ]


def change_assumptions(plan: Plan) -> list[str]:
    """The default and its rivals where the simulator assumes something else."""
    worlds = {
        name: run_all(WORLD_CONTENDERS, replace(plan, parameters=replace(Parameters(), **changes)))
        for name, changes in WORLDS.items()
    }
    worlds[NO_RENEWALS] = run_all(WORLD_CONTENDERS, replace(plan, renewals=False))
    return [
        "",
        "### Under other assumptions",
        "",
        f"All / serious, of those who logged in time, at false alerts per 100 patient-days; {plan.sessions:,} "
        "sessions each.",
        "",
        *tables.worlds_table(worlds, [each.name for each in WORLD_CONTENDERS]),
    ]


def put_between(page: str, text: str) -> str:
    """Replace what stands between the marks; ValueError where there are none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the figures")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _unique(contenders: Sequence[Contender]) -> list[Contender]:
    return list({each.name: each for each in contenders}.values())


if __name__ == "__main__":
    main()
