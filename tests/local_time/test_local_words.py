from datetime import datetime

import pytest
from babel.dates import get_day_names, get_month_names

from tracker.local_time.languages import LANGUAGES
from tracker.local_time.words import describe_instant, describe_moment, describe_near, describe_window
from tracker.local_time.zones import zone

instant = datetime.fromisoformat
NOW = "2026-03-06T20:00Z"  # Friday 6 March, 15:00 in New York


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("America/New_York", "Sunday 8 March, 16:00"),
        ("Asia/Kathmandu", "Monday 9 March, 01:45"),
    ],
)
def test_an_instant_is_told_in_local_words(place: str, expected: str) -> None:
    assert describe_instant(instant("2026-03-08T20:00Z"), zone(place)) == expected


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "expected"),
    [
        ("2026-03-06T20:00Z", "2026-03-08T19:00Z", "from today 15:00 until Sunday 15:00"),
        ("2026-03-06T20:00Z", "2026-03-07T20:00Z", "from today 15:00 until tomorrow 15:00"),
        ("2026-03-06T20:00Z", "2026-03-06T22:30Z", "from today 15:00 until 17:30"),
        ("2026-03-06T20:00Z", "2026-03-07T05:00Z", "from today 15:00 until the end of today"),
        ("2026-03-06T20:00Z", "2026-03-09T04:00Z", "from today 15:00 until the end of Sunday"),
        ("2026-03-05T20:00Z", "2026-03-06T20:00Z", "from yesterday 15:00 until today 15:00"),
        ("2026-03-04T20:00Z", "2026-03-05T20:00Z", "from Wednesday 4 March 15:00 until yesterday 15:00"),
        ("2026-03-12T04:00Z", "2026-03-13T16:00Z", "from Thursday 00:00 until Friday 13 March 12:00"),
        ("2026-12-31T20:00Z", "2027-01-01T20:00Z",
         "from Thursday 31 December 15:00 until Friday 1 January 2027 15:00"),
    ],
)  # fmt: skip
def test_a_window_is_told_as_seen_from_now(opens_at: str, closes_at: str, expected: str) -> None:
    words = describe_window(instant(opens_at), instant(closes_at), zone("America/New_York"), instant(NOW))
    assert words == expected


def test_a_day_that_ends_where_the_next_has_no_midnight_still_ends() -> None:
    santiago = zone("America/Santiago")
    words = describe_window(
        instant("2026-09-05T18:00Z"), instant("2026-09-06T04:00Z"), santiago, instant("2026-09-05T18:00Z")
    )
    assert words == "from today 14:00 until the end of today"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en-GB", "Sunday 8 March, 16:00"),
        ("de-AT", "Sonntag, 8. März, 16:00 Uhr"),
        ("es_MX", "domingo 8 de marzo, 16:00"),
        ("fr", "Sunday 8 March, 16:00"),
    ],
)
def test_an_instant_is_told_in_the_readers_language(locale: str, expected: str) -> None:
    assert describe_instant(instant("2026-03-08T20:00Z"), zone("America/New_York"), locale) == expected


@pytest.mark.parametrize(
    ("at", "english", "german", "spanish"),
    [
        ("2026-03-06T21:00Z", "today at 16:00", "heute um 16:00 Uhr", "hoy a las 16:00"),
        ("2026-03-07T14:00Z", "tomorrow at 09:00", "morgen um 09:00 Uhr", "mañana a las 09:00"),
        ("2026-03-09T13:00Z", "on Monday at 09:00", "am Montag um 09:00 Uhr", "el lunes a las 09:00"),
        ("2026-03-13T13:00Z", "on Friday 13 March at 09:00", "am Freitag, 13. März, um 09:00 Uhr",
         "el viernes 13 de marzo a las 09:00"),
        ("2027-01-04T14:00Z", "on Monday 4 January 2027 at 09:00", "am Montag, 4. Januar 2027, um 09:00 Uhr",
         "el lunes 4 de enero de 2027 a las 09:00"),
    ],
)  # fmt: skip
def test_when_something_happens_is_told_as_seen_from_now(
    at: str, english: str, german: str, spanish: str
) -> None:
    said = [
        describe_moment(instant(at), zone("America/New_York"), instant(NOW), locale)
        for locale in ("en", "de", "es")
    ]
    assert said == [english, german, spanish]


@pytest.mark.parametrize(
    ("locale", "window", "until_midnight", "near"),
    [
        ("de", "von heute, 15:00 Uhr bis Sonntag, 15:00 Uhr", "von heute, 15:00 Uhr bis heute, 24:00 Uhr",
         "Sonntag, 15:00 Uhr"),
        ("es", "desde hoy 15:00 hasta domingo 15:00", "desde hoy 15:00 hasta las 24:00 de hoy", "domingo 15:00"),
    ],
)  # fmt: skip
def test_a_window_is_told_in_the_readers_language(
    locale: str, window: str, until_midnight: str, near: str
) -> None:
    here, opens, sunday = zone("America/New_York"), instant(NOW), instant("2026-03-08T19:00Z")
    assert describe_window(opens, sunday, here, opens, locale) == window
    assert describe_window(opens, instant("2026-03-07T05:00Z"), here, opens, locale) == until_midnight
    assert describe_near(sunday, here, opens, locale) == near


@pytest.mark.parametrize("code", LANGUAGES)
def test_days_and_months_have_the_names_that_the_languages_data_says(code: str) -> None:
    days, months = get_day_names("wide", locale=code), get_month_names("wide", locale=code)
    assert LANGUAGES[code].weekdays == tuple(days[number] for number in range(7))
    assert LANGUAGES[code].months == tuple(months[number] for number in range(1, 13))
