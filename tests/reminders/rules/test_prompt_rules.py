"""Where each prompt of a session stands: tables in the local time of a zone without changes of clocks."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from tracker.delivery.vocabulary import Reason
from tracker.local_time.quiet import QuietHours
from tracker.local_time.windows import After
from tracker.local_time.zones import zone
from tracker.protocols.catalog import CHECK_24H, CHECK_72H, STANDARD_AFTERCARE
from tracker.reminders.rules.prompts import PlannedPrompt, plan_appointment_prompt, plan_prompts

instant = datetime.fromisoformat
UTC_ZONE = zone("UTC")
NEW_YORK = zone("America/New_York")
NIGHT = QuietHours()
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
CHEST = frozenset({"upper_back"})

ON_TIME, DEFERRED, MOVED = Reason.ON_TIME, Reason.DEFERRED_QUIET, Reason.MOVED_BEFORE_QUIET
LATE, NO_WINDOW, SPACING = Reason.LATE_RECORDING, Reason.QUIET_NO_WINDOW, Reason.SPACING
BESIDE = Reason.MOVED_FOR_SPACING


def on(day_and_time: str) -> datetime:
    """Day 1 is the session's: "2 08:00" is the next morning."""
    day, clock = day_and_time.split()
    at = time.fromisoformat(clock)
    return MONDAY + timedelta(days=int(day) - 1, hours=at.hour, minutes=at.minute)


def plan(
    ended: str,
    *,
    recorded: str | None = None,
    quiet: QuietHours = NIGHT,
    regions: frozenset[str] = frozenset(),
    opted_in: frozenset[str] = frozenset(),
) -> dict[tuple[str, int], PlannedPrompt]:
    prompts = plan_prompts(
        STANDARD_AFTERCARE,
        ended_at=on(ended),
        planned_at=on(recorded or ended),
        zone=UTC_ZONE,
        quiet=quiet,
        regions=regions,
        opted_in=opted_in,
    )
    return {(prompt.step_key, prompt.occurrence): prompt for prompt in prompts}


def place_of(prompt: PlannedPrompt | None) -> tuple[datetime | None, Reason] | None:
    return (prompt.due_at, prompt.reason) if prompt else None


def test_a_morning_session_is_asked_about_at_the_plain_hours() -> None:
    prompts = plan("1 10:00")
    assert [(key, occurrence, prompt.due_at) for (key, occurrence), prompt in prompts.items()] == [
        ("aftercare_card", 0, on("1 10:00")),
        ("alcohol_evening", 0, on("1 18:00")),
        ("check_24h", 0, on("2 10:00")),
        ("check_24h", 1, on("2 13:00")),
        ("second_look", 0, on("2 20:59")),
        ("check_48h", 0, on("3 10:00")),
        ("check_48h", 1, on("3 13:00")),
        ("check_72h", 0, on("4 10:00")),
        ("infection_question", 0, on("6 19:00")),
        ("check_day_7", 0, on("8 19:00")),
    ]


@pytest.mark.parametrize(
    ("ended", "recorded", "due", "reason"),
    [
        ("1 15:00", "1 15:00", "1 15:00", ON_TIME),
        ("1 15:00", "1 15:20", "1 15:20", ON_TIME),
        ("1 15:00", "1 15:31", "1 15:31", LATE),
        ("1 15:00", "1 20:59", "1 20:59", LATE),  # a minute before its window closes
        ("1 21:30", "1 21:59", "1 21:59", ON_TIME),  # quiet, and exempt
        ("1 21:30", "1 22:00", None, NO_WINDOW),  # exempt no longer, and the morning is too late
        ("2 03:00", "2 03:45", "2 08:00", LATE),
    ],
)
def test_the_card_goes_out_at_recording(ended: str, recorded: str, due: str | None, reason: Reason) -> None:
    card = plan(ended, recorded=recorded).get(("aftercare_card", 0))
    assert place_of(card) == (on(due) if due else None, reason)


def test_no_card_is_sent_six_hours_after_the_end() -> None:
    assert ("aftercare_card", 0) not in plan("1 14:00", recorded="1 20:00")


