"""The real worker in a process of its own; only the decision whether a message is wanted is the test's.

Usage: python -m tests.jobs.worker_program wanted|hang SILENCE_SECONDS
"""

import sys
import time
from datetime import datetime

from tests.jobs.due_rows import wanted
from tracker import create_app
from tracker.delivery.models import Dispatch
from tracker.delivery.states import Purpose
from tracker.delivery.verdicts import Verdict
from tracker.jobs import worker


def hang(row: Dispatch, now: datetime) -> Verdict:
    """Never come back."""
    time.sleep(60)
    return wanted(row, now)


if __name__ == "__main__":
    recheck = {"wanted": wanted, "hang": hang}[sys.argv[1]]
    rechecks = {Purpose.ALERT: recheck, Purpose.REMINDER: recheck}
    sys.exit(worker.run(create_app(), recheck=rechecks, silence_seconds=float(sys.argv[2])))
