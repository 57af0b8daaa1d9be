"""What monitors and apps ask before anything else: alive, ready, worker ticking, configuration."""

from flask import current_app

from tracker import clock
from tracker.api import fields
from tracker.api.schemas.common import View
from tracker.api.spec import API_VERSION
from tracker.api.wire import Blueprint, server_settings
from tracker.delivery.health import require_ready, worker_health
from tracker.delivery.rules.channel_kinds import channels_by
from tracker.delivery.vapid import public_key_of
from tracker.people.vocabulary import CONSENT_DOCUMENT_VERSION, ConsentKind, Way
from tracker.translation import locales

blueprint = Blueprint("status", "Whether the service is there, and what an app must know before it signs in.")


class HealthView(View):
    """One word about the health of the service."""

    status = fields.Vocabulary(["ok", "degraded"], required=True)


class WorkerHealthView(HealthView):
    """Whether messages leave in time."""

    last_tick_at = fields.Instant(about="When a worker last finished its round; absent if none ever did.")
    oldest_due_at = fields.Instant(about="Due moment of the oldest message that waits; absent if none does.")
    late_by_minutes = fields.Whole(
        0, fields.INT32, required=True, about="How long that message has been due."
    )


class ConsentDocumentView(View):
    """A document that a patient agrees to, in its current version."""

    kind = fields.Vocabulary(ConsentKind, required=True)
    version = fields.Text(20, required=True, example=CONSENT_DOCUMENT_VERSION)
    url = fields.Text(200, required=True, about="Where the text can be read.")


class ClientConfigView(View):
    """What an app needs to know before it signs in."""

    api_version = fields.Text(20, required=True, example=API_VERSION)
    minimum_versions = fields.MapOf(
        {"type": "string", "maxLength": 20}, required=True, about="Oldest app version served, by platform."
    )
    supported_locales = fields.ListOf(fields.Locale(), 50, required=True)
    server_time = fields.Instant(required=True)
    features = fields.MapOf(
        {"type": "boolean"},
        required=True,
        about="Ways to reach a person, and whether this server offers them.",
    )
    consent_documents = fields.ListOf(fields.Nested(ConsentDocumentView), 20, required=True)
    web_push_public_key = fields.Text(
        100,
        about="What a browser subscribes with (applicationServerKey); absent where there is no web push. "
        "A push holds title, link and id; show it with the id as its tag, so that a repetition replaces it.",
    )


@blueprint.operation("getLiveness", "GET", "/healthz", None, returns=HealthView)
def get_liveness() -> dict[str, object]:
    """Say that this process answers; asks nothing else."""
    return {"status": "ok"}


@blueprint.operation("getReadiness", "GET", "/readyz", None, returns=HealthView, errors=(503,))
def get_readiness() -> dict[str, object]:
    """Say that the database answers and has the schema of this version."""
    require_ready()
    return {"status": "ok"}


@blueprint.operation("getWorkerHealth", "GET", "/workerz", None, returns=WorkerHealthView, errors=(503,))
def get_worker_health() -> dict[str, object]:
    """Say whether the worker ticks and messages leave in time; degraded is no failure of this process."""
    health = worker_health(clock.now())
    return {
        "status": "degraded" if health.is_degraded else "ok",
        "last_tick_at": health.last_tick_at,
        "oldest_due_at": health.oldest_due_at,
        "late_by_minutes": health.late_by_minutes,
    }


@blueprint.operation(
    "getClientConfig", "GET", "/v1/client-config", None, returns=ClientConfigView, cache="public, max-age=300"
)
def get_client_config() -> dict[str, object]:
    """Read what an app needs before it signs in."""
    settings = server_settings()
    documents = [
        {"kind": kind, "version": CONSENT_DOCUMENT_VERSION, "url": f"/consents/{kind}"}
        for kind in ConsentKind
    ]
    return {
        "api_version": API_VERSION,
        "minimum_versions": {},
        "supported_locales": locales(),
        "server_time": clock.now(),
        "features": _features(),
        "consent_documents": documents,
        "web_push_public_key": public_key_of(settings.web_push_key) if settings.web_push_key else None,
    }


def _features() -> dict[str, bool]:
    offered: frozenset[str] = current_app.extensions["channels"]
    return {way.value: bool(channels_by(way) & offered) for way in Way if way is not Way.EMAIL}
