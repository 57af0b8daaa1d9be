"""The clinic's protocol: which rules hold with which numbers, and new versions of it."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from tracker import clock
from tracker.alerts import protocol_in_force
from tracker.alerts.rules.families import DECLARED, thresholds_of
from tracker.alerts.rules.rule_set import DEFAULT, rule_set_to
from tracker.alerts.rules.thresholds import AUTHOR, Thresholds
from tracker.alerts.vocabulary import Rule
from tracker.api.cursors import decode, page
from tracker.api.schemas.protocols import (
    ProtocolVersionCreate,
    ProtocolVersionPageView,
    ProtocolVersionQuery,
    ProtocolVersionView,
    RulePreviewCreate,
    RulePreviewView,
)
from tracker.api.wire import Blueprint, Reply, replayed
from tracker.clinics import protocol_versions
from tracker.clinics.models import ClinicProtocol
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission
from tracker.practice import protocols
from tracker.practice.protocols import NewPreview, NewVersion
from tracker.protocols.catalog import STANDARD_AFTERCARE
from tracker.protocols.expected_course import DEFAULT_COURSE
from tracker.protocols.expected_course_form import expected_course_to

blueprint = Blueprint("protocols", "Which alert rules hold, with which numbers, and who set them.")

EXAMPLE = {
    "name": "Aftercare of our practice",
    "author": "Dr Tilda Therapist",
    "preset": "standard",
    "alert_rules": [
        {
            "key": "persists",
            "parameters": [
                {
                    "name": "persists_at_once",
                    "value": 5,
                    "source": "Our own last 90 days",
                    "author": "Dr Tilda Therapist",
                }
            ],
        }
    ],
}
PATH = "/v1/protocol"


class _Asked(TypedDict):
    limit: int
    cursor: NotRequired[str | None]


@blueprint.operation("getProtocol", "GET", PATH, Permission.READ_CLINIC, returns=ProtocolVersionView)
def get_protocol(actor: Actor) -> Mapping[str, object]:
    """Read the version that new sessions follow, with every number, its source and its author."""
    row = protocol_versions.find_newest(actor.clinic_id)
    return _view(row) if row else _shipped()


@blueprint.operation(
    "listProtocolVersions",
    "GET",
    f"{PATH}/versions",
    Permission.READ_CLINIC,
    query=ProtocolVersionQuery,
    returns=ProtocolVersionPageView,
)
def list_versions(actor: Actor, query: _Asked) -> Mapping[str, object]:
    """List the versions that the clinic has published, newest first."""
    before = decode(query.get("cursor"), int)
    rows = protocol_versions.list_versions(actor.clinic_id, query["limit"], before[0] if before else None)
    return page(rows, query["limit"], _view, lambda row: (row.version,))


@blueprint.operation(
    "publishProtocolVersion",
    "POST",
    f"{PATH}/versions",
    Permission.ADMINISTER_CLINIC,
    body=ProtocolVersionCreate,
    returns=ProtocolVersionView,
    status=201,
    key="required",
    example=EXAMPLE,
)
def publish_version(actor: Actor, body: NewVersion, key: str) -> Mapping[str, object] | Reply:
    """Publish a new version: sessions recorded from now on follow it, running ones keep theirs.

    Red flags and soreness of 9 and more alert whatever a version says.
    """
    with transaction():
        row, repeated = protocols.publish(actor, key, body, clock.now())
        shown = _view(row)
    return replayed(shown) if repeated else shown


@blueprint.operation(
    "previewRules",
    "POST",
    "/v1/protocol/previews",
    Permission.ADMINISTER_CLINIC,
    body=RulePreviewCreate,
    returns=RulePreviewView,
    example={"days": 90, "preset": "quiet"},
)
def preview_rules(actor: Actor, body: NewPreview) -> Mapping[str, object]:
    """Hold rules against the clinic's own last days before publishing them; nothing is changed."""
    with transaction():
        found = protocols.preview(actor, body, clock.now())
    return {"summary": found.sentence(body["days"]), **found.as_data()}


def _view(row: ClinicProtocol) -> dict[str, object]:
    return {
        "id": row.id,
        "protocol_template_id": row.base_key,
        "version": row.version,
        "name": row.name,
        "author": row.author,
        "note": row.note,
        "advice_texts": row.advice_texts or [],
        "expected_course": expected_course_to(protocol_in_force.read(row).course),
        "published_at": row.published_at,
        **_rules(row.rule_set),
    }


def _shipped() -> dict[str, object]:
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
    shipped = thresholds_of()
    rules = [
        {
            **rule,
            "may_be_switched_off": DECLARED[Rule(rule["key"])].optional,
            "parameters": [{**number, **_bounds(shipped, number["name"])} for number in rule["parameters"]],
        }
        for rule in rule_set["alert_rules"]
    ]
    return {"preset": rule_set["preset"], "alert_rules": rules}


def _bounds(shipped: Thresholds, name: str) -> dict[str, object]:
    bounds = shipped.named(name).bounds
    return {"lowest": bounds.lowest, "highest": bounds.highest, "why_bounded": bounds.reason}
