"""What is measured: one operation on one database, the application beside the bare minimum."""

import itertools
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.load import BODY
from bench.servers import HOST, ROOT, cpu_seconds

WARM_UP_SECONDS = 0.5
LISTED = 30
_runs = itertools.count()


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of load; CPU in seconds, of the server's processes and of the database's."""

    requests: int
    refused: int
    seconds: float
    times: list[float]
    server_cpu: float
    database_cpu: float


@dataclass(slots=True)
class Target:
    """A server on a port, and what was measured of it."""

    port: int
    pid: int
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One operation on one database; ``people`` are access tokens and patient ids."""

    database: str
    method: str
    app: Target
    bare: Target
    people: Sequence[tuple[str, str]]
    database_pid: int | None

    def check(self) -> None:
        """Raise AssertionError unless both servers do what they are measured doing."""
        if self.method == "POST":
            _check_creation(self.bare.port, self.people[0])
            _check_creation(self.app.port, self.people[0])
            status, problem = _call(self.app.port, self.people[0], {"soreness": 11})
            assert (status, problem["code"]) == (422, "validation_failed"), problem
        else:
            listed = [_listed(target.port, self.people[-1]) for target in (self.bare, self.app)]
            assert listed[0] == listed[1], "both list the same check-ins"

    def measure(self, target: Target, seconds: float) -> None:
        """Warm up, then load one of the servers and keep what was counted."""
        self._load(target, WARM_UP_SECONDS)
        server, database = cpu_seconds(target.pid), self._database_cpu()
        counted = self._load(target, seconds)
        spent = cpu_seconds(target.pid) - server, self._database_cpu() - database
        target.samples.append(Sample(**counted, server_cpu=spent[0], database_cpu=spent[1]))

    def _database_cpu(self) -> float:
        return cpu_seconds(self.database_pid) if self.database_pid else 0.0

    def _load(self, target: Target, seconds: float) -> dict[str, Any]:
        run = next(_runs)
        order = {
            "method": self.method,
            "port": target.port,
            "seconds": seconds,
            "run": f"{time.time_ns()}-{run}",
            "begin": run * 397 % len(self.people),  # not always the same patients
            "patients": self.people,
        }
        command = [sys.executable, "-m", "bench.load"]
        done = subprocess.run(
            command, input=json.dumps(order), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        counted: dict[str, Any] = json.loads(done.stdout)
        return counted


def measure(cases: Sequence[Case], seconds: float, number: int) -> None:
    """Measure every case once; which server goes first alternates, so that neither profits from its place."""
    for case in cases:
        targets = (case.bare, case.app)
        for target in targets if number % 2 == 0 else targets[::-1]:
            case.measure(target, seconds)


def _check_creation(port: int, person: tuple[str, str]) -> None:
    status, created = _call(port, person, {})
    assert status == 201, created
    assert created["soreness"] == 2, created
    assert created["red_flags"] == [], created


def _listed(port: int, person: tuple[str, str]) -> list[tuple[str, str]]:
    status, page = _call(port, person)
    assert status == 200, page
    ids = [item["id"].replace("-", "") for item in page["items"]]
    words = [item["advice"]["message"] for item in page["items"]]
    times = [item["recorded_at"] for item in page["items"]]
    assert len(ids) == LISTED, page
    assert times == sorted(times, reverse=True), times
    return list(zip(ids, words, strict=True))


def _call(port: int, person: tuple[str, str], changes: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Send one request, a creation when there are changes to its body; return status and answer."""
    token, patient_id = person
    url = f"http://{HOST}:{port}/v1/check-ins"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if changes is None:
        request = urllib.request.Request(f"{url}?limit={LISTED}&patient_id={patient_id}", headers=headers)
    else:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = json.loads(BODY.format(recorded_at=now, patient_id=patient_id)) | changes
        headers["Idempotency-Key"] = f"check-{time.time_ns()}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
