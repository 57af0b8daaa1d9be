"""When the default protocol asks in a simulation: its own steps and numbers, by the hours of one zone."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.alerts.rules.facts import Answer, SessionFacts, hours_between
from tracker.local_time.quiet import QuietHours
from tracker.local_time.windows import After, OnDay
from tracker.protocols.catalog import (
    CHECK_24H,
    CHECK_48H,
    CHECK_72H,
    CHECK_DAY_7,
    CHEST_CHECK,
    HEARD_SINCE,
    HOUR,
    INFECTION_QUESTION,
    SECOND_LOOK,
    Condition,
    Step,
)
from tracker.protocols.soreness import is_above_baseline, is_settled

# In the order in which they come.
SLOTS: tuple[Step, ...] = (
    CHEST_CHECK,
    CHECK_24H,
    SECOND_LOOK,
    CHECK_48H,
    CHECK_72H,
    INFECTION_QUESTION,
    CHECK_DAY_7,
)
_QUIET = QuietHours()
QUIET_FROM, QUIET_UNTIL = _QUIET.starts.hour, _QUIET.ends.hour


@dataclass(frozen=True, slots=True)
class Day:
    """The hour of the day at which a session ended, and whether it was near the lung."""

    ended_hour: float
    near_lung: bool

    def is_quiet(self, hour: float) -> bool:
        """Whether an hour after the session lies in the night."""
        return not QUIET_UNTIL <= (self.ended_hour + hour) % 24 < QUIET_FROM

    def last_evening(self, hour: float) -> float:
        """Return the beginning of the night that an hour after the session lies in."""
        return hour - (self.ended_hour + hour - QUIET_FROM) % 24

    def next_morning(self, hour: float) -> float:
        """Return the end of the night that an hour after the session lies in."""
        return hour + (QUIET_UNTIL - self.ended_hour - hour) % 24


def place(step: Step, day: Day) -> float | None:
    """Return the hour after the session at which a step's prompt is sent; None when it is never sent."""
    if step is CHEST_CHECK and not day.near_lung:
        return None
    if isinstance(step.prompt, OnDay):
        return step.prompt.day * 24 + step.prompt.at.hour - day.ended_hour
    assert isinstance(step.prompt, After)
    nominal = step.prompt.minutes / HOUR
    if not day.is_quiet(nominal):
        return nominal
    advance = nominal - _hours(step.opens) if step.advance_minutes is None else step.advance_minutes / HOUR
    evening = day.last_evening(nominal)
    return evening if evening >= nominal - advance else day.next_morning(nominal)


def place_second_answer(earliest: float, latest: float, day: Day) -> float:
    """Return the hour of a second question: as late in its span as the night allows, else after the night."""
    if not day.is_quiet(latest):
        return latest
    evening = day.last_evening(latest)
    return evening if evening >= earliest else day.next_morning(latest)


def is_wanted(step: Step, session: SessionFacts, answers: Sequence[Answer]) -> bool:
    """Say whether the answers so far leave a prompt to be sent."""
    baseline = session.baseline_soreness
    last = answers[-1] if answers else None
    match step.only_if:
        case Condition.NEEDS_SECOND_LOOK:
            day_old = [
                each
                for each in answers
                if hours_between(session.ended_at, each.at) >= _hours(CHECK_24H.opens)
            ]
            unclear = not day_old or is_above_baseline(day_old[-1].soreness, baseline)
            return session.chest_region or unclear
        case Condition.NOT_SETTLED_OR_SILENT:
            if last is None or hours_between(session.ended_at, last.at) < HEARD_SINCE / HOUR:
                return True
            return not is_settled(last.soreness, baseline)
        case Condition.NOT_SETTLED:
            return last is not None and not is_settled(last.soreness, baseline)
        case _:
            return True


def _hours(moment: After | OnDay) -> float:
    assert isinstance(moment, After)
    return moment.minutes / HOUR
