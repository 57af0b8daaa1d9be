"""What care asks of a patient after a session, and when: named, versioned protocols as data.

Every number stands here once. Elapsed times are minutes after the session's end; local times are wall
times in the patient's zone. Where no other source is named, the source is the table of the care flow,
section 1.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from tracker.local_time.windows import After, FirstAt, OnDay

MINUTE = 1
HOUR = 60 * MINUTE

SPACING = 6 * HOUR  # two prompts closer than this become one
OVERDUE_AFTER = 3 * HOUR  # an unanswered check is overdue from here: the hour of its repeat
HEARD_SINCE = 44 * HOUR  # an answer from here on is news about the second day: where check_48h opens
REPEAT_IMPORTANCE = 5  # below every check that is certain, above what is only advice
ALCOHOL_AVOIDED_FOR = 24 * HOUR
OPT_IN_DAYS = (1, 2)  # local days after the session's; soreness lasts 24-48 h (clinic's articles)

MIDNIGHT = time(0)

# Needling here can reach the lung (pneumothorax: clinical basis, section 4).
CHEST_REGIONS = frozenset({"neck", "shoulder", "upper_back", "ribs"})


class TaskKind(StrEnum):
    """What a step is about."""

    CARD = "card"
    SORENESS_CHECK = "soreness_check"
    RED_FLAG_CHECK = "red_flag_check"
    ALCOHOL_AVOIDANCE = "alcohol_avoidance"
    ACTIVITY_RESTRICTION = "activity_restriction"
    HYDRATION = "hydration"
    STRETCHING = "stretching"
    FOLLOW_UP = "follow_up"


class Clock(StrEnum):
    """Whether a step's prompt follows elapsed hours or the patient's calendar."""

    ELAPSED = "elapsed"
    LOCAL = "local"


class Condition(StrEnum):
    """What must be true, at the moment of sending, for a prompt to be wanted."""

    ALWAYS = "always"
    NEEDS_SECOND_LOOK = "needs_second_look"  # no 24 h answer, or above baseline + 1, or a chest region
    NOT_SETTLED_OR_SILENT = "not_settled_or_silent"  # the last answer is not settled, or none since +44 h
    NOT_SETTLED = "not_settled"  # there is an answer, and the last one is not settled
    PATIENT_OPTED_IN = "patient_opted_in"
    APPOINTMENT_EXISTS = "appointment_exists"  # the anchor is the appointment's start, not a session's end


class OnQuiet(StrEnum):
    """Where a prompt that falls into quiet hours goes, if it fits there; else it goes the other way."""

    DEFER = "defer"  # to the end of the quiet hours
    ADVANCE = "advance"  # to the last minute before them


class AnsweredBy(StrEnum):
    """What completes a step."""

    SORENESS_AND_RED_FLAGS = "soreness_and_red_flags"  # a check-in with both; "none of these" is an answer
    RED_FLAGS = "red_flags"  # a check-in that answers the red-flag question
    PATIENT = "patient"  # the patient ticks it off
    NOTHING = "nothing"  # its window passes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a protocol asks: its window, its prompt, and when the prompt is wanted.

    A prompt is never handed over at or after `closes`. `importance` decides between prompts that stand too
    close: the lower number wins.
    """

    key: str
    kind: TaskKind
    opens: After | OnDay
    closes: After | OnDay
    prompt: After | OnDay | FirstAt | None = None
    importance: int = 0
    only_if: Condition = Condition.ALWAYS
    regions: frozenset[str] = frozenset()  # only after one of these was needled; empty: after any
    not_after_regions: frozenset[str] = frozenset()  # left out after one of these: others ask enough
    days: tuple[int, ...] = (0,)  # once for each, its local days moved by so many
    answered_by: AnsweredBy = AnsweredBy.NOTHING
    repeat_minutes: int | None = None  # one more prompt so long after the first, when unanswered
    on_quiet: OnQuiet = OnQuiet.DEFER
    advance_minutes: int | None = None  # the furthest it may be moved earlier; None: to where it opens
    defer_minutes: int | None = None  # the furthest it may be deferred; None: to where it closes
    quiet_exempt_minutes: int = 0  # it may enter quiet hours until so long after its nominal time
    takes_part_in_spacing: bool = True
    speaks_for: str | None = None  # the step whose plan task this prompt is about; None: its own

    @property
    def clock(self) -> Clock:
        """Say which clock the prompt follows, or the window where there is no prompt."""
        return Clock.ELAPSED if isinstance(self.prompt or self.closes, After) else Clock.LOCAL

    def is_repeat(self, occurrence: int) -> bool:
        """Say whether that occurrence is the repeat of an unanswered check."""
        return self.repeat_minutes is not None and occurrence > 0

    def importance_of(self, occurrence: int) -> int:
        """Return the importance of that occurrence's prompt; the lower number wins."""
        return REPEAT_IMPORTANCE if self.is_repeat(occurrence) else self.importance


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A published set of steps; a version never changes."""

    key: str
    name: str
    version: int
    steps: tuple[Step, ...]

    def get_step(self, key: str) -> Step:
        """Give the step of that key, or raise LookupError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise LookupError(f"protocol {self.key} {self.version} has no step {key}")

    def steps_after(self, regions: Set[str], opted_in: Set[str]) -> Iterator[Step]:
        """Give the steps of a session that needled these regions, for a patient with these steps on."""
        for step in self.steps:
            if step.only_if is Condition.APPOINTMENT_EXISTS:
                continue
            if step.only_if is Condition.PATIENT_OPTED_IN and step.key not in opted_in:
                continue
            if (step.regions and not step.regions & regions) or step.not_after_regions & regions:
                continue
            yield step


