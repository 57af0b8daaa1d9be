"""The prompts a protocol implies for one session: which, when, and why there."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours, last_allowed, next_allowed
from tracker.local_time.windows import FirstAt, Window, elapsed, find_first_at, instant_of
from tracker.protocols.catalog import Condition, OnQuiet, Protocol, Step
from tracker.protocols.tasks import step_window
from tracker.reminders.rules.spacing import find_free_moment, is_clear_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPrompt:
    """One prompt in UTC instants; `due_at` is None when planning already suppressed it.

    `due_at` follows quiet hours and zone. The rest never moves once planned, unless the prompt follows the local
    calendar and the patient confirms another zone.
    """

    step_key: str
    occurrence: int
    nominal_at: datetime
    due_at: datetime | None
    not_before: datetime
    not_after: datetime
    reason: Reason
    priority: int


def plan_prompts(
    protocol: Protocol,
    *,
    ended_at: datetime,
    planned_at: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    regions: Set[str],
    opted_in: Set[str] = frozenset(),
) -> tuple[PlannedPrompt, ...]:
    """Plan, in order of time, what still lies ahead of a session that ended then, conditional or not."""
    mains: list[PlannedPrompt] = []
    repeats: list[PlannedPrompt] = []
    for step in protocol.steps_after(regions, opted_in):
        for main in _plan_step(step, ended_at, planned_at, zone, quiet):
            mains.append(main)
            repeats += _plan_repeat(step, main, planned_at, zone, quiet)
    prompts = _keep_apart(mains, repeats, protocol, _Day(planned_at, zone, quiet))
    return tuple(sorted(prompts, key=lambda prompt: (prompt.due_at or prompt.nominal_at, prompt.priority)))


def plan_appointment_prompt(
    protocol: Protocol, *, starts_at: datetime, planned_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> PlannedPrompt | None:
    """Plan the prompt before an appointment that starts then, or None if the protocol has none left."""
    steps = (step for step in protocol.steps if step.only_if is Condition.APPOINTMENT_EXISTS)
    prompts = (prompt for step in steps for prompt in _plan_step(step, starts_at, planned_at, zone, quiet))
    return next(prompts, None)


def plan_anew(
    step: Step, occurrence: int, *, anchor: datetime, zone: ZoneInfo, quiet: QuietHours, now: datetime
) -> PlannedPrompt | None:
    """Plan one main prompt in another zone, alone; None if its window is over there or holds no such hour."""
    prompts = (
        prompt for prompt in _plan_step(step, anchor, now, zone, quiet) if prompt.occurrence == occurrence
    )
    prompt = next(prompts, None)
    if prompt is None or prompt.reason is not Reason.LATE_RECORDING:
        return prompt
    return replace(prompt, reason=Reason.ON_TIME)  # nothing was recorded late


def redefer(
    step: Step,
    *,
    nominal_at: datetime,
    not_before: datetime,
    not_after: datetime,
    zone: ZoneInfo,
    quiet: QuietHours,
    now: datetime,
    occurrence: int = 0,
) -> tuple[datetime | None, Reason]:
    """Say when a prompt is due under these quiet hours, from now on, or that it is not, and why."""
    earliest = max(nominal_at, now)
    if earliest >= not_after:
        return None, Reason.EXPIRED
    if earliest < elapsed(nominal_at, step.quiet_exempt_minutes):
        return earliest, Reason.ON_TIME
    after = next_allowed(earliest, quiet, zone)
    if after == earliest:
        return earliest, Reason.ON_TIME
    if step.is_repeat(occurrence):
        return None, Reason.QUIET_NO_WINDOW  # one message was enough to wake up to
    before = last_allowed(earliest, quiet, zone)
    advances = before >= max(not_before, now) and _is_near(before, nominal_at, step.advance_minutes)
    defers = after < not_after and _is_near(after, nominal_at, step.defer_minutes)
    if advances and (step.on_quiet is OnQuiet.ADVANCE or not defers):
        return before, Reason.MOVED_BEFORE_QUIET
    if defers:
        return after, Reason.DEFERRED_QUIET
    return None, Reason.QUIET_NO_WINDOW


def _is_near(instant: datetime, nominal_at: datetime, minutes: int | None) -> bool:
    return minutes is None or abs(instant - nominal_at) <= timedelta(minutes=minutes)


def _plan_step(
    step: Step, anchor: datetime, planned_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Iterator[PlannedPrompt]:
    """Plan a step's main prompts, one for each of its days whose window is still open."""
    for occurrence, days_later in enumerate(step.days):
        window = step_window(step, anchor, zone, days_later=days_later)
        nominal_at = _nominal_instant(step, anchor, planned_at, zone, days_later)
        if nominal_at is None or window.closes <= planned_at:
            continue
        due_at, reason = redefer(
            step,
            nominal_at=nominal_at,
            not_before=window.opens,
            not_after=window.closes,
            zone=zone,
            quiet=quiet,
            now=planned_at,
        )
        if due_at and planned_at > elapsed(nominal_at, step.quiet_exempt_minutes):
            reason = Reason.LATE_RECORDING
        yield PlannedPrompt(
            step_key=step.key,
            occurrence=occurrence,
            nominal_at=nominal_at,
            due_at=due_at,
            not_before=window.opens,
            not_after=window.closes,
            reason=reason,
            priority=step.importance,
        )


