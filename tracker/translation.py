"""The languages of what people read, from gettext catalogues; the only place that knows Flask-Babel."""

from functools import cache
from pathlib import Path

from flask import Flask, has_app_context
from flask_babel import Babel, force_locale, gettext

CATALOGUES = Path(__file__).resolve().parent / "translations"
# The language in which the texts stand in the code.
DEFAULT_LOCALE = "en"


def init(app: Flask) -> None:
    """Tell the application where its catalogues are."""
    Babel(app, default_locale=DEFAULT_LOCALE, default_translation_directories=str(CATALOGUES))


@cache
def locales() -> tuple[str, ...]:
    """Return the languages that there are, the default one first."""
    return (DEFAULT_LOCALE, *sorted(path.name for path in CATALOGUES.iterdir() if path.is_dir()))


def language_of(locale: str) -> str:
    """Return the language that is nearest to a locale: its own without the region, else the default one."""
    language = locale.partition("-")[0].lower()
    return language if language in locales() else DEFAULT_LOCALE


def translate(text: str, locale: str) -> str:
    """Return a text of the code in the nearest language; needs an application context."""
    # To gettext an empty text is the name of the catalogue's own header.
    return _translate(text, language_of(locale)) if text else ""


@cache  # a page of plans says hundreds of texts, and there are only those of the code
def _translate(text: str, language: str) -> str:
    if not has_app_context():
        raise RuntimeError(
            "Texts are translated in an application context only."
        )  # else English is kept for good
    with force_locale(language):
        translated: str = gettext(text)
    return translated
