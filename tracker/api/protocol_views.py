"""From the versions of a clinic's protocol to what is shown of them."""

from collections.abc import Mapping
from typing import Any, Protocol

from tracker.alerts.facts.protocol_in_force import Published
from tracker.alerts.rules.families import DECLARED, thresholds_of
from tracker.alerts.rules.rule_set import DEFAULT, rule_set_to
from tracker.alerts.rules.thresholds import AUTHOR
from tracker.alerts.vocabulary import Rule
from tracker.api.wire import Shown
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.protocols.expected_course import DEFAULT_COURSE
from tracker.protocols.expected_course_form import expected_course_to


class VersionRow(Protocol):
    """What of a stored version is shown in another form than its column."""

    base_key: str
    rule_set: dict[str, Any]
    advice_texts: list[dict[str, str]] | None


def view_version(row: VersionRow, published: Published) -> Shown:
    """Show a version that a clinic has published, with every number in it."""
    return Shown(
        row,
        protocol_template_id=row.base_key,
        advice_texts=row.advice_texts or [],
        expected_course=expected_course_to(published.course),
        **_rules(row.rule_set),
    )


def view_shipped() -> dict[str, object]:
    """Show what holds where a clinic has published nothing."""
    return {
        "protocol_template_id": STANDARD_AFTERCARE.key,
        "version": 0,
        "name": STANDARD_AFTERCARE.name,
        "author": AUTHOR,
        "advice_texts": [],
        "expected_course": expected_course_to(DEFAULT_COURSE),
        **_rules(rule_set_to(DEFAULT)),
    }


def _rules(rule_set: Mapping[str, Any]) -> dict[str, object]:
    rules = [
        {
            **rule,
            "may_be_switched_off": DECLARED[Rule(rule["key"])].optional,
            "parameters": [{**number, **_bounds(number["name"])} for number in rule["parameters"]],
        }
        for rule in rule_set["alert_rules"]
    ]
    return {"preset": rule_set["preset"], "alert_rules": rules}


def _bounds(name: str) -> dict[str, object]:
    bounds = thresholds_of().named(name).bounds
    return {"lowest": bounds.lowest, "highest": bounds.highest, "why_bounded": bounds.reason}
