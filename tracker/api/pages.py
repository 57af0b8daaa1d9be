"""The few pages beside the interface: the meaning of a problem, what a consent says, the contract, the metrics."""

from html import escape

from flask import Blueprint, Response

from tracker import clock
from tracker.api import metrics
from tracker.api.arguments import asked_locale
from tracker.api.problem_codes import KINDS
from tracker.api.spec import served
from tracker.delivery.operations import read_figures
from tracker.errors import NotFound
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, ConsentKind
from tracker.translation import DEFAULT_LOCALE, language_of, translate

blueprint = Blueprint("pages", __name__)
# What is agreed to, in one sentence; the clinic's own notice says the rest.
CONSENTS = {
    ConsentKind.DATA_PROCESSING: "This service may store what I write down, to follow how I recover.",
    ConsentKind.SHARE_WITH_CLINIC: "My therapist and those who stand in for them may read what I write down.",
    ConsentKind.RESEARCH: "What I write down may be used, without my name, to learn how people recover.",
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body></html>
"""


@blueprint.get("/problems/<code>")
def show_problem(code: str) -> Response:
    """Explain one problem type; raises NotFound for a code that is none of ours."""
    kind = KINDS.get(code.replace("-", "_"))
    if kind is None or "_" in code:
        raise NotFound
    return _page(kind.title, kind.meaning)


@blueprint.get("/consents/<kind>")
def show_consent(kind: str) -> Response:
    """Show what a consent says, in the language that the browser asks for; raises NotFound for an unknown one."""
    known = next((text for name, text in CONSENTS.items() if name == kind), None)
    if known is None:
        raise NotFound
    locale = asked_locale()
    withdrawal = translate(
        "It can be withdrawn at any time; what the clinic was told before stays in its record.", locale
    )
    version = translate("This is version {version}.", locale).format(version=CONSENT_DOCUMENT_VERSION)
    text = f"{translate(known, locale)} {withdrawal} {version}"
    return _page(translate("Consent", locale), text, language_of(locale))


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Tell Prometheus what waits, what left, and who works."""
    now = clock.now()
    return Response(metrics.write_metrics(read_figures(now), now), content_type=metrics.CONTENT_TYPE)


@blueprint.get("/v1/openapi.yaml")
def get_contract() -> Response:
    """Return the contract of this version."""
    response = Response(served(), content_type="application/yaml")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _page(title: str, text: str, language: str = DEFAULT_LOCALE) -> Response:
    page = _PAGE.format(title=escape(title), text=escape(text), language=language)
    return Response(page, content_type="text/html; charset=utf-8")
