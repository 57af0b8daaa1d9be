"""When the messages of an alert leave: targets in clinic hours, repeats without end, the daily list."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tracker.alerts.rules.escalation import (
    ReplyTargets,
    ladder,
    next_digest,
    next_repeat,
    reply_due,
    unfinished_digest,
)
from tracker.alerts.vocabulary import Severity
from tracker.clinics.models import office_hours
from tracker.clinics.rules.hours import Hours, read_hours
from tracker.delivery.rules.addressees import in_line
from tracker.delivery.vocabulary import Audience
from tracker.people.rules.cover import Candidate, CoverLine, owner

ASSIGNED, COVER, DEPUTY, LAST = (Candidate(name) for name in ("assigned", "cover", "deputy", "last"))
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFFICE = read_hours("Europe/Berlin", office_hours(), [])
AROUND_THE_CLOCK = read_hours(
    "Europe/Berlin", [{"weekday": day, "opens": "00:00", "closes": "24:00"} for day in DAYS], []
)
NEVER = read_hours("Europe/Berlin", [], [])
WITH_A_BREAK = read_hours(
    "Europe/Berlin",
    [
        {"weekday": day, "opens": opens, "closes": closes}
        for day in DAYS[:5]
        for opens, closes in (("08:00", "12:00"), ("14:00", "18:00"))
    ],
    [],
)
EASTER = read_hours(
    "Europe/Berlin",
    office_hours(),
    [{"first_day": "2026-04-03", "last_day": "2026-04-06", "label": "Easter"}],
)


def at(text: str) -> datetime:
    """A wall time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def targets(hours: Hours = OFFICE, urgent: int = 60, attention: int = 240) -> ReplyTargets:
    return ReplyTargets(hours, urgent, attention)


# Monday 2 March 2026, when Berlin is one hour ahead of UTC.
@pytest.mark.parametrize(
    ("severity", "raised", "expected"),
    [
        (
            Severity.EMERGENCY,
            "2026-03-07T23:50",  # a Saturday night
            [
                ("notify", "2026-03-07T23:50", Audience.OWNER),
                ("escalate_1", "2026-03-08T00:20", Audience.DEPUTY),
                ("escalate_2", "2026-03-08T01:50", Audience.LAST_RESORT),
            ],
        ),
        (
            Severity.URGENT,
            "2026-03-02T10:00",
            [
                ("notify", "2026-03-02T10:00", Audience.OWNER),
                ("escalate_1", "2026-03-02T11:00", Audience.LAST_RESORT),
            ],
        ),
        (
            Severity.URGENT,
            "2026-03-06T16:30",  # Friday, half an hour before closing
            [
                ("notify", "2026-03-06T16:30", Audience.OWNER),
                ("escalate_1", "2026-03-09T09:30", Audience.LAST_RESORT),
            ],
        ),
        (
            Severity.ATTENTION,
            "2026-03-02T15:00",
            [
                ("notify", "2026-03-02T15:00", Audience.OWNER),
                ("escalate_1", "2026-03-03T11:00", Audience.DEPUTY),
            ],
        ),
        (Severity.ROUTINE, "2026-03-02T15:00", []),
    ],
)
def test_the_ladder_counts_the_hours_in_which_somebody_watches(
    severity: Severity, raised: str, expected: list[tuple[str, str, Audience]]
) -> None:
    steps = [(step.key, step.at, step.audience) for step in ladder(severity, at(raised), targets())]
    assert steps == [(key, at(moment), audience) for key, moment, audience in expected]