@pytest.mark.parametrize(
    ("ended", "due", "reason"),
    [
        ("1 10:00", "1 14:00", ON_TIME),
        ("1 16:59", "1 20:59", ON_TIME),
        ("1 17:00", "1 20:59", MOVED),
        ("1 18:59", "1 20:59", MOVED),  # exactly +2 h
        ("1 19:00", "2 08:00", DEFERRED),  # +1:59 would be too early
        ("1 23:00", "2 08:00", DEFERRED),
        ("2 03:00", "2 08:00", DEFERRED),  # +5 h
        ("2 04:00", "2 08:00", ON_TIME),
    ],
)
def test_the_chest_question_comes_before_the_night_when_it_can(ended: str, due: str, reason: Reason) -> None:
    prompts = plan(ended, regions=CHEST)
    assert place_of(prompts["chest_check", 0]) == (on(due), reason)
    assert ("chest_check", 0) not in plan(ended, regions=frozenset({"knee"}))


@pytest.mark.parametrize(
    ("ended", "due", "reason"),
    [
        ("1 08:00", "2 08:00", ON_TIME),
        ("1 20:59", "2 20:59", ON_TIME),
        ("1 21:00", "3 08:00", DEFERRED),  # +35 h
        ("2 07:59", "3 08:00", DEFERRED),
    ],
)
@pytest.mark.parametrize(("key", "days"), [("check_24h", 0), ("check_48h", 1), ("check_72h", 2)])
def test_a_check_waits_for_the_end_of_the_night(
    ended: str, due: str, reason: Reason, key: str, days: int
) -> None:
    assert place_of(plan(ended)[key, 0]) == (on(due) + timedelta(days=days), reason)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ("1 10:00", "2 13:00"),
        ("1 17:59", "2 20:59"),
        ("1 18:00", None),  # it would be the start of the night
        ("2 04:00", None),  # 11:00 stands closer than 6 h to the second look
        ("1 21:00", None),  # the check waited until +35 h; +38 h is past its window
    ],
)
def test_the_repeat_of_the_24_h_check_comes_three_hours_later_or_not_at_all(
    ended: str, expected: str | None
) -> None:
    repeat = plan(ended).get(("check_24h", 1))
    assert (repeat.due_at if repeat else None) == (on(expected) if expected else None)


@pytest.mark.parametrize(
    ("ended", "due", "reason"),
    [
        ("1 08:00", "2 20:00", ON_TIME),
        ("1 08:59", "2 20:59", ON_TIME),
        ("1 09:00", "2 20:59", MOVED),
        ("1 14:59", "2 20:59", MOVED),  # +30 h, and 6 h after check_24h
        ("1 15:00", "3 08:00", DEFERRED),  # +41 h, and 7 h before check_48h
        ("1 19:59", "3 08:00", DEFERRED),
        ("1 20:00", "3 08:00", ON_TIME),
        ("1 22:00", None, SPACING),  # the night pushed check_24h to 08:00, two hours before it
        ("2 01:59", None, SPACING),
        ("2 02:00", "3 14:00", ON_TIME),
    ],
)
def test_the_second_look_comes_late_on_the_next_day_or_early_after_it(
    ended: str, due: str | None, reason: Reason
) -> None:
    assert place_of(plan(ended)["second_look", 0]) == (on(due) if due else None, reason)


@pytest.mark.parametrize(
    ("quiet_until", "due", "reason"),
    [(time(4), "3 04:00", DEFERRED), (time(4, 1), None, NO_WINDOW)],
)
def test_the_second_look_is_not_deferred_beyond_42_hours(
    quiet_until: time, due: str | None, reason: Reason
) -> None:
    prompts = plan("1 10:00", quiet=QuietHours(time(12), quiet_until))
    assert place_of(prompts["second_look", 0]) == (on(due) if due else None, reason)


@pytest.mark.parametrize(
    ("quiet", "due", "reason"),
    [
        (QuietHours(time(14), time(3, 59)), "3 03:59", DEFERRED),
        (QuietHours(time(14), time(4)), "2 13:59", MOVED),  # +36 h is past its window
        (QuietHours(time(12, 1), time(7)), "2 12:00", MOVED),  # +20 h
        (QuietHours(time(12), time(7)), None, NO_WINDOW),
    ],
)
def test_a_check_that_cannot_wait_for_the_end_of_quiet_hours_moves_before_them(
    quiet: QuietHours, due: str | None, reason: Reason
) -> None:
    prompts = plan("1 16:00", quiet=quiet)
    assert place_of(prompts["check_24h", 0]) == (on(due) if due else None, reason)
    assert place_of(prompts["check_24h", 1]) == (None, NO_WINDOW)


