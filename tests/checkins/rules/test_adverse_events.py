"""The register's arithmetic: what counts as what, Wilson's interval, cells, onset and duration."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker import ids
from tracker.checkins.rules.adverse_events import (
    KIND_OF_EFFECT,
    KIND_OF_FLAG,
    EventKind,
    Onset,
    find_onsets,
    kinds_told,
    rate_of,
)
from tracker.checkins.rules.bodies import SideEffect
from tracker.checkins.rules.event_counts import Reported, Treated, count_events
from tracker.checkins.rules.items import SideEffectCode
from tracker.safety.catalogue import CATALOGUE

END = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_every_side_effect_and_every_warning_sign_is_counted_as_something() -> None:
    assert set(KIND_OF_EFFECT) == {code.value for code in SideEffectCode}
    assert set(KIND_OF_FLAG) == set(CATALOGUE)


@pytest.mark.parametrize(
    ("effects", "flags", "kinds"),
    [
        ((), (), set()),
        (("bruising", "dizziness"), (), {EventKind.BRUISING, EventKind.FAINT}),
        (("bleeding",), ("bleeding_restarted",), {EventKind.BLEEDING}),
        (("other",), ("something_unusual",), {EventKind.UNUSUAL}),
        ((), ("chest_pain", "shortness_of_breath"), {EventKind.LUNG_SIGNS}),
        ((), ("fainted_now_well", "collapse"), {EventKind.FAINT}),
        ((), ("fever", "foot_drop"), {EventKind.INFECTION_SIGNS, EventKind.NERVE_SIGNS}),
        ((), ("stiff_neck",), {EventKind.OTHER_WARNING_SIGN}),
    ],
)
def test_what_is_told_becomes_kinds(
    effects: tuple[str, ...], flags: tuple[str, ...], kinds: set[EventKind]
) -> None:
    assert kinds_told([{"code": code, "severity": "mild"} for code in effects], flags) == kinds


# Reference values: Newcombe, Stat Med 1998;17:857, table I, Wilson score without continuity correction.
@pytest.mark.parametrize(
    ("events", "sessions", "per_1000", "low", "high"),
    [
        (81, 263, 308.0, 255.3, 366.2),
        (15, 148, 101.4, 62.4, 160.5),
        (0, 20, 0.0, 0.0, 161.1),
        (1, 29, 34.5, 6.1, 171.8),
        (5, 5, 1000.0, 565.5, 1000.0),
    ],
)
def test_a_rate_has_wilsons_interval(
    events: int, sessions: int, per_1000: float, low: float, high: float
) -> None:
    rate = rate_of(events, sessions)
    assert (rate.per_1000, rate.low, rate.high) == (per_1000, low, high)


def test_a_side_effect_has_its_onset_its_end_and_its_worst() -> None:
    told: list[tuple[datetime, list[SideEffect]]] = [
        (END + timedelta(hours=30), [{"code": "bruising", "severity": "mild"}]),
        (END + timedelta(hours=2), [{"code": "bruising", "severity": "moderate"}]),
        (END + timedelta(hours=8.25), [{"code": "fatigue", "severity": "severe"}]),
    ]
    assert find_onsets(END, told) == [
        Onset("bruising", "moderate", 2.0, 30.0),
        Onset("fatigue", "severe", 8.2, 8.2),
    ]


def treated(count: int, technique: str = "deep", *regions: str) -> list[Treated]:
    return [Treated(ids.new_id(), END, technique, frozenset(regions), index > 0) for index in range(count)]


def told(session: Treated, hours: float, *kinds: EventKind) -> Reported:
    return Reported(session.id, END + timedelta(hours=hours), frozenset(kinds))


def test_cells_count_sessions_once_and_tell_when_it_began_and_how_long_it_lasted() -> None:
    backs = treated(5, "deep", "lower_back", "hip")
    reports = [
        told(backs[1], 2, EventKind.BRUISING),
        told(backs[1], 26, EventKind.BRUISING),
        told(backs[2], 6, EventKind.BRUISING, EventKind.FAINT),
    ]
    cells = {(cell.region, cell.technique): cell for cell in count_events(backs, reports)}
    assert set(cells) == {
        (region, technique) for region in (None, "hip", "lower_back") for technique in (None, "deep")
    }
    hip = cells["hip", "deep"]
    assert (hip.session_count, hip.heard_count, hip.small) == (5, 4, False)
    assert [(e.kind, e.session_count, e.onset_hours, e.duration_hours) for e in hip.events] == [
        ("bruising", 2, 4.0, 12.0),
        ("faint", 1, 6.0, 0.0),
    ]
    assert hip.events[0].rate.per_1000 == 400.0


@pytest.mark.parametrize(("count", "small"), [(4, True), (5, False)])
def test_a_small_cell_keeps_its_events_to_itself(count: int, small: bool) -> None:
    necks, backs = treated(count, "electrical", "neck"), treated(20, "deep", "lower_back")
    reports = [told(necks[0], 1, EventKind.LUNG_SIGNS)]
    cells = {(cell.region, cell.technique): cell for cell in count_events([*necks, *backs], reports)}
    assert cells["neck", "electrical"].small is small
    assert bool(cells["neck", "electrical"].events) is not small
    back = cells["lower_back", None].events[0]
    assert (back.session_count, back.onset_hours, back.rate.low) == (0, None, 0.0)
    assert cells[None, None].events[0].session_count == 1


def test_a_clinic_without_sessions_has_one_empty_cell() -> None:
    (cell,) = count_events([], [])
    assert (cell.session_count, cell.small, list(cell.events)) == (0, True, [])
