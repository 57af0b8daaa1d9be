"""A clinic's protocol: what is in force, and a new version published under somebody's name."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tracker.alerts.rules.rule_set import InvalidRuleSet, rule_set_from, rule_set_to
from tracker.clinics import protocol_versions
from tracker.clinics.models import ClinicProtocol
from tracker.errors import Fault, Invalid
from tracker.people import trail
from tracker.people.rules.access import Action, Actor
from tracker.practice import clinic_past
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.protocols.expected_course_form import InvalidCourse, expected_course_from, expected_course_to
from tracker.replay.comparison import Comparison, compare
from tracker.safety.completeness import PLACEHOLDER

# What is known whenever advice is given; hours and deadlines stand in sentences of their own.
IN_ADVICE = frozenset({"clinic", "emergency_number", "urgent_care_phone"})
BRACES = frozenset("{}")


def publish(actor: Actor, key: str, values: Mapping[str, Any], now: datetime) -> tuple[ClinicProtocol, bool]:
    """Publish the next version, which sessions recorded from now on follow; return it and whether it was known.

    Raises Invalid with everything that has to change.
    """
    rules, texts, course = _rules(values), values.get("advice_texts") or [], values.get("expected_course")
    _refuse(texts, rules, course)
    stored = {
        "name": values["name"],
        "author": values["author"],
        "note": values.get("note"),
        "base_key": STANDARD_AFTERCARE.key,
        "base_version": STANDARD_AFTERCARE.version,
        "rule_set": rule_set_to(rule_set_from(rules)),
        "expected_course": expected_course_to(expected_course_from(course)) if course else None,
        "advice_texts": texts or None,
    }
    row, repeated = protocol_versions.publish(actor.clinic_id, actor.account_id, key, stored, now)
    if not repeated:
        trail.record_deed(actor, Action.CREATE, "protocol_version", row.id, now)
    return row, repeated


def preview(actor: Actor, values: Mapping[str, Any], now: datetime) -> Comparison:
    """Say what the last days would have been with these rules; changes nothing. Raises Invalid.

    Counts alone, over all patients of the clinic: nobody's record is shown.
    """
    rules = _rules(values)
    _refuse((), rules, None)
    trail.record_deed(actor, Action.READ, "rule_preview", None, now)
    since = now - timedelta(days=values["days"])
    return compare(clinic_past.list_past(actor.clinic_id, since, now), rule_set_from(rules))


def _rules(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("preset", "alert_rules") if name in values}


def _refuse(
    texts: Sequence[Mapping[str, str]], rules: Mapping[str, Any], course: Mapping[str, Any] | None
) -> None:
    faults = list(_text_faults(texts))
    try:
        if course is not None:
            expected_course_from(course)
    except InvalidCourse as invalid:
        places = (fault.pointer.replace("#", "#/expected_course", 1) for fault in invalid.faults)
        faults += [
            Fault(place, fault.code, fault.detail)
            for place, fault in zip(places, invalid.faults, strict=True)
        ]
    try:
        rule_set_from(rules)
    except InvalidRuleSet as invalid:
        faults += [Fault(fault.pointer, fault.code, fault.detail) for fault in invalid.faults]
    if faults:
        raise Invalid(*faults)


def _text_faults(texts: Sequence[Mapping[str, str]]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for number, text in enumerate(texts):
        place = f"#/advice_texts/{number}"
        if (text["locale"], text["key"]) in seen:
            yield Fault(f"{place}/key", "repeated", "These words are given twice in one language; keep one.")
        seen.add((text["locale"], text["key"]))
        for name, filled in (("title", frozenset()), ("message", IN_ADVICE)):
            if set(PLACEHOLDER.findall(text[name])) - filled or BRACES & set(PLACEHOLDER.sub("", text[name])):
                known = ", ".join(sorted(f"{{{each}}}" for each in filled)) or "no braces"
                yield Fault(
                    f"{place}/{name}", "unknown_placeholder", f"Nobody fills in all of it; use {known}."
                )