@pytest.mark.parametrize(
    ("ended", "regions", "due", "reason"),
    [
        ("1 15:59", frozenset(), "1 18:00", ON_TIME),
        ("1 20:00", frozenset(), None, SPACING),  # 18:00 is +22 h, close to check_24h
    ],
)
def test_the_alcohol_message_of_the_evening_yields_to_checks(
    ended: str, regions: frozenset[str], due: str | None, reason: Reason
) -> None:
    evening = plan(ended, regions=regions)["alcohol_evening", 0]
    assert place_of(evening) == (on(due) if due else None, reason)


@pytest.mark.parametrize("ended", ["1 08:00", "1 12:00", "1 15:59"])
def test_after_a_chest_region_the_evening_message_is_left_out(ended: str) -> None:
    assert ("alcohol_evening", 0) not in plan(ended, regions=CHEST)


@pytest.mark.parametrize("ended", ["1 16:01", "1 19:59"])
def test_without_an_evening_inside_the_window_there_is_no_alcohol_message(ended: str) -> None:
    assert ("alcohol_evening", 0) not in plan(ended)


@pytest.mark.parametrize(
    ("ended", "hydration", "stretching"),
    [
        ("1 08:00", ["2 14:00", "3 17:00"], ["2 20:00", None]),  # 6 h from check_48h's repeat too
        ("1 12:00", ["2 18:00", "3 18:00"], [None, None]),
        ("1 15:00", ["2 09:00", "3 09:00"], [None, None]),
        ("1 18:00", ["2 12:00", "3 12:00"], [None, None]),
        ("1 20:00", ["2 12:00", "3 14:00"], [None, "3 08:00"]),  # where only the second look may stand
        ("1 23:00", ["2 12:00", "3 14:00"], [None, "3 20:00"]),  # check_24h on the third day at 08:00
    ],
)
def test_what_a_patient_switched_on_stands_beside_the_checks_of_its_day(
    ended: str, hydration: list[str | None], stretching: list[str | None]
) -> None:
    prompts = plan(ended, opted_in=frozenset({"hydration", "stretching"}))
    for key, expected in (("hydration", hydration), ("stretching", stretching)):
        found = [prompts[key, day].due_at for day in (0, 1)]
        assert found == [on(due) if due else None for due in expected], key
        for day, due in enumerate(found):
            assert prompts[key, day].reason in ((SPACING,) if due is None else (ON_TIME, BESIDE))


def test_what_is_switched_on_later_stands_in_what_is_left_of_the_day() -> None:
    on_day_two = partial(plan, "1 15:00", opted_in=frozenset({"hydration"}))
    assert place_of(on_day_two(recorded="2 08:30")["hydration", 0]) == (on("2 09:00"), BESIDE)
    assert place_of(on_day_two(recorded="2 09:00")["hydration", 0]) == (on("2 09:00"), BESIDE)
    assert place_of(on_day_two(recorded="2 09:01")["hydration", 0]) == (None, SPACING)


@pytest.mark.parametrize(
    ("recorded", "key", "expected"),
    [
        ("1 16:00", "chest_check", ("1 16:00", LATE)),
        ("1 16:00", "alcohol_evening", None),  # left out near the lungs
        ("1 19:00", "alcohol_evening", None),  # its hour has passed
        ("1 22:00", "chest_check", (None, NO_WINDOW)),
        ("2 02:00", "chest_check", None),
        ("2 12:00", "check_24h", ("2 12:00", LATE)),
        ("2 20:30", "check_24h", ("2 20:30", LATE)),
        ("2 20:30", "second_look", (None, SPACING)),
        ("2 22:00", "check_24h", None),
        ("2 22:00", "second_look", (None, NO_WINDOW)),
        ("3 07:00", "check_48h", ("3 10:00", ON_TIME)),
        ("3 12:00", "check_48h", ("3 12:00", LATE)),
        ("3 21:30", "check_48h", (None, NO_WINDOW)),
        ("6 22:00", "infection_question", ("7 08:00", LATE)),
        ("8 20:00", "check_day_7", ("8 20:00", LATE)),
        ("8 22:00", "check_day_7", ("9 08:00", LATE)),
    ],
)
def test_a_session_recorded_late_plans_only_what_still_lies_ahead(
    recorded: str, key: str, expected: tuple[str | None, Reason] | None
) -> None:
    prompt = plan("1 10:00", recorded=recorded, regions=CHEST).get((key, 0))
    if expected is None:
        assert prompt is None
    else:
        due, reason = expected
        assert place_of(prompt) == (on(due) if due else None, reason)


def test_nothing_lies_ahead_of_a_session_recorded_eight_days_later() -> None:
    assert set(plan("1 10:00", recorded="8 10:00")) == {("check_day_7", 0)}
    assert plan("1 10:00", recorded="9 12:00") == {}


