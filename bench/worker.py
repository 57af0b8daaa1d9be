"""One worker process with a provider that takes its time.

Reads a JSON order on standard input, says that it is ready, begins at the next line and tells what it did.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.apps import settings_of
from tests.jobs.due_rows import EVERY_ROW, RecordingChannel
from tracker import create_app, ids
from tracker.delivery.rules.message import Message, Result
from tracker.delivery.vocabulary import AttemptOutcome
from tracker.jobs.dispatch import run_once

ACCEPTED = Result(AttemptOutcome.ACCEPTED)


def main(order: dict[str, Any]) -> None:
    """Hand over until nothing is due; tell the send keys and the seconds of CPU, and stay until let go."""

    def answer(_: Message) -> Result:
        time.sleep(order["seconds"])
        return ACCEPTED

    settings = settings_of(Path(order["folder"]), order["url"])
    channel, worker_id = RecordingChannel(answer), ids.new_id()
    exits = channel.exits
    with create_app(settings).app_context():
        print("ready", flush=True)
        sys.stdin.readline()
        begun = time.process_time()
        while run_once(settings, worker_id, last_look=EVERY_ROW, exits=exits).claimed:
            pass
        print(json.dumps({"keys": channel.keys, "cpu": time.process_time() - begun}), flush=True)
        sys.stdin.readline()  # the connections' processes are still to be measured


if __name__ == "__main__":
    main(json.loads(sys.stdin.readline()))