def _nominal_instant(
    step: Step, anchor: datetime, planned_at: datetime, zone: ZoneInfo, days_later: int
) -> datetime | None:
    if step.prompt is None:
        return None
    if isinstance(step.prompt, FirstAt):
        return find_first_at(step.prompt, anchor, zone, now=planned_at)
    return instant_of(step.prompt, anchor, zone, days_later=days_later)


def _plan_repeat(
    step: Step, main: PlannedPrompt, planned_at: datetime, zone: ZoneInfo, quiet: QuietHours
) -> Iterator[PlannedPrompt]:
    """Plan the one repeat of a check, if it fits into the window; what quiet hours leave no time is held."""
    if step.repeat_minutes is None:
        return
    repeat = replace(main, occurrence=1, priority=step.importance_of(1))
    due_at = elapsed(main.due_at, step.repeat_minutes) if main.due_at else None
    if due_at and due_at < main.not_after and next_allowed(due_at, quiet, zone) == due_at:
        yield replace(repeat, nominal_at=due_at, due_at=due_at, reason=Reason.ON_TIME)
        return
    # Where other quiet hours would let it go, it waits for them.
    nominal_at = elapsed(max(main.nominal_at, planned_at), step.repeat_minutes)
    if nominal_at < main.not_after:
        yield replace(repeat, nominal_at=nominal_at, due_at=None, reason=Reason.QUIET_NO_WINDOW)


def _keep_apart(
    mains: list[PlannedPrompt], repeats: list[PlannedPrompt], protocol: Protocol, day: "_Day"
) -> Iterator[PlannedPrompt]:
    """Suppress the less important of two prompts that stand closer than 6 h, unless its whole day is open to it."""
    kept: list[PlannedPrompt] = []
    dropped: set[str] = set()
    for prompt in sorted(mains + repeats, key=lambda prompt: prompt.priority):
        is_repeat = prompt in repeats
        own_check = [other for other in kept if is_repeat and other.step_key == prompt.step_key]
        if is_repeat and prompt.step_key in dropped:
            continue  # there is nothing to repeat
        step = protocol.get_step(prompt.step_key)
        if prompt.due_at is None or not step.takes_part_in_spacing:
            yield prompt
            continue
        others = [other for other in kept if other not in own_check]
        placed = prompt if is_clear_of(prompt.due_at, _moments(others)) else None
        if placed is None and step.only_if is Condition.PATIENT_OPTED_IN:
            placed = _place_anew(prompt, others, protocol, day)
        if placed is not None:
            kept.append(placed)
        else:
            dropped.add(prompt.step_key)
        yield placed or replace(prompt, due_at=None, reason=Reason.SPACING)


def _place_anew(
    prompt: PlannedPrompt, others: list[PlannedPrompt], protocol: Protocol, day: "_Day"
) -> PlannedPrompt | None:
    """Move a daily prompt to another minute of its day, clear of all others or else of those that are certain."""
    certain = [other for other in others if _is_certain(other, protocol)]
    window = Window(max(prompt.not_before, day.planned_at), prompt.not_after)
    for near in (others, certain):
        at = find_free_moment(prompt.nominal_at, window, _moments(near), day.quiet, day.zone)
        if at is not None:
            return replace(prompt, nominal_at=at, due_at=at, reason=Reason.MOVED_FOR_SPACING)
    return None


def _is_certain(prompt: PlannedPrompt, protocol: Protocol) -> bool:
    """Say whether a prompt leaves whatever the patient answers before it."""
    step = protocol.get_step(prompt.step_key)
    wanted = step.only_if in (Condition.ALWAYS, Condition.PATIENT_OPTED_IN)
    return wanted and not step.is_repeat(prompt.occurrence)


def _moments(prompts: list[PlannedPrompt]) -> list[datetime]:
    return [prompt.due_at for prompt in prompts if prompt.due_at]


@dataclass(frozen=True, slots=True)
class _Day:
    """From when on and around which hours a prompt may be placed."""

    planned_at: datetime
    zone: ZoneInfo
    quiet: QuietHours
