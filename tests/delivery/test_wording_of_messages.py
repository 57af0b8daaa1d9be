import re
from collections.abc import Iterator
from itertools import product

import pytest
from flask import Flask

from tracker import translation
from tracker.delivery.wording import Template, render
from tracker.translation import locales

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


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    """An application that knows its catalogues, without a database."""
    bare = Flask("bare")
    translation.init(bare)
    with bare.app_context():
        yield


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
