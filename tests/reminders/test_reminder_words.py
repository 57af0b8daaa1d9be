"""The sentences of a reminder: every code in every language, none of them missing, English or half filled in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from flask import Flask

from tracker import translation
from tracker.delivery.rules.channel_kinds import CHANNELS, FAILURES
from tracker.delivery.vocabulary import UNSEEN_BY_PATIENTS, Reason
from tracker.local_time.windows import OnDay
from tracker.local_time.zones import zone
from tracker.protocols.catalog import PROTOCOLS, Step
from tracker.reminders.rules.explanation import Link
from tracker.reminders.rules.prompts import PlannedPrompt
from tracker.reminders.sentences import (
    HELD,
    OUTCOMES,
    PLACED,
    RECEIPTS,
    say_link,
    say_prompt,
    why_asked,
)
from tracker.translation import locales

NOON = datetime(2026, 3, 3, 11, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 18, 30, tzinfo=UTC)
BERLIN = zone("Europe/Berlin")
STEPS = {step.key: step for protocol in PROTOCOLS.values() for step in protocol.steps}
OTHERS = locales()[1:]
SEEN = [reason for reason in Reason if reason not in UNSEEN_BY_PATIENTS]

SAID = (*HELD, *FAILURES)
LINKS = [
    Link(kind="planned", at=NOON, until=NOON, meant_for=NOON),
    *(Link(kind="planned", at=NOON, until=LATER, meant_for=NOON, placed_because=code) for code in PLACED),
    *(Link(kind="held", at=NOON, reason=code) for code in SAID),
    *(Link(kind="moved", at=NOON, until=LATER, reason=code) for code in (*SAID, "quota")),
    *(Link(kind="ended", at=NOON, reason=code) for code in SAID),
    Link(kind="handed_over", at=NOON, channel="email"),
    *(Link(kind="handed_over", at=NOON, channel=channel, outcome=outcome, reason=told)
      for channel, outcome, told in product(CHANNELS, OUTCOMES, (None, "quota"))),
    *(Link(kind="receipt", at=NOON, outcome=receipt) for receipt in RECEIPTS),
    Link(kind="acknowledged", at=NOON),
    Link(kind="answered_by_link", at=NOON),
]  # fmt: skip


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    """An application that knows its catalogues, without a database."""
    bare = Flask("bare")
    translation.init(bare)
    with bare.app_context():
        yield


def prompt(step: Step, reason: Reason, due_at: datetime | None, occurrence: int = 0) -> PlannedPrompt:
    return PlannedPrompt(
        step_key=step.key, occurrence=occurrence, nominal_at=NOON, due_at=due_at, not_before=NOON,
        not_after=LATER, reason=reason, priority=1,
    )  # fmt: skip


def assert_every_language_says(said: dict[str, str]) -> None:
    """No sentence is empty or half filled in, and each language has its own words."""
    assert [locale for locale, words in said.items() if not words or "{" in words] == []
    assert len(set(said.values())) == len(locales())
    # Nothing English is left between words of another language.
    english = {"the", "it", "which", "hours", "by", "sent", "until", "March", "Tuesday"}
    assert [said[locale] for locale in OTHERS if english & set(said[locale].split())] == []


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.kind}-{link.reason}-{link.outcome}")
def test_everything_that_happens_to_a_reminder_is_said_in_every_language(link: Link) -> None:
    asked = STEPS["check_24h"]
    assert_every_language_says(
        {each: say_link(link, why_asked(asked, each, is_repeat=False), BERLIN, each) for each in locales()}
    )


@pytest.mark.parametrize(("step", "repeat"), list(product(STEPS.values(), (False, True))))
def test_every_step_says_in_every_language_when_it_asks(step: Step, repeat: bool) -> None:
    is_repeat = repeat and step.repeat_minutes is not None
    assert_every_language_says({each: why_asked(step, each, is_repeat=is_repeat) for each in locales()})


@pytest.mark.parametrize(("reason", "due_at"), list(product(SEEN, (NOON, LATER, None))))
def test_every_planned_prompt_is_said_in_every_language(reason: Reason, due_at: datetime | None) -> None:
    step = STEPS["check_24h"]
    planned = prompt(step, reason, due_at)
    assert_every_language_says({each: say_prompt(planned, step, BERLIN, each) for each in locales()})


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "Handed over by email, Tuesday 3 March, 12:00: it was taken."),
        ("de", "Übergeben per E-Mail am Dienstag, 3. März, 12:00 Uhr: sie wurde angenommen."),
        ("es", "Entregado por correo electrónico el martes 3 de marzo, 12:00: se aceptó."),
        ("de-AT", "Übergeben per E-Mail am Dienstag, 3. März, 12:00 Uhr: sie wurde angenommen."),
        ("fr", "Handed over by email, Tuesday 3 March, 12:00: it was taken."),
    ],
)
def test_a_hand_over_in_the_words_of_each_language(locale: str, sentence: str) -> None:
    link = Link(kind="handed_over", at=NOON, channel="email", outcome="accepted")
    assert say_link(link, "", BERLIN, locale) == sentence


@pytest.mark.parametrize(
    ("key", "locale", "clause"),
    [
        ("check_24h", "de", "24 Stunden nach dem Ende der Behandlung"),
        ("infection_question", "de", "um 19:00 Uhr am 5. Tag nach dem Ende der Behandlung"),
        ("appointment", "es", "a las 18:00 del día anterior a la cita"),
        ("hydration", "en", "12:00 on the day itself"),
        ("alcohol_evening", "de", "der erste Zeitpunkt um 18:00 Uhr, der in ihr Zeitfenster passt"),
        ("aftercare_card", "es", "el final de la sesión"),
    ],
)
def test_when_a_step_asks(key: str, locale: str, clause: str) -> None:
    assert why_asked(STEPS[key], locale, is_repeat=False) == clause


def test_only_an_appointment_is_asked_about_on_the_day_before() -> None:
    asked = {step.key for step in STEPS.values() if isinstance(step.prompt, OnDay) and step.prompt.day < 0}
    assert asked == {"appointment"}


def test_what_a_provider_said_is_quoted_as_it_is() -> None:
    link = Link(kind="ended", at=NOON, reason="quota {hours}")
    said = say_link(link, "", BERLIN, "de")
    assert said == (
        "Nicht gesendet, entschieden am Dienstag, 3. März, 12:00 Uhr: "
        "Der Versanddienst meldete „quota {hours}“."
    )


def test_an_unknown_link_is_an_error() -> None:
    with pytest.raises(ValueError, match="lost"):
        say_link(Link(kind="lost", at=NOON), "", BERLIN, "en")