def test_the_ladder_of_an_emergency_counts_elapsed_minutes_when_the_clocks_change() -> None:
    raised = datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    last = ladder(Severity.EMERGENCY, raised, targets())[-1]
    assert last.at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "hours", "raised", "due"),
    [
        (Severity.EMERGENCY, NEVER, "2026-03-07T23:50", "2026-03-08T00:20"),
        (Severity.URGENT, OFFICE, "2026-03-02T08:00", "2026-03-02T10:00"),
        (Severity.URGENT, EASTER, "2026-04-02T16:59", "2026-04-07T09:59"),
        (Severity.URGENT, AROUND_THE_CLOCK, "2026-03-07T23:50", "2026-03-08T00:50"),
        (Severity.URGENT, NEVER, "2026-03-07T23:50", "2026-03-08T00:50"),  # then every hour counts
        (Severity.ATTENTION, OFFICE, "2026-03-02T13:00", "2026-03-02T17:00"),
        (Severity.ATTENTION, OFFICE, "2026-03-02T13:01", "2026-03-03T09:01"),
        (Severity.ATTENTION, WITH_A_BREAK, "2026-03-02T11:00", "2026-03-02T17:00"),
        (Severity.ROUTINE, OFFICE, "2026-03-02T13:00", None),
    ],
)
def test_the_reply_target(severity: Severity, hours: Hours, raised: str, due: str | None) -> None:
    assert reply_due(severity, at(raised), targets(hours)) == (at(due) if due else None)


@pytest.mark.parametrize(
    ("severity", "hours", "after", "expected"),
    [
        (Severity.EMERGENCY, OFFICE, "2026-03-07T23:50", "2026-03-08T01:50"),
        (Severity.URGENT, OFFICE, "2026-03-02T10:00", "2026-03-02T14:00"),
        (Severity.URGENT, OFFICE, "2026-03-02T14:00", "2026-03-03T10:00"),
        (Severity.URGENT, NEVER, "2026-03-02T23:00", "2026-03-03T03:00"),
        (Severity.ATTENTION, OFFICE, "2026-03-02T14:00", "2026-03-03T09:00"),
        (Severity.ATTENTION, OFFICE, "2026-03-03T09:00", "2026-03-04T09:00"),
        (Severity.ATTENTION, OFFICE, "2026-03-06T10:00", "2026-03-09T09:00"),
        (Severity.ATTENTION, NEVER, "2026-03-06T10:00", "2026-03-07T10:00"),
    ],
)
def test_what_nobody_acknowledged_is_told_again(
    severity: Severity, hours: Hours, after: str, expected: str
) -> None:
    assert next_repeat(severity, at(after), targets(hours)) == at(expected)


@pytest.mark.parametrize("severity", [Severity.EMERGENCY, Severity.URGENT, Severity.ATTENTION])
@pytest.mark.parametrize("hours", [OFFICE, AROUND_THE_CLOCK, NEVER, WITH_A_BREAK, EASTER])
def test_repeats_go_on_and_have_a_limit_a_day(severity: Severity, hours: Hours) -> None:
    limit = {Severity.EMERGENCY: 12, Severity.URGENT: 6, Severity.ATTENTION: 1}[severity]
    moment, moments = at("2026-03-20T10:00"), []
    for _ in range(400):
        moment = next_repeat(severity, moment, targets(hours))
        moments.append(moment)
    days = [moment.astimezone(BERLIN).date() for moment in moments]
    assert (
        max(days.count(day) for day in set(days)) <= limit + 1
    )  # a day on which clocks go back has 25 hours
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) <= timedelta(days=5)


@pytest.mark.parametrize(
    ("hours", "after", "expected"),
    [
        (OFFICE, "2026-03-02T03:00", "2026-03-02T09:00"),
        (OFFICE, "2026-03-02T08:59", "2026-03-02T09:00"),
        (OFFICE, "2026-03-02T09:00", "2026-03-03T09:00"),  # it has opened already
        (OFFICE, "2026-03-06T12:00", "2026-03-09T09:00"),
        (WITH_A_BREAK, "2026-03-02T13:00", "2026-03-03T08:00"),  # the second opening of a day is none
        (AROUND_THE_CLOCK, "2026-03-02T03:00", "2026-03-02T07:00"),  # nobody reads a list at midnight
        (AROUND_THE_CLOCK, "2026-03-02T07:00", "2026-03-03T07:00"),
        (EASTER, "2026-04-02T12:00", "2026-04-07T09:00"),
        (NEVER, "2026-03-02T12:00", "2026-03-03T12:00"),
        (OFFICE, "2026-03-27T12:00", "2026-03-30T09:00"),  # clocks go forward on Sunday
    ],
)
def test_the_list_is_read_as_the_clinic_opens(hours: Hours, after: str, expected: str) -> None:
    assert next_digest(at(after), hours) == at(expected)


