"""Several sessions of one patient, played from one due moment to the next with the pure rules alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.local_time.quiet import QuietHours, next_allowed
from tracker.local_time.windows import elapsed
from tracker.protocols.catalog import STANDARD_AFTERCARE, AnsweredBy, Condition, Step
from tracker.reminders.rules import due
from tracker.reminders.rules.prompts import PlannedPrompt, plan_prompts
from tracker.reminders.rules.spacing import Neighbour

HOUR = timedelta(hours=1)
AT_LEAST = timedelta(hours=5, minutes=45)  # six hours, less what a hand-over may be late
AFTER_ITS_CHECK = timedelta(hours=2, minutes=45)


@dataclass(slots=True, eq=False)
class Row:
    """A prompt as the dispatch table would hold it."""

    id: UUID
    session: int
    planned: PlannedPrompt
    next_at: datetime
    ended: bool = False
    in_flight: bool = False
    accepted_at: datetime | None = None
    merged_into: UUID | None = None

    @property
    def step(self) -> Step:
        return STANDARD_AFTERCARE.get_step(self.planned.step_key)

    @property
    def check(self) -> tuple[int, str]:
        return self.session, self.planned.step_key

    def asks_at(self, moment: datetime) -> bool:
        return self.planned.not_before <= moment < self.planned.not_after


@dataclass(slots=True)
class Course:
    """The sessions, what the patient answers and when, and all that was sent."""

    zone: ZoneInfo
    quiet: QuietHours
    ends: Sequence[datetime]
    regions: Sequence[frozenset[str]]
    answers: Sequence[tuple[int, datetime, int]]  # session, when, soreness
    order: Random
    rows: list[Row] = field(default_factory=list)
    sent: list[Row] = field(default_factory=list)

    def play(self) -> None:
        """Let a worker look at all that is due at each moment at which something is, in any order."""
        while moments := [row.next_at for row in self.rows if not row.ended] + self._ends_ahead():
            now = min(moments)
            self._record_sessions(now)
            waiting = [row for row in self.rows if not row.ended and row.next_at <= now]
            self.order.shuffle(waiting)
            for row in waiting:
                self._look(row, now)
            for row in self.sent:
                row.in_flight = False

    def is_answered(self, row: Row, now: datetime) -> bool:
        """Say whether its check had been answered by then; an answer counts inside the window."""
        needed = {AnsweredBy.SORENESS_AND_RED_FLAGS, AnsweredBy.RED_FLAGS}
        moments = [at for session, at, _ in self.answers if session == row.session and at <= now]
        return row.step.answered_by in needed and any(map(row.asks_at, moments))

    def plan(self, session: int) -> tuple[PlannedPrompt, ...]:
        """Plan one session, recorded at its end, as if it were the only one."""
        return plan_prompts(
            STANDARD_AFTERCARE,
            ended_at=self.ends[session],
            planned_at=self.ends[session],
            zone=self.zone,
            quiet=self.quiet,
            regions=self.regions[session],
        )

    def _ends_ahead(self) -> list[datetime]:
        recorded = {row.session for row in self.rows}
        return [ended_at for session, ended_at in enumerate(self.ends) if session not in recorded]

    def _record_sessions(self, now: datetime) -> None:
        for session in [one for one, ended_at in enumerate(self.ends) if ended_at == now]:
            for prompt in self.plan(session):
                if prompt.due_at:
                    self.rows.append(Row(UUID(int=len(self.rows)), session, prompt, prompt.due_at))

    def _look(self, row: Row, now: datetime) -> None:
        match due.decide(self._facts(row, now), now):
            case due.Send():
                row.ended, row.accepted_at = True, now
                row.in_flight = self.order.random() < 0.3  # its acceptance is written after the others' turn
                self.sent.append(row)
            case due.Defer(until):
                assert until > now, "a prompt that waits does not spin"
                row.next_at = until
            case due.Merge(into):
                row.ended, row.merged_into = True, into
            case _:
                row.ended = True

    def _facts(self, row: Row, now: datetime) -> due.PromptFacts:
        exempt = row.step.quiet_exempt_minutes
        return due.PromptFacts(
            step=row.step,
            occurrence=row.planned.occurrence,
            not_before=row.planned.not_before,
            not_after=row.planned.not_after,
            quiet=self.quiet,
            zone=self.zone,
            answers=self._answers(row.session, now),
            exempt_until=elapsed(row.planned.nominal_at, exempt) if exempt else None,
            task_completed=self.is_answered(row, now),
            repeats_after=self._find_repeated(row) if row.step.is_repeat(row.planned.occurrence) else None,
            shown_since=max(row.planned.not_before, self.ends[row.session]),
            neighbours=tuple(self._neighbours(row, now)),
        )

    def _answers(self, session: int, now: datetime) -> due.Answers:
        given = [(at, soreness) for one, at, soreness in self.answers if one == session and at <= now]
        ended_at = self.ends[session]
        at_24h = [soreness for at, soreness in given if 20 * HOUR <= at - ended_at < 36 * HOUR]
        return due.Answers(
            ended_at=ended_at,
            baseline=2,
            soreness_at_24h=at_24h[-1] if at_24h else None,
            last_soreness=given[-1][1] if given else None,
            last_at=given[-1][0] if given else None,
            chest_region="neck" in self.regions[session],
        )

    def _find_repeated(self, row: Row) -> datetime | None:
        (main,) = (one for one in self.rows if one.check == row.check and one.planned.occurrence == 0)
        asked_at = main.accepted_at or self._accepted_at(main.merged_into)
        return asked_at or (None if main.ended else main.next_at)

    def _accepted_at(self, row_id: UUID | None) -> datetime | None:
        return self.rows[row_id.int].accepted_at if row_id else None

    def _neighbours(self, row: Row, now: datetime) -> Iterator[Neighbour]:
        asked_it = {one.merged_into for one in self.rows if one.check == row.check}
        for other in self.rows:
            counts = other.accepted_at or not (other.ended or self.is_answered(other, now))
            own = other.check == row.check or other.id in asked_it
            if counts and not own and other.step.takes_part_in_spacing:
                yield self._neighbour(other, now)

    def _neighbour(self, other: Row, now: datetime) -> Neighbour:
        wanted = other.step.only_if is Condition.ALWAYS or due.is_wanted(
            other.step.only_if, self._answers(other.session, now)
        )
        return Neighbour(
            id=other.id,
            importance=other.step.importance_of(other.planned.occurrence),
            next_at=now + timedelta(minutes=1) if other.in_flight else other.next_at,
            accepted_at=None if other.in_flight else other.accepted_at,
            in_flight=other.in_flight,
            wanted=wanted,
        )


def assert_apart(course: Course) -> None:
    """Hold that messages keep six hours apart but where the table of the care flow says otherwise."""
    spaced = [row for row in course.sent if row.step.takes_part_in_spacing]
    for first, second in combinations(spaced, 2):
        assert first.accepted_at
        assert second.accepted_at
        apart = second.accepted_at - first.accepted_at
        if is_main_of_48h(second):
            asked_both = is_main_of_48h(first) and second.asks_at(first.accepted_at)
            assert apart >= AT_LEAST or not asked_both or not apart  # the first was still in flight
        elif asked(first, second, course):
            assert apart >= AFTER_ITS_CHECK
        else:
            assert apart >= AT_LEAST, (first, second)


def assert_every_48h_check_asked(course: Course) -> None:
    """Hold that every 48 h check is asked in its window, unless answered or quiet throughout."""
    for session, ended_at in enumerate(course.ends):
        opens, closes = ended_at + 44 * HOUR, ended_at + 60 * HOUR
        answered = any(one == session and opens <= at < closes for one, at, _ in course.answers)
        if next_allowed(opens, course.quiet, course.zone) < closes and not answered:
            (row,) = (row for row in course.rows if row.session == session and is_main_of_48h(row))
            asked_at = [one.accepted_at for one in course.sent if one.id in (row.id, row.merged_into)]
            assert [at for at in asked_at if at and opens <= at < closes]


def assert_nothing_at_a_wrong_hour(course: Course) -> None:
    """Hold that nothing leaves in quiet hours or outside its window."""
    for row in course.sent:
        assert row.accepted_at
        assert row.asks_at(row.accepted_at)
        exempt = (
            row.planned.step_key == "aftercare_card" and row.accepted_at - row.planned.nominal_at < HOUR / 2
        )
        assert exempt or next_allowed(row.accepted_at, course.quiet, course.zone) == row.accepted_at


def assert_merged_was_asked(course: Course) -> None:
    """Hold that what is merged was asked by a message that left."""
    for row in course.rows:
        if row.merged_into:
            (asking,) = (other for other in course.sent if other.id == row.merged_into)
            assert asking.accepted_at
            assert row.asks_at(asking.accepted_at)
            assert asking.step.importance_of(asking.planned.occurrence) <= row.step.importance_of(
                row.planned.occurrence
            )


def is_main_of_48h(row: Row) -> bool:
    """Say whether it is the first prompt of a 48 h check."""
    return row.check[1] == "check_48h" and row.planned.occurrence == 0


def asked(first: Row, second: Row, course: Course) -> bool:
    """Say whether the second is the repeat of a check that the first asked."""
    return first.check == second.check or any(
        row.check == second.check and row.merged_into == first.id for row in course.rows
    )
