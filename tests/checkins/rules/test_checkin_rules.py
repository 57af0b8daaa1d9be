from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tracker.checkins.rules.items import ITEMS, ItemKind, SideEffectSeverity
from tracker.checkins.rules.moments import TimeRefused, answers_checks, clamp_clock, correct_clock
from tracker.local_time.zones import date_in
from tracker.safety.catalogue import CATALOGUE
from tracker.safety.texts import PACKS, get_texts

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
NONE = timedelta()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST_INSTANT = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
LAST_INSTANT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12)))


@pytest.mark.parametrize(
    ("case", "recorded", "sent", "at", "quality"),
    [
        ("at once", NONE, NONE, NONE, "ok"),
        ("3 h ago", -3 * HOUR, NONE, -3 * HOUR, "ok"),
        ("T25 a year ahead", YEAR - 3 * HOUR, YEAR, -3 * HOUR, "corrected"),
        ("a year behind", -YEAR - 3 * HOUR, -YEAR, -3 * HOUR, "corrected"),
        ("2 min behind", -HOUR, -2 * MINUTE, -HOUR, "ok"),
        ("2 min 1 s behind", -HOUR, -2 * MINUTE - SECOND, -HOUR + 2 * MINUTE + SECOND, "corrected"),
        ("2 min ahead", -HOUR, 2 * MINUTE, -HOUR, "ok"),
        ("2 min 1 s ahead", -HOUR, 2 * MINUTE + SECOND, -HOUR - 2 * MINUTE - SECOND, "corrected"),
        ("tolerated skew, still ahead", 2 * MINUTE, 2 * MINUTE, NONE, "corrected"),
        ("no sending time", -HOUR, None, -HOUR, "ok"),
        ("T26 4 min ahead", 4 * MINUTE, None, NONE, "corrected"),
        ("5 min ahead", 5 * MINUTE, None, NONE, "corrected"),
        ("T27 clock set back before sending", HOUR, NONE, NONE, "implausible"),
        ("T27 by one second", SECOND, NONE, NONE, "implausible"),
        ("T27 by months", YEAR, -MINUTE, NONE, "implausible"),
        ("30 days back", -30 * DAY, NONE, -30 * DAY, "ok"),
        ("30 days back after correction", YEAR - 30 * DAY, YEAR, -30 * DAY, "corrected"),
    ],
)
def test_the_devices_clock_is_corrected(
    case: str, recorded: timedelta, sent: timedelta | None, at: timedelta, quality: str
) -> None:
    corrected = correct_clock(NOW + recorded, None if sent is None else NOW + sent, NOW)
    assert (corrected.at - NOW, corrected.quality) == (at, quality)


@pytest.mark.parametrize(
    ("case", "recorded", "sent", "code", "clamped"),
    [
        ("5 min 1 s ahead", NOW + 5 * MINUTE + SECOND, None, "in_the_future", NONE),
        ("T26 6 min ahead", NOW + 6 * MINUTE, None, "in_the_future", NONE),
        ("30 days and 1 s back", NOW - 30 * DAY - SECOND, NOW, "too_old", -30 * DAY),
        ("too old after correction", NOW - 15 * DAY, NOW + 16 * DAY, "too_old", -30 * DAY),
        ("years back, no sending time", NOW - 3 * YEAR, None, "too_old", -30 * DAY),
        ("the first instant of all", datetime(1, 1, 1, tzinfo=UTC), NOW, "too_old", -30 * DAY),
        ("the last instant of all", datetime.max.replace(tzinfo=UTC), None, "in_the_future", NONE),
        ("T31 year 1", FIRST_INSTANT, NOW, "out_of_range", NONE),
        ("T31 year 9999", LAST_INSTANT, None, "out_of_range", NONE),
        ("T31 sent in year 9999", NOW, LAST_INSTANT, "out_of_range", NONE),
        ("T31 sent in year 1", NOW, FIRST_INSTANT, "out_of_range", NONE),
        ("correction leaves the calendar", datetime(1, 1, 2, tzinfo=UTC), NOW + YEAR, "out_of_range", NONE),
    ],
)
def test_an_unacceptable_time_is_refused_but_never_in_a_red_flag_report(
    case: str, recorded: datetime, sent: datetime | None, code: str, clamped: timedelta
) -> None:
    with pytest.raises(TimeRefused) as refusal:
        correct_clock(recorded, sent, NOW)
    assert refusal.value.code == code
    lenient = clamp_clock(recorded, sent, NOW)
    assert (lenient.at - NOW, lenient.quality) == (clamped, "implausible")


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [(-HOUR, NONE), (YEAR - HOUR, YEAR), (4 * MINUTE, None), (HOUR, NONE), (-30 * DAY, None)],
)
def test_a_red_flag_report_with_a_good_time_is_treated_alike(
    recorded: timedelta, sent: timedelta | None
) -> None:
    sent_at = None if sent is None else NOW + sent
    assert clamp_clock(NOW + recorded, sent_at, NOW) == correct_clock(NOW + recorded, sent_at, NOW)


