"""The patient's first screen in one call."""

from datetime import datetime
from hashlib import blake2b

from flask import after_this_request, current_app
from flask.wrappers import Response

from tracker import clock
from tracker.api.schemas.home import HomeView
from tracker.api.views import (
    view_appointment,
    view_check_in,
    view_due_task,
    view_plan,
    view_reminder,
    view_session,
    view_task,
)
from tracker.api.wire import Blueprint, Reply, Shown, client_has
from tracker.delivery.reach import find_obstacles
from tracker.outcomes.home import get_home
from tracker.outcomes.home_state import find_state
from tracker.people.rules.access import Actor, Permission
from tracker.sessions import service as sessions

blueprint = Blueprint("home", "What a patient sees first.")


@blueprint.operation(
    "getHome", "GET", "/v1/me/home", Permission.READ_HOME, returns=HomeView, conditional=True
)
def get_home_screen(actor: Actor) -> Reply[Shown | None]:
    """Read the first screen: what is due, what to avoid, what comes next; the header Server-Time says when."""
    now = clock.now()
    _send_server_time(now)
    assert actor.patient_id is not None, "only patients hold this permission"
    channels = current_app.extensions["channels"]
    obstacle = find_obstacles([actor.patient_id], channels, now).get(actor.patient_id)
    state = f"{find_state(actor.patient_id, now)}-{obstacle}"
    etag = blake2b(state.encode(), digest_size=12).hexdigest()
    if client_has(etag):
        return Reply(data=None, etag=etag)
    home = get_home(actor.patient_id, now)
    zone, locale, session = home.patient.time_zone, home.patient.locale, home.current_session
    appointment, check_in = home.next_appointment, home.last_check_in
    data = Shown(
        home,
        patient_id=home.patient.id,
        due_tasks=[view_due_task(task, zone, now, locale, home.alcohol_over) for task in home.due_tasks],
        active_restrictions=[view_task(task, zone, now, locale) for task in home.active_restrictions],
        cannot_be_reminded=obstacle is not None,
        cannot_be_reminded_because=obstacle,
        current_session=view_session(session, actor) if session else None,
        plan=view_plan(session, sessions.list_tasks(session.id), zone, now, locale) if session else None,
        next_reminder=view_reminder(home.next_reminder, locale) if home.next_reminder else None,
        next_appointment=view_appointment(appointment, locale) if appointment else None,
        last_check_in=view_check_in(check_in) if check_in else None,
    )
    return Reply(data=data, etag=etag)


def _send_server_time(now: datetime) -> None:
    @after_this_request
    def add(response: Response) -> Response:
        response.headers["Server-Time"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return response