AFTERCARE_CARD = Step(
    key="aftercare_card",
    kind=TaskKind.CARD,
    opens=After(0 * HOUR),
    prompt=After(0 * HOUR),  # so it is due as soon as the session is recorded
    closes=After(6 * HOUR),
    quiet_exempt_minutes=30 * MINUTE,  # the patient is still awake and on the way home
    takes_part_in_spacing=False,
    importance=0,
)

ALCOHOL_WINDOW = Step(
    key="alcohol_window",
    kind=TaskKind.ALCOHOL_AVOIDANCE,
    opens=After(0 * HOUR),
    closes=After(
        ALCOHOL_AVOIDED_FOR
    ),  # clinic's advice; trials do not support it (clinical basis, section 7)
)

REST_OF_DAY = Step(
    key="rest_of_day",
    kind=TaskKind.ACTIVITY_RESTRICTION,
    opens=After(0 * HOUR),
    closes=OnDay(1, MIDNIGHT),  # no intense activity until midnight
)

CHEST_CHECK = Step(
    key="chest_check",
    kind=TaskKind.RED_FLAG_CHECK,
    regions=CHEST_REGIONS,
    opens=After(2 * HOUR),
    prompt=After(4 * HOUR),  # pneumothorax shows from minutes to 2 days (clinical basis, section 4)
    closes=After(16 * HOUR),
    on_quiet=OnQuiet.ADVANCE,  # before the night rather than after it
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=2,
)

ALCOHOL_EVENING = Step(
    key="alcohol_evening",
    kind=TaskKind.ALCOHOL_AVOIDANCE,
    opens=After(0 * HOUR),
    prompt=FirstAt(time(18), earliest=2 * HOUR, latest=22 * HOUR),  # 2 h from either end of the window
    closes=After(24 * HOUR),
    not_after_regions=CHEST_REGIONS,  # the chest check and the second look are two more; one more is allowed
    speaks_for=ALCOHOL_WINDOW.key,
    importance=9,
)

CHECK_24H = Step(
    key="check_24h",
    kind=TaskKind.SORENESS_CHECK,
    opens=After(20 * HOUR),
    prompt=After(24 * HOUR),  # soreness is expected for 24-48 h (clinic's articles)
    closes=After(36 * HOUR),
    repeat_minutes=3 * HOUR,
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=3,
)

SECOND_LOOK = Step(
    key="second_look",
    kind=TaskKind.SORENESS_CHECK,
    only_if=Condition.NEEDS_SECOND_LOOK,
    opens=After(28 * HOUR),
    prompt=After(36 * HOUR),  # finds worsening 4.5 h sooner at the median (clinical basis, section 0.4)
    closes=After(44 * HOUR),
    on_quiet=OnQuiet.ADVANCE,
    advance_minutes=6 * HOUR,  # from +30 h: before it, spacing from check_24h would drop it
    defer_minutes=6 * HOUR,  # until +42 h: after it, spacing from check_48h would
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=4,
)