def test_a_red_flag_report_without_a_time_happened_now() -> None:
    lenient = clamp_clock(None, None, NOW)
    assert (lenient.at, lenient.quality) == (NOW, "implausible")


def test_times_are_compared_as_instants_when_the_clock_falls_back() -> None:
    zone = ZoneInfo("America/New_York")
    recorded = datetime(2026, 11, 1, 1, 50, fold=0, tzinfo=zone)
    sent = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=zone)
    corrected = correct_clock(recorded, sent, datetime(2026, 11, 1, 6, 10, tzinfo=UTC))
    assert (corrected.at, corrected.quality) == (datetime(2026, 11, 1, 5, 50, tzinfo=UTC), "ok")
    assert corrected.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("case", "at", "zone", "day"),
    [
        ("T23 before midnight", "2026-03-09T03:30+00:00", "America/New_York", date(2026, 3, 8)),
        ("T23 after midnight", "2026-03-09T04:30+00:00", "America/New_York", date(2026, 3, 9)),
        ("T24 earliest zone", "2026-03-09T04:30+00:00", "Pacific/Kiritimati", date(2026, 3, 9)),
        ("T24 latest zone", "2026-03-09T04:30+00:00", "Pacific/Pago_Pago", date(2026, 3, 8)),
    ],
)
def test_the_day_of_an_answer_is_the_day_where_it_was_given(case: str, at: str, zone: str, day: date) -> None:
    assert date_in(zone, datetime.fromisoformat(at)) == day


@pytest.mark.parametrize(
    ("soreness", "red_flags", "answered"),
    [
        (0, [], True),
        (3, ["fever"], True),
        (3, None, False),
        (None, [], False),
        (None, ["fever"], False),
        (None, None, False),
    ],
)
def test_only_soreness_with_the_red_flag_question_answers_a_check(
    soreness: int | None, red_flags: list[str] | None, answered: bool
) -> None:
    assert answers_checks(soreness, red_flags) is answered


@pytest.mark.parametrize(
    ("key", "bounds"),
    [
        ("soreness", (0, 10)),
        ("stiffness", (0, 10)),
        ("usual_pain", (0, 10)),
        ("hydration_ml", (0, 10_000)),
        ("standard_drinks", (0, 100)),
        ("note", (0, 4000)),
    ],
)
def test_items_have_the_bounds_of_the_care_flow(key: str, bounds: tuple[int, int]) -> None:
    assert (ITEMS[key].minimum, ITEMS[key].maximum) == bounds


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("alcohol", "yes no not_answered"),
        ("side_effects", "bruising bleeding fatigue dizziness headache nausea drowsiness other"),
        ("activities", "stretching intense_activity"),
        ("red_flags", " ".join(CATALOGUE)),
    ],
)
def test_items_have_the_codes_of_the_care_flow(key: str, codes: str) -> None:
    assert list(ITEMS[key].codes) == codes.split()


def test_no_side_effect_is_a_red_flag() -> None:
    assert not set(ITEMS["side_effects"].codes) & set(CATALOGUE)


@pytest.mark.parametrize("version", PACKS)
def test_every_item_and_answer_has_its_wording(version: str) -> None:
    for locale in PACKS[version].locales:
        wording = get_texts(version, locale).check_in
        needed = {*ITEMS} | {"red_flags.none"}
        needed |= {f"severity.{severity}" for severity in SideEffectSeverity}
        for item in ITEMS.values():
            ends = ("lowest", "highest") if item.kind is ItemKind.SCALE else ()
            codes = () if item.key == "red_flags" else item.codes
            needed |= {f"{item.key}.{answer}" for answer in (*ends, *codes)}
        assert set(wording) == needed


def test_the_soreness_question_asks_about_the_needled_area() -> None:
    question = get_texts("2026-11", "en").check_in[ITEMS["soreness"].key]
    assert question == "How sore is the area that was needled, right now? Not your usual back pain."