@pytest.mark.parametrize(
    ("acknowledged", "now", "expected"),
    [
        ("2026-03-02T10:00", "2026-03-02T10:00", "2026-03-04T09:00"),
        ("2026-03-02T08:00", "2026-03-02T08:00", "2026-03-03T09:00"),
        ("2026-03-02T10:00", "2026-03-04T09:00", "2026-03-05T09:00"),
        ("2026-03-06T10:00", "2026-03-06T10:00", "2026-03-10T09:00"),
    ],
)
def test_what_was_taken_on_and_not_finished_comes_back_after_two_openings(
    acknowledged: str, now: str, expected: str
) -> None:
    assert unfinished_digest(at(acknowledged), at(now), OFFICE) == at(expected)


def away(name: str) -> Candidate:
    return Candidate(name, is_available=False)


def gone(name: str) -> Candidate:
    return Candidate(name, is_active=False)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((ASSIGNED, COVER, DEPUTY, LAST), "assigned"),
        ((away("assigned"), COVER, DEPUTY, LAST), "cover"),
        ((gone("assigned"), None, DEPUTY, LAST), "deputy"),
        ((None, away("cover"), gone("deputy"), LAST), "last"),
        ((away("assigned"), away("cover"), away("deputy"), away("last")), "last"),
        ((away("assigned"), None, None, gone("last")), "assigned"),
        ((gone("assigned"), None, None, gone("last")), None),
        ((None, None, None, None), None),
    ],
)
def test_an_alert_has_an_owner_at_every_moment(
    people: tuple[Candidate | None, Candidate | None, Candidate | None, Candidate | None],
    expected: str | None,
) -> None:
    chosen = owner(*people)
    assert (chosen.staff_id if chosen else None) == expected


@pytest.mark.parametrize(
    ("audience", "line", "expected"),
    [
        (Audience.OWNER, CoverLine(ASSIGNED, None, DEPUTY, LAST), ["assigned", "deputy", "last"]),
        (Audience.OWNER, CoverLine(away("a"), COVER, DEPUTY, LAST), ["cover", "deputy", "last", "a"]),
        (Audience.DEPUTY, CoverLine(ASSIGNED, None, DEPUTY, LAST), ["deputy", "last", "assigned"]),
        (Audience.DEPUTY, CoverLine(ASSIGNED, None, None, LAST), ["last", "assigned"]),
        (Audience.DEPUTY, CoverLine(ASSIGNED, None, away("d"), LAST), ["last", "assigned", "d"]),
        (Audience.DEPUTY, CoverLine(DEPUTY, None, DEPUTY, LAST), ["last", "deputy"]),  # it is theirs already
        (
            Audience.LAST_RESORT,
            CoverLine(ASSIGNED, COVER, DEPUTY, LAST),
            ["last", "deputy", "cover", "assigned"],
        ),
        (Audience.LAST_RESORT, CoverLine(LAST, None, LAST, LAST), ["last"]),  # a practice of one
        (Audience.LAST_RESORT, CoverLine(ASSIGNED, None, None, gone("l")), ["assigned"]),
        (Audience.OWNER, CoverLine(away("a"), None, away("d"), away("l")), ["l", "a", "d"]),
        (Audience.OWNER, CoverLine(gone("a"), None, None, None), []),
    ],
)
def test_who_is_told(audience: Audience, line: CoverLine, expected: list[str]) -> None:
    assert [candidate.staff_id for candidate in in_line(audience, line)] == expected
