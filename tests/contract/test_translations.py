"""What people read exists in every language: each text of the code, and a sentence for each code there is."""

import ast
from collections.abc import Iterator
from contextvars import Context
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.support.source import read
from tracker.api.pages import CONSENTS
from tracker.delivery.rules.channel_kinds import FAILURES
from tracker.delivery.rules.channel_kinds import KINDS as CHANNEL_KINDS
from tracker.delivery.vocabulary import UNSEEN_BY_PATIENTS, AttemptOutcome, Reason, Receipt
from tracker.delivery.wording import TEXTS
from tracker.local_time.languages import LANGUAGES
from tracker.people.vocabulary import PushProvider, Way
from tracker.protocols.catalog import PROTOCOLS
from tracker.protocols.expected_course import LABEL
from tracker.protocols.task_texts import PREPARATION_TEXTS, TASK_TEXTS
from tracker.reminders.sentences import HELD, OUTCOMES, PLACED, RECEIPTS
from tracker.reminders.standing import KINDS
from tracker.translation import CATALOGUES, locales, translate

TRACKER = read("tracker")


def texts_in_the_code() -> set[str]:
    """Every text that the code has translated: those of the tables, and what stands in a call."""
    said = {text for words in TEXTS.values() for text in (words.subject, words.body)}
    said |= {text for words in TASK_TEXTS.values() for text in (words.title, words.instructions)}
    said |= {text for table in (PREPARATION_TEXTS, PLACED, HELD, FAILURES, OUTCOMES, RECEIPTS)
             for text in table.values()}  # fmt: skip
    said |= {kind.said for kind in CHANNEL_KINDS.values()}
    said |= {LABEL, *CONSENTS.values(), *(kind.asks for kind in KINDS.values() if kind.asks)}
    return said | {text for name, text in _texts_in_calls("tracker") if name == "translate"}


def _texts_in_calls(*folders: str) -> Iterator[tuple[str, str]]:
    """The name of a function, and each text among what it is called with."""
    for source in read(*folders):
        for call in ast.walk(source.tree):
            if isinstance(call, ast.Call):
                name = ast.unparse(call.func).rpartition(".")[2]
                for node in (node for given in call.args for node in ast.walk(given)):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield name, node.value


def catalogue(locale: str) -> Catalog:
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as written:
        return read_po(written, locale=locale)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", locales()[1:])
def test_every_catalogue_says_everything_once_and_nothing_else(locale: str) -> None:
    written = catalogue(locale)
    assert {message.id for message in written if message.id} == texts_in_the_code()
    assert [message.id for message in written if not message.string or message.fuzzy] == []
    with (CATALOGUES / locale / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
        used = read_mo(compiled)
    said = {message.id: message.string for message in written if message.id}
    assert {message.id: message.string for message in used if message.id} == said, "make translations"


@pytest.mark.parametrize("locale", locales()[1:])
def test_every_translation_differs_and_has_the_places_of_the_text(locale: str) -> None:
    said = {str(message.id): str(message.string) for message in catalogue(locale) if message.id}
    assert [text for text, words in said.items() if text == words] == []
    assert [text for text, words in said.items() if placeholders(text) != placeholders(words)] == []


def test_days_and_clock_times_are_told_in_the_same_languages() -> None:
    assert set(LANGUAGES) == set(locales())


def test_every_reason_that_a_patient_can_see_has_its_sentence() -> None:
    assert set(HELD) == set(Reason) - UNSEEN_BY_PATIENTS
    assert set(PLACED) <= set(Reason)
    # What is stored as the reason where a provider says no word of its own.
    assert set(AttemptOutcome) - {AttemptOutcome.ACCEPTED, AttemptOutcome.DUPLICATE} <= set(Reason)
    assert set(FAILURES).isdisjoint(Reason)


def test_what_only_staff_read_is_no_reason_of_a_reminder() -> None:
    """No file that ends, holds or plans a message to a patient names a reason that has no sentence for them."""
    named = {
        f"{source.path}: {node.attr}"
        for source in read("tracker/delivery", "tracker/reminders", "tracker/recovery")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Reason"
        and Reason[node.attr] in UNSEEN_BY_PATIENTS and source.module != "tracker.delivery.vocabulary"
    }  # fmt: skip
    # Of what has left: no reason is shown for it.
    assert named == {"tracker/delivery/results.py: ACCEPTED", "tracker/delivery/service.py: ACCEPTED"}


def test_every_way_and_what_came_of_it_has_words() -> None:
    assert set(CHANNEL_KINDS) == set(Way) - {Way.PUSH} | set(PushProvider)
    assert set(OUTCOMES) == set(AttemptOutcome)
    assert set(RECEIPTS) == set(Receipt)


def test_every_task_of_a_plan_has_words() -> None:
    steps = {step.key for protocol in PROTOCOLS.values() for step in protocol.steps if not step.speaks_for}
    assert set(TASK_TEXTS) == steps


def test_outside_an_application_nothing_is_translated_rather_than_kept_in_english() -> None:
    with pytest.raises(RuntimeError, match="context"):
        Context().run(translate, "Words that nobody has said yet.", "de")
