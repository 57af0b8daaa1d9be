import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from tracker import translation
from tracker.delivery.wording import TEXTS, Template, render
from tracker.translation import CATALOGUES, locales

LINK = "https://example.org/go/abc"
# Words that would tell a bystander what the message is about, as beginnings of words.
HEALTH_WORDS = (
    "ache alarm alcohol appointment bleed breath bruis care check chest clinic diagnos doctor dry drink exercis "
    "fever health hospital hurt hydrat infect injur lung medic muscle needl nurse numb pain patient physio pneumo "
    "practi recover red rehab score session sick sore stiff stretch swell symptom therap treat urgent wound "
    "alkohol arzt atem aufnahme behandl blut brust dehn entzünd fieber gesund klinik krank nadel notfall praxis "
    "schmerz sitzung termin trink verletz wund "
    "agua aguja alcohol beb cita clínica consulta cuidad dolor enferm estira fiebre herida infec médic músculo "
    "paciente pecho sangr salud sesión síntoma tratamiento urgen"
)
LOCALES = locales()
EVERY = list(product(Template, LOCALES))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    """An application that knows its catalogues, without a database."""
    bare = Flask("bare")
    translation.init(bare)
    with bare.app_context():
        yield


def texts_in_the_code() -> set[str]:
    """Every text that the code has translated: those of the messages, and what stands in a call."""
    said = {text for words in TEXTS.values() for text in (words.subject, words.body)}
    for path in (ROOT / "tracker").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"translate", "say"}:
                said |= {str(text.value) for text in node.args if isinstance(text, ast.Constant)}
    return said


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_every_catalogue_says_everything_once_and_nothing_else(locale: str) -> None:
    folder = CATALOGUES / locale / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as written, (folder / "messages.mo").open("rb") as compiled:
        catalogue, used = read_po(written, locale=locale), read_mo(compiled)
    assert {message.id for message in catalogue if message.id} == texts_in_the_code()
    assert [message.id for message in catalogue if not message.string or message.fuzzy] == []
    said = {message.id: message.string for message in catalogue if message.id}
    assert {message.id: message.string for message in used if message.id} == said, "make translations"


@pytest.mark.parametrize(("template", "locale"), EVERY)
def test_no_word_tells_of_health(template: Template, locale: str) -> None:
    words = render(template, locale).filled(LINK)
    shown = f"{words.subject} {words.body}".replace(LINK, "").lower()
    told = [
        word
        for word in re.findall(r"\w+", shown)
        if any(word.startswith(beginning) for beginning in HEALTH_WORDS.split())
    ]
    assert told == []


@pytest.mark.parametrize(("template", "locale"), EVERY)
def test_every_text_carries_the_link_and_nothing_unfilled(template: Template, locale: str) -> None:
    words = render(template, locale).filled(LINK)
    assert words.body.count(LINK) == 1
    assert "{" not in words.subject + words.body


def test_a_text_has_the_same_bytes_every_time() -> None:
    assert render("reminder", "es").filled(LINK) == render("reminder", "es").filled(LINK)


@pytest.mark.parametrize(
    ("locale", "as_in"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("", "en"), ("deu", "en")],
)
def test_the_nearest_language_is_used(locale: str, as_in: str) -> None:
    assert render("reminder", locale) == render("reminder", as_in)


def test_every_language_has_its_own_words() -> None:
    for template in Template:
        assert len({render(template, locale) for locale in LOCALES}) == len(LOCALES)


def test_an_unknown_template_is_an_error() -> None:
    with pytest.raises(ValueError, match="check_24h"):
        render("check_24h", "en")
