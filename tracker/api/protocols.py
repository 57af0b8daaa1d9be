"""The clinic's protocol: which rules hold with which numbers, and new versions of it."""

from typing import NamedTuple

from tracker import clock
from tracker.alerts.facts.protocol_in_force import read
from tracker.api.cursors import Page, PageParameters, decode, page
from tracker.api.protocol_views import view_shipped, view_version
from tracker.api.schemas.protocols import (
    ProtocolVersionCreate,
    ProtocolVersionPageView,
    ProtocolVersionQuery,
    ProtocolVersionView,
    RulePreviewCreate,
    RulePreviewView,
)
from tracker.api.wire import Blueprint, Reply, Shown
from tracker.clinics import protocol_versions
from tracker.db import transaction
from tracker.people.rules.access import Actor, Permission
from tracker.practice import protocols
from tracker.practice.rules.bodies import ProtocolBody, RulePreviewBody

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


class _Place(NamedTuple):
    version: int


@blueprint.operation("getProtocol", "GET", PATH, Permission.READ_CLINIC, returns=ProtocolVersionView)
def get_protocol(actor: Actor) -> Shown | dict[str, object]:
    """Read the version that new sessions follow, with every number, its source and its author."""
    row = protocol_versions.find_newest(actor.clinic_id)
    return view_version(row, read(row)) if row else view_shipped()


@blueprint.operation(
    "listProtocolVersions",
    "GET",
    f"{PATH}/versions",
    Permission.READ_CLINIC,
    query=ProtocolVersionQuery,
    returns=ProtocolVersionPageView,
)
def list_versions(actor: Actor, query: PageParameters) -> Page[Shown]:
    """List the versions that the clinic has published, newest first."""
    before = decode(query.get("cursor"), _Place)
    rows = protocol_versions.list_versions(
        actor.clinic_id, query["limit"], before.version if before else None
    )
    return page(rows, query["limit"], lambda row: view_version(row, read(row)), lambda row: (row.version,))


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
def publish_version(actor: Actor, body: ProtocolBody, key: str) -> Reply[Shown]:
    """Publish a new version: sessions recorded from now on follow it, running ones keep theirs.

    Red flags and soreness of 9 and more alert whatever a version says.
    """
    with transaction():
        row, repeated = protocols.publish(actor, key, body, clock.now())
        shown = view_version(row, read(row))
    return Reply(data=shown, replayed=repeated)


@blueprint.operation(
    "previewRules",
    "POST",
    "/v1/protocol/previews",
    Permission.ADMINISTER_CLINIC,
    body=RulePreviewCreate,
    returns=RulePreviewView,
    example={"days": 90, "preset": "quiet"},
)
def preview_rules(actor: Actor, body: RulePreviewBody) -> dict[str, object]:
    """Hold rules against the clinic's own last days before publishing them; nothing is changed."""
    with transaction():
        found = protocols.preview(actor, body, clock.now())
    return {"summary": found.sentence(body["days"]), **found.as_data()}
