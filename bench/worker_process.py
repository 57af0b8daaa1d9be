"""A worker process as its parent sees it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import IO, Any, Self

from bench.servers import ROOT


class WorkerProcess:
    """Ready to begin once it is entered; ends when it is left."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._order = order

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell(json.dumps(self._order))
        ready = self._pipe(self._process.stdout).readline()
        assert ready == "ready\n", ready
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def begin(self) -> None:
        """Let it begin."""
        self._tell("begin")

    def read(self) -> dict[str, Any]:
        """Wait until nothing is left to do and return what it did."""
        answer: dict[str, Any] = json.loads(self._pipe(self._process.stdout).readline())
        return answer

    def _tell(self, line: str) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(f"{line}\n")
        pipe.flush()

    @staticmethod
    def _pipe(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream
