"""Measures the requests, beside the bare minimum on both databases, and the reminders, beside a job for each."""

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import dispatch, dispatch_report, report, requests
from bench.servers import ROOT
from tests.support import postgres

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
RESULT = ROOT / "instance/bench.json"
SUBJECTS = ("http", "dispatch")


def main() -> None:
    """Measure what is asked for, print the tables and write every number to one file."""
    arguments = _arguments()
    load_before = os.getloadavg()[0]
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load_before": load_before,
    }
    tables = []
    postgres.OPTIONS.update(DURABLE)  # the tests do without; a promise kept over a power cut costs time
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(postgres.PostgresServer())
        if "http" in arguments.subjects:
            cases = requests.measure_all(folder, server, quick=arguments.quick)
            result["http"] = report.summarise(cases, load_before)
            tables.append(report.table(result["http"]))
        if "dispatch" in arguments.subjects:
            measured = dispatch.measure(folder, server, quick=arguments.quick)
            result["dispatch"] = dispatch_report.summarise(measured, load_before)
            tables.append(dispatch_report.table(result["dispatch"]))
    print("\n".join(tables))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"All numbers: {RESULT}")
    if result.get("http", {}).get("refused"):
        sys.exit("Some requests were refused, so the numbers are not those of the work that was asked for.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", default=SUBJECTS, metavar="|".join(SUBJECTS), help="default: both"
    )
    parser.add_argument("--quick", action="store_true", help="one short round: a rough idea")
    arguments = parser.parse_args()
    if not set(arguments.subjects) <= set(SUBJECTS):
        parser.error(f"choose from {', '.join(SUBJECTS)}")
    return arguments


if __name__ == "__main__":
    main()
