"""The last question before a prompt is handed over: send it now, later, or not at all."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours, next_allowed
from tracker.local_time.windows import elapsed
from tracker.protocols.catalog import CHECK_48H, HEARD_SINCE, SPACING, Condition, Step
from tracker.protocols.soreness import is_above_baseline, is_settled
from tracker.reminders.rules import spacing
from tracker.reminders.rules.spacing import Neighbour

# Minutes. A prompt handed over late by its retries (15 min apart at most: reliability, section 2.2) must not
# swallow the one planned 6 h after it.
HAND_OVER_SLACK = 15
LOOK_AGAIN = 1  # minutes; what this prompt waits for is in another sender's hands


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a session's patient has answered so far: soreness 0-10 of check-ins that answer a check."""

    ended_at: datetime
    baseline: int | None = None
    soreness_at_24h: int | None = None  # the newest answer inside the window of check_24h
    last_soreness: int | None = None
    last_at: datetime | None = None
    chest_region: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFacts:
    """What a prompt's own row, its anchor and its patient tell, whatever else was asked or answered."""

    step: Step
    occurrence: int
    not_before: datetime
    not_after: datetime
    quiet: QuietHours
    zone: ZoneInfo
    exempt_until: datetime | None = None  # quiet hours do not hold it before this instant
    session_stands: bool = True  # neither cancelled nor moved since this prompt was planned
    consent_given: bool = True
    patient_active: bool = True
    routine_paused: bool = False  # the patient wants no routine prompts for now
    opted_in: bool = False  # the patient has this step switched on
    task_completed: bool = False  # a repeat shares the task of its check
    snoozed: bool = False  # the patient chose its moment

    @property
    def is_repeat(self) -> bool:
        """Say whether this is the automatic repeat of a check."""
        return self.step.is_repeat(self.occurrence) and not self.snoozed


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFacts(StandingFacts):
    """All that decides about one prompt at the moment of its hand-over."""

    answers: Answers
    repeats_after: datetime | None = None  # when the check that this one repeats was or will be asked
    shown_since: datetime | None = (
        None  # when the patient's page began to show its question; None: not_before
    )
    neighbours: tuple[Neighbour, ...] = ()  # the patient's, but no card and nothing that asked its own check

    @classmethod
    def of(
        cls,
        standing: StandingFacts,
        answers: Answers,
        *,
        repeats_after: datetime | None = None,
        shown_since: datetime | None = None,
        neighbours: tuple[Neighbour, ...] = (),
    ) -> "PromptFacts":
        """Return what is known of a prompt with what was asked and answered beside it."""
        known = {field.name: getattr(standing, field.name) for field in fields(standing)}
        return cls(
            **known,
            answers=answers,
            repeats_after=repeats_after,
            shown_since=shown_since,
            neighbours=neighbours,
        )

    @property
    def importance(self) -> int:
        """Return its importance; the lower number wins."""
        return self.step.importance_of(self.occurrence)

    @property
    def apart(self) -> int:
        """Return the minutes that two prompts are apart; who chose the moment gets the message then."""
        return HAND_OVER_SLACK if self.snoozed else SPACING - HAND_OVER_SLACK

    @property
    def is_never_dropped(self) -> bool:
        """Say whether spacing may not suppress it: the main prompt of check_48h (care flow, section 1)."""
        return self.step.key == CHECK_48H.key and self.occurrence == 0