@pytest.mark.parametrize(
    ("ended_at", "key", "due", "reason"),
    [
        pytest.param("2026-03-07T20:00Z", "check_24h", "2026-03-08T20:00Z", ON_TIME, id="T1"),
        pytest.param("2026-10-31T19:00Z", "check_24h", "2026-11-01T19:00Z", ON_TIME, id="T2"),
        pytest.param("2026-03-07T20:00Z", "check_48h", "2026-03-09T20:00Z", ON_TIME, id="T3"),
        pytest.param("2026-03-07T20:00Z", "second_look", "2026-03-09T12:00Z", DEFERRED, id="spring"),
        pytest.param("2026-10-31T19:00Z", "second_look", "2026-11-02T01:59Z", MOVED, id="autumn"),
        pytest.param("2026-03-07T20:00Z", "alcohol_evening", "2026-03-07T23:00Z", ON_TIME, id="winter-18"),
        pytest.param("2026-03-07T20:00Z", "infection_question", "2026-03-12T23:00Z", ON_TIME, id="day-5"),
        pytest.param("2026-10-31T19:00Z", "check_day_7", "2026-11-08T00:00Z", ON_TIME, id="day-7"),
    ],
)
def test_a_session_before_a_change_of_clocks(ended_at: str, key: str, due: str, reason: Reason) -> None:
    prompts = plan_prompts(
        STANDARD_AFTERCARE,
        ended_at=instant(ended_at),
        planned_at=instant(ended_at),
        zone=NEW_YORK,
        quiet=NIGHT,
        regions=frozenset(),
    )
    assert [place_of(prompt) for prompt in prompts if (prompt.step_key, prompt.occurrence) == (key, 0)] == [
        (instant(due), reason)
    ]


@pytest.mark.parametrize(
    ("starts", "booked", "quiet", "expected"),
    [
        ("3 10:00", "1 10:00", NIGHT, ("2 18:00", ON_TIME)),
        ("3 10:00", "1 10:00", QuietHours(time(17), time(19)), ("2 19:00", DEFERRED)),
        ("3 10:00", "2 19:00", NIGHT, ("2 19:00", LATE)),
        ("3 10:00", "2 22:00", NIGHT, ("3 08:00", LATE)),
        ("3 08:00", "2 22:00", NIGHT, (None, NO_WINDOW)),
        ("3 10:00", "3 10:00", NIGHT, None),
    ],
)
def test_an_appointment_is_announced_the_evening_before(
    starts: str, booked: str, quiet: QuietHours, expected: tuple[str | None, Reason] | None
) -> None:
    prompt = plan_appointment_prompt(
        STANDARD_AFTERCARE, starts_at=on(starts), planned_at=on(booked), zone=UTC_ZONE, quiet=quiet
    )
    due, reason = expected or (None, None)
    assert place_of(prompt) == (expected and (on(due) if due else None, reason))


def test_a_protocol_without_an_appointment_step_announces_none() -> None:
    bare = replace(STANDARD_AFTERCARE, steps=())
    assert (
        plan_appointment_prompt(
            bare, starts_at=on("3 10:00"), planned_at=on("1 10:00"), zone=UTC_ZONE, quiet=NIGHT
        )
        is None
    )


@pytest.mark.parametrize(("recorded", "held"), [("1 18:00", True), ("3 02:59", True), ("3 03:00", False)])
def test_a_repeat_that_no_quiet_hours_would_let_go_is_not_held(recorded: str, held: bool) -> None:
    """The 24 h check of a session until 18:00 closes at 6:00; its repeat needs three hours before that."""
    prompts = plan("1 18:00", recorded=recorded)
    assert (("check_24h", 1) in prompts) is held


def test_a_check_that_was_dropped_is_not_repeated() -> None:
    earlier = replace(CHECK_72H, opens=After(18 * 60), prompt=After(20 * 60), importance=1)
    prompts = plan_prompts(
        replace(STANDARD_AFTERCARE, steps=(earlier, CHECK_24H)),
        ended_at=on("1 10:00"),
        planned_at=on("1 10:00"),
        zone=UTC_ZONE,
        quiet=QuietHours(enabled=False),
        regions=frozenset(),
    )
    assert [(prompt.step_key, prompt.occurrence, prompt.reason) for prompt in prompts] == [
        ("check_72h", 0, ON_TIME),
        ("check_24h", 0, SPACING),
    ]
