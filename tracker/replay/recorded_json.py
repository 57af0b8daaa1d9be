"""Recorded sessions as one JSON object per line, and what is wrong with a line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from tracker.replay.recorded import FOLLOW_HOURS, RecordedLog, RecordedSession, Truth


class BadRecord(ValueError):
    """A line that cannot be read; the message names line and field."""


def read_sessions(lines: Iterable[str]) -> Iterator[RecordedSession]:
    """Read sessions line by line, skipping empty lines; raises BadRecord with line and field."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise BadRecord(f"line {number}: not a JSON object ({problem})") from None
        try:
            yield _session(_read(data, ""))
        except BadRecord as problem:
            raise BadRecord(f"line {number}: {problem}") from None


def write_session(session: RecordedSession) -> str:
    """Write a session as one line of JSON that `read_sessions` reads back."""
    data: dict[str, object] = {
        "id": session.id,
        "patient": session.patient,
        "ended_at": write_time(session.ended_at),
        "regions": list(session.regions),
        "baseline_soreness": session.baseline_soreness,
        "baseline_stiffness": session.baseline_stiffness,
        "earlier_baselines": list(session.earlier_baselines) or None,
        "follow_hours": session.follow_hours,
        "logs": [_log_data(log) for log in session.logs],
        "truth": _truth_data(session.truth) if session.truth else None,
    }
    return json.dumps({name: value for name, value in data.items() if value is not None})


def write_time(instant: datetime) -> str:
    """Write an instant as UTC with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one JSON object, each read once and named in full when it is wrong."""

    data: Mapping[str, object]
    place: str

    def get(self, name: str) -> object:
        return self.data.get(name)

    def wrong(self, name: str, need: str) -> BadRecord:
        shown = "is missing" if self.get(name) is None else f"is {json.dumps(self.get(name))[:60]}"
        return BadRecord(f"{self.place}{name}: {shown}, must be {need}")

    def text(self, name: str, *, needed: bool = False) -> str | None:
        value = self.get(name)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "a text")
        return value

    def score(self, name: str) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if not _is_score(value):
            raise self.wrong(name, "a whole number from 0 to 10")
        return value

    def scores(self, name: str) -> tuple[int, ...]:
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(_is_score(each) for each in value):
            raise self.wrong(name, "a list of whole numbers from 0 to 10")
        return tuple(value)

    def time(self, name: str, *, needed: bool = True) -> datetime | None:
        value = self.get(name)
        if value is None and not needed:
            return None
        try:
            instant = datetime.fromisoformat(value) if isinstance(value, str) else None
            if instant is None or instant.tzinfo is None:
                raise ValueError
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(name, "a date and time with an offset, as in 2026-03-02T15:00:00Z") from None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(name, "a list of texts")
        return tuple(value)

    def yes_or_no(self, name: str, default: bool | None = None) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value


def _is_score(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10


def _read(data: object, place: str) -> _Fields:
    if not isinstance(data, Mapping):
        raise BadRecord(f"{place.rstrip('.') or 'line'}: must be an object")
    return _Fields(data, place)


def _session(fields: _Fields) -> RecordedSession:
    logs = fields.get("logs")
    if not isinstance(logs, list):
        raise fields.wrong("logs", "a list")
    ended_at, session_id = fields.time("ended_at"), fields.text("id", needed=True)
    assert ended_at is not None
    assert session_id is not None
    truth = fields.get("truth")
    return RecordedSession(
        id=session_id,
        ended_at=ended_at,
        logs=tuple(_log(_read(log, f"logs[{index}].")) for index, log in enumerate(logs)),
        regions=fields.texts("regions"),
        baseline_soreness=fields.score("baseline_soreness"),
        baseline_stiffness=fields.score("baseline_stiffness"),
        follow_hours=_follow_hours(fields),
        truth=None if truth is None else _truth(_read(truth, "truth."), ended_at),
        patient=fields.text("patient"),
        earlier_baselines=fields.scores("earlier_baselines"),
    )


def _follow_hours(fields: _Fields) -> float:
    value = fields.data.get("follow_hours", FOLLOW_HOURS)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 24 * 366:
        raise fields.wrong("follow_hours", "hours above 0, a year at most")
    return float(value)


def _log(fields: _Fields) -> RecordedLog:
    at = fields.time("recorded_at")
    assert at is not None
    return RecordedLog(at, fields.score("soreness"), fields.score("stiffness"), fields.texts("red_flags"))


def _truth(fields: _Fields, ended_at: datetime) -> Truth:
    actionable = fields.yes_or_no("actionable")
    onset_at = fields.time("onset_at", needed=actionable)
    if onset_at is not None and onset_at < ended_at - timedelta(days=1):
        raise fields.wrong("onset_at", "after the session")
    kind = fields.text("kind")
    # Where a truth does not say: all but soreness that is slow to go is serious.
    serious = fields.yes_or_no("serious", default=actionable and kind != "persist")
    return Truth(actionable, kind, onset_at, serious)


def _log_data(log: RecordedLog) -> dict[str, object]:
    scores = {"soreness": log.soreness, "stiffness": log.stiffness}
    given = {name: score for name, score in scores.items() if score is not None}
    return {"recorded_at": write_time(log.at), **given, "red_flags": list(log.red_flags)}


def _truth_data(truth: Truth) -> dict[str, object]:
    data: dict[str, object] = {"actionable": truth.actionable}
    if truth.actionable:
        data |= {"kind": truth.kind, "serious": truth.serious}
        data |= {"onset_at": write_time(truth.onset_at)} if truth.onset_at else {}
    return data
