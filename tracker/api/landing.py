"""The page behind the link of a message: a neutral word, or one question that can be answered there and then."""

from collections.abc import Iterator, Sequence
from html import escape
from uuid import UUID

from flask import Blueprint, Response, request

from tracker import clock
from tracker.api.arguments import asked_locale
from tracker.api.wire import server_settings
from tracker.db import transaction
from tracker.delivery.links import read_code
from tracker.errors import Conflict
from tracker.recovery import link_answers
from tracker.recovery.link_questions import LinkQuestion, find_question
from tracker.safety.clinic_contact import emergency_notice
from tracker.translation import translate

blueprint = Blueprint("landing", __name__)

NONE_OF_THESE = "none"
# As the page's own buttons write them; any other notation is no answer.
SORENESS = [str(number) for number in range(11)]
CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="{locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body><main><h1>{title}</h1>{content}</main></body></html>
"""


@blueprint.get("/go/<code>")
def show_landing(code: str) -> Response:
    """Show the question of a reminder, else a neutral word that is the same for every other code."""
    question = _find_question(code)
    if question is None:
        return _neutral()
    return _ask(question) if question.is_open else _over(question)


@blueprint.post("/go/<code>")
def take_answer(code: str) -> Response:
    """Take the answer to a reminder's question, once; a warning sign is taken always."""
    question, reminder_id = _find_question(code), _read(code)
    if question is None or reminder_id is None:
        return _neutral()
    signs = [ticked for ticked in request.form.getlist("red_flags") if ticked != NONE_OF_THESE]
    soreness = _soreness_of(request.form.get("soreness", ""))
    faults = list(_faults(question, soreness, signs)) if question.is_open else []
    if faults and not signs:
        return _ask(question, faults)
    try:
        with transaction():
            advice = link_answers.answer(reminder_id, soreness, signs, clock.now())
    except Conflict:
        return _over(question)
    locale = question.texts.locale
    said = [translate("Your answer has arrived.", locale), advice["message"], advice["watched"]]
    title = advice["title"] if signs else translate("Thank you", locale)
    return _page(title, _paragraphs(said), locale)


def _read(code: str) -> UUID | None:
    settings = server_settings()
    return read_code(settings.secret_key, code)


def _find_question(code: str) -> LinkQuestion | None:
    reminder_id = _read(code)
    return find_question(reminder_id, clock.now()) if reminder_id else None


def _soreness_of(text: str) -> int | None:
    return int(text) if text in SORENESS else None


def _faults(question: LinkQuestion, soreness: int | None, signs: Sequence[str]) -> Iterator[str]:
    locale = question.texts.locale
    if question.asks_soreness and soreness is None:
        yield translate("Choose a number from 0 to 10.", locale)
    if not signs and NONE_OF_THESE not in request.form.getlist("red_flags"):
        yield translate("Tick what applies, or that none of these does.", locale)


def _ask(question: LinkQuestion, faults: Sequence[str] = ()) -> Response:
    texts = question.texts
    send = escape(translate("Send", texts.locale))
    form = f'<form method="post">{_soreness(question)}{_signs(question)}<p><button>{send}</button></p></form>'
    remark = [question.remark] if question.remark else []
    content = _paragraphs([*faults, *remark]) + form + _paragraphs([emergency_notice(texts)])
    title = translate("A short question for you", texts.locale)
    return _page(title, content, texts.locale, 422 if faults else 200)


def _soreness(question: LinkQuestion) -> str:
    if not question.asks_soreness:
        return ""
    asked = question.texts.check_in
    chosen = request.form.get("soreness", "")
    buttons = "".join(
        f'<label><input type="radio" name="soreness" value="{number}"{_checked(number == chosen)}> {number}'
        "</label> "
        for number in SORENESS
    )
    ends = f"0: {asked['soreness.lowest']}. 10: {asked['soreness.highest']}."
    return f"<fieldset><legend>{escape(asked['soreness'])}</legend><p>{buttons}</p><p>{escape(ends)}</p></fieldset>"


def _signs(question: LinkQuestion) -> str:
    texts = question.texts
    labels = {code: texts.labels[code] for code in question.codes}
    labels[NONE_OF_THESE] = texts.check_in["red_flags.none"]
    chosen = request.form.getlist("red_flags")
    boxes = "".join(
        f'<p><label><input type="checkbox" name="red_flags" value="{code}"{_checked(code in chosen)}> '
        f"{escape(label)}</label></p>"
        for code, label in labels.items()
    )
    return f"<fieldset><legend>{escape(texts.check_in['red_flags'])}</legend>{boxes}</fieldset>"


def _checked(chosen: bool) -> str:
    return " checked" if chosen else ""


def _over(question: LinkQuestion) -> Response:
    locale = question.texts.locale
    why = translate(
        "It has been used, or its time has passed. Open the app, or sign in, to write something down.", locale
    )
    content = _paragraphs([why, emergency_notice(question.texts)])
    return _page(translate("This link is over", locale), content, locale, 410)


def _neutral() -> Response:
    locale = asked_locale()
    text = translate("Open the app on your phone, or sign in, to read it.", locale)
    return _page(translate("You have a message", locale), _paragraphs([text]), "")


def _paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for sentence in sentences for line in sentence.splitlines())


def _page(title: str, content: str, locale: str, status: int = 200) -> Response:
    page = _PAGE.format(title=escape(title), content=content, locale=escape(locale))
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    return response