CHECK_48H = Step(
    key="check_48h",
    kind=TaskKind.SORENESS_CHECK,
    opens=After(44 * HOUR),
    prompt=After(48 * HOUR),  # soreness of 4/100 on average by then (clinical basis, section 0.1)
    closes=After(60 * HOUR),
    repeat_minutes=3 * HOUR,
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=1,
)

CHECK_72H = Step(
    key="check_72h",
    kind=TaskKind.SORENESS_CHECK,
    only_if=Condition.NOT_SETTLED_OR_SILENT,
    opens=After(68 * HOUR),
    prompt=After(72 * HOUR),  # usually lasting less than 72 h (clinical basis, section 0.1)
    closes=After(84 * HOUR),
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=6,
)

INFECTION_QUESTION = Step(
    key="infection_question",
    kind=TaskKind.RED_FLAG_CHECK,
    opens=OnDay(5, MIDNIGHT),
    prompt=OnDay(5, time(19)),
    closes=OnDay(6, time(12)),
    answered_by=AnsweredBy.RED_FLAGS,
    importance=8,
)

CHECK_DAY_7 = Step(
    key="check_day_7",
    kind=TaskKind.SORENESS_CHECK,
    only_if=Condition.NOT_SETTLED,
    opens=OnDay(7, MIDNIGHT),
    prompt=OnDay(7, time(19)),
    closes=OnDay(8, time(12)),
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    importance=7,
)

APPOINTMENT = Step(
    key="appointment",
    kind=TaskKind.FOLLOW_UP,
    only_if=Condition.APPOINTMENT_EXISTS,
    opens=OnDay(-1, MIDNIGHT),
    prompt=OnDay(-1, time(18)),  # the day before
    closes=After(0 * HOUR),  # until the appointment
    answered_by=AnsweredBy.PATIENT,
    importance=10,
)

HYDRATION = Step(
    key="hydration",
    kind=TaskKind.HYDRATION,
    only_if=Condition.PATIENT_OPTED_IN,
    days=OPT_IN_DAYS,
    opens=OnDay(0, MIDNIGHT),
    prompt=OnDay(0, time(12)),
    closes=OnDay(1, MIDNIGHT),
    answered_by=AnsweredBy.PATIENT,
    importance=11,
)

STRETCHING = Step(
    key="stretching",
    kind=TaskKind.STRETCHING,
    only_if=Condition.PATIENT_OPTED_IN,
    days=OPT_IN_DAYS,
    opens=OnDay(0, MIDNIGHT),
    prompt=OnDay(0, time(12)),
    closes=OnDay(1, MIDNIGHT),
    answered_by=AnsweredBy.PATIENT,
    importance=12,
)

# No part of a protocol: an answer asks for it. Its window is that of the rule which waits for the second answer.
SECOND_ANSWER = Step(
    key="recheck",
    kind=TaskKind.SORENESS_CHECK,
    opens=After(0),
    closes=After(6 * HOUR),
    answered_by=AnsweredBy.SORENESS_AND_RED_FLAGS,
    takes_part_in_spacing=False,
)

STANDARD_AFTERCARE = Protocol(
    key="standard_aftercare",
    name="Standard aftercare",
    version=1,
    steps=(
        AFTERCARE_CARD,
        ALCOHOL_WINDOW,
        REST_OF_DAY,
        CHEST_CHECK,
        ALCOHOL_EVENING,
        CHECK_24H,
        SECOND_LOOK,
        CHECK_48H,
        CHECK_72H,
        INFECTION_QUESTION,
        CHECK_DAY_7,
        HYDRATION,
        STRETCHING,
        APPOINTMENT,
    ),
)

PROTOCOLS = {(protocol.key, protocol.version): protocol for protocol in (STANDARD_AFTERCARE,)}


def get_protocol(key: str, version: int) -> Protocol:
    """Give that version of a protocol, or raise LookupError."""
    return PROTOCOLS[key, version]