@dataclass(frozen=True, slots=True)
class Send:
    """Hand it over now."""


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never hand it over, for this reason."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Defer:
    """Ask again at that UTC instant."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Merge:
    """Never hand it over: that prompt, which the patient has got, asked its question too."""

    into: UUID


@dataclass(frozen=True, slots=True)
class Expire:
    """Never hand it over: its window has closed."""


Decision = Send | Suppress | Defer | Merge | Expire


def decide(facts: PromptFacts, now: datetime) -> Decision:
    """Decide about one prompt now; what may still change is asked last, when nothing else holds it back."""
    if now >= facts.not_after:
        return Expire()
    if reason := _find_final_obstacle(facts):
        return Suppress(reason)
    if now < facts.not_before:
        return Defer(facts.not_before, Reason.NOT_OPEN)
    if held := _hold_repeat(facts, now):
        return held
    if held := _hold_in_quiet_hours(facts, now):
        return held if isinstance(held, Defer) else _merge(facts, now) or held
    if _is_paused(facts):
        return Suppress(Reason.PAUSED_BY_PATIENT)
    if not is_wanted(facts.step.only_if, facts.answers):
        return Suppress(Reason.SETTLED)
    return _keep_apart(facts, now) or Send()


def find_end(facts: StandingFacts, now: datetime) -> Reason | None:
    """Return why a prompt ends whatever else is found out about it, or None where `decide` has to be asked.

    It says only what `decide` would say of the same prompt at the same moment.
    """
    if now >= facts.not_after:
        return None
    if reason := _find_final_obstacle(facts):
        return reason
    may_wait = now < facts.not_before or facts.is_repeat or _hold_in_quiet_hours(facts, now) is not None
    return Reason.PAUSED_BY_PATIENT if _is_paused(facts) and not may_wait else None


def is_wanted(condition: Condition, answers: Answers) -> bool:
    """Say whether the answers so far meet the condition of a step (care flow, section 1)."""
    last, baseline = answers.last_soreness, answers.baseline
    match condition:
        case Condition.NEEDS_SECOND_LOOK:
            at_24h = answers.soreness_at_24h
            return answers.chest_region or at_24h is None or is_above_baseline(at_24h, baseline)
        case Condition.NOT_SETTLED_OR_SILENT:
            return _is_silent(answers) or last is None or not is_settled(last, baseline)
        case Condition.NOT_SETTLED:
            return last is not None and not is_settled(last, baseline)
        case _:
            return True


def is_routine(step: Step) -> bool:
    """Say whether a patient may pause a step: whoever wants no more questions still gets the 48 h check."""
    return step.key != CHECK_48H.key


def _is_silent(answers: Answers) -> bool:
    return answers.last_at is None or answers.last_at < elapsed(answers.ended_at, HEARD_SINCE)


def _is_paused(facts: StandingFacts) -> bool:
    return facts.routine_paused and is_routine(facts.step)


def _find_final_obstacle(facts: StandingFacts) -> Reason | None:
    if not facts.session_stands:
        return Reason.CANCELLED
    if not facts.consent_given:
        return Reason.CONSENT_WITHDRAWN
    if not facts.patient_active:
        return Reason.PATIENT_INACTIVE
    if facts.step.only_if is Condition.PATIENT_OPTED_IN and not facts.opted_in:
        return Reason.NOT_ASKED_FOR
    if facts.task_completed:
        return Reason.ANSWERED
    return None


def _hold_repeat(facts: PromptFacts, now: datetime) -> Suppress | Defer | None:
    """Keep a repeat its full distance behind a check that was asked later than planned."""
    if facts.repeats_after is None or facts.step.repeat_minutes is None or facts.snoozed:
        return None
    wanted_at = elapsed(facts.repeats_after, facts.step.repeat_minutes)
    if now >= elapsed(wanted_at, -HAND_OVER_SLACK):
        return None
    return Defer(wanted_at, Reason.NOT_OPEN) if wanted_at < facts.not_after else Suppress(Reason.SPACING)


def _hold_in_quiet_hours(facts: StandingFacts, now: datetime) -> Suppress | Defer | None:
    if facts.exempt_until and now < facts.exempt_until:
        return None
    allowed_at = next_allowed(now, facts.quiet, facts.zone)
    if allowed_at == now:
        return None
    if allowed_at >= facts.not_after or facts.is_repeat:
        return Suppress(Reason.QUIET_NO_WINDOW)
    return Defer(allowed_at, Reason.DEFERRED_QUIET)


def _keep_apart(facts: PromptFacts, now: datetime) -> Merge | Defer | Suppress | None:
    """Let one prompt ask for all that come closer than 6 h; what is less important waits for it, or its turn."""
    if not facts.step.takes_part_in_spacing:
        return None
    if merged := _merge(facts, now):
        return merged
    near, importance = facts.neighbours, facts.importance
    if facts.is_never_dropped:
        near = tuple(other for other in near if other.in_flight and other.importance <= importance)
    moments = list(spacing.list_moments(near, importance, apart=facts.apart, now=now))
    turns = [turn for moment in moments if (turn := _find_turn(facts, moment, now))]
    if turns:
        return Defer(min(turns), Reason.SPACING)
    return Suppress(Reason.SPACING) if moments and not facts.is_never_dropped else None


def _merge(facts: PromptFacts, now: datetime) -> Merge | None:
    if not facts.step.takes_part_in_spacing:
        return None
    shown_since = facts.shown_since or facts.not_before
    asking = spacing.find_asking(
        facts.neighbours, facts.importance, shown_since=shown_since, apart=facts.apart, now=now
    )
    return Merge(asking.id) if asking else None


def _find_turn(facts: PromptFacts, moment: datetime, now: datetime) -> datetime | None:
    """Return when a prompt that waits until then may leave, or None if its window leaves it no time."""
    wanted_at = max(moment, elapsed(now, LOOK_AGAIN))
    allowed_at = next_allowed(wanted_at, facts.quiet, facts.zone)
    if allowed_at >= facts.not_after or (facts.is_repeat and allowed_at > wanted_at):
        return None
    return allowed_at
