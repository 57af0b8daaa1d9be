"""What must happen in the recovery week, and nothing else: each patient's local day and time, kind, what."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.demo.observer import Event


@dataclass(frozen=True, slots=True, order=True)
class Expectation:
    """One event, in the words of the table."""

    patient: str
    words: str

    def __str__(self) -> str:
        return f"{self.patient} {self.words}"


def of(patient: str, *events: str) -> list[Expectation]:
    """Return what is expected for one patient, one line each: local day and time, kind, what."""
    return [Expectation(patient, words) for words in events]


def missing(expected: Iterable[Expectation], events: Iterable[Event]) -> list[Expectation]:
    """Return what was expected and did not happen."""
    return sorted((Counter(expected) - Counter(_seen(events))).elements())


def unexpected(expected: Iterable[Expectation], events: Iterable[Event]) -> list[Expectation]:
    """Return what happened and was not expected."""
    return sorted((Counter(_seen(events)) - Counter(expected)).elements())


def _seen(events: Iterable[Event]) -> list[Expectation]:
    return [Expectation(event.patient, f"{event.when} {event.kind} {event.what}") for event in events]


EXPECTED: Sequence[Expectation] = (
    *of(
        "Nora",
        "Fri 6 15:00 recorded session",
        "Fri 6 15:00 sent aftercare_card",
        "Fri 6 18:00 sent alcohol_evening",
        "Sat 7 15:00 sent check_24h",
        "Sat 7 15:20 answered 4/10",
        "Sat 7 15:20 suppressed check_24h_again",
        "Sat 7 20:40 answered 3/10",
        "Sat 7 20:40 suppressed second_look",
        "Sun 8 16:00 sent check_48h",
        "Sun 8 16:25 answered 2/10",
        "Sun 8 16:25 suppressed check_48h_again",
        "Mon 9 16:00 suppressed check_72h",
        "Wed 11 19:00 sent infection_question",
        "Wed 11 19:10 answered 2/10",
        "Fri 13 19:00 suppressed check_day_7",
    ),
    *of(
        "Marek",
        "Fri 6 10:30 recorded session",
        "Fri 6 10:30 sent aftercare_card",
        "Fri 6 18:00 sent alcohol_evening",
        "Sat 7 10:30 sent check_24h",
        "Sat 7 11:00 answered 5/10",
        "Sat 7 11:00 suppressed check_24h_again",
        "Sat 7 20:59 sent second_look",
        "Sun 8 10:30 sent check_48h",
        "Sun 8 11:15 answered 5/10",
        "Sun 8 11:15 raised persists",
        "Sun 8 11:15 suppressed check_48h_again",
        "Sun 8 11:15 told notify",
        # It was a quarter past six in the morning at the clinic, which opens at eight and has four hours.
        "Sun 8 17:00 escalated escalate_1",
        "Sun 8 17:40 acknowledged persists",
        "Sun 8 17:40 cancelled repeat",
        "Mon 9 10:30 sent check_72h",
        "Mon 9 11:00 answered 5/10",
        "Mon 9 11:00 refreshed persists",
        "Mon 9 16:30 resolved persists",
        "Mon 9 16:30 cancelled digest",
        "Wed 11 19:00 sent infection_question",
        "Wed 11 19:30 answered 2/10",
        "Fri 13 19:00 suppressed check_day_7",
    ),
    *of(
        "Priya",
        "Fri 6 18:30 recorded session",
        "Fri 6 18:30 sent aftercare_card",
        "Fri 6 18:30 suppressed check_24h_again",
        "Fri 6 18:30 suppressed check_48h_again",
        "Sat 7 18:30 sent check_24h",
        "Sat 7 19:00 answered 3/10",
        "Sun 8 08:00 sent second_look",
        "Sun 8 18:30 sent check_48h",
        "Sun 8 19:20 answered 6/10",
        "Sun 8 19:20 raised worsens",
        "Sun 8 19:20 told notify",
        "Sun 8 20:10 acknowledged worsens",
        "Sun 8 20:10 cancelled escalate_1",
        "Mon 9 18:30 sent check_72h",
        "Mon 9 18:45 answered 3/10",
        "Mon 9 18:45 refreshed persists",
        "Tue 10 09:30 answered 2/10",
        "Tue 10 09:30 settling persists",
        "Tue 10 17:30 told digest",
        "Wed 11 17:30 told digest",
        "Wed 11 19:00 sent infection_question",
        "Wed 11 19:40 answered 1/10",
        "Wed 11 19:40 resolved persists",
        "Wed 11 19:40 cancelled digest",
        "Thu 12 17:30 told digest",
        "Fri 13 19:00 suppressed check_day_7",
    ),
    *of(
        "Ruth",
        "Fri 6 11:00 recorded session",
        "Fri 6 11:00 sent aftercare_card",
        "Fri 6 15:00 sent chest_check",
        "Fri 6 15:10 reported shortness_of_breath",
        "Fri 6 15:10 raised red_flag_emergency",
        "Fri 6 15:10 told notify",
        "Fri 6 15:25 sent help_question",
        "Fri 6 15:40 escalated escalate_1",
        "Fri 6 15:55 acknowledged red_flag_emergency",
        "Fri 6 15:55 cancelled escalate_2",
        "Fri 6 19:30 resolved red_flag_emergency",
        "Fri 6 19:30 cancelled digest",
        "Sat 7 11:00 sent check_24h",
        "Sat 7 11:30 answered 2/10",
        "Sat 7 11:30 suppressed check_24h_again",
        "Sat 7 20:59 sent second_look",
        "Sun 8 12:00 sent check_48h",
        "Sun 8 12:20 answered 2/10",
        "Sun 8 12:20 suppressed check_48h_again",
        "Mon 9 12:00 suppressed check_72h",
        "Wed 11 19:00 sent infection_question",
        "Wed 11 20:00 answered 1/10",
        "Fri 13 19:00 suppressed check_day_7",
    ),
    *of(
        "Jonas",
        "Fri 6 16:00 recorded session",
        "Fri 6 16:00 sent aftercare_card",
        "Fri 6 18:00 sent alcohol_evening",
        "Sat 7 16:00 sent check_24h",
        "Sat 7 19:00 sent check_24h_again",
        "Sun 8 08:00 sent second_look",
        "Sun 8 16:00 sent check_48h",
        "Sun 8 19:00 sent check_48h_again",
        "Mon 9 04:00 raised missed_checks",
        "Mon 9 10:00 acknowledged missed_checks",
        "Mon 9 10:00 cancelled digest",
        "Mon 9 10:20 answered 2/10",
        "Mon 9 10:20 resolved missed_checks",
        "Mon 9 10:20 cancelled digest",
        "Mon 9 13:00 told digest",  # that it closed by itself
        "Mon 9 16:00 suppressed check_72h",
        "Wed 11 19:00 sent infection_question",
        "Fri 13 19:00 suppressed check_day_7",
    ),
)
