"""The adverse-event register: a clinic's own safety numbers, for all of its staff."""

from datetime import timedelta
from uuid import UUID

from tracker import clock
from tracker.api.problems import Unreadable
from tracker.api.schemas.adverse_events import RegisterParameters, RegisterQuery, RegisterView
from tracker.api.wire import Blueprint
from tracker.checkins.adverse_event_register import read_register
from tracker.db import transaction
from tracker.errors import NotFound
from tracker.people import trail
from tracker.people.rules.access import Action, Actor, Permission

blueprint = Blueprint("adverse-events", "A clinic's own safety numbers.")

USUAL_SPAN = timedelta(days=365)
LONGEST_SPAN = timedelta(days=5 * 366)


@blueprint.operation(
    "getAdverseEvents",
    "GET",
    "/v1/clinics/<clinic_id>/adverse-events",
    Permission.READ_SAFETY_NUMBERS,
    query=RegisterQuery,
    returns=RegisterView,
)
def get_adverse_events(actor: Actor, clinic_id: UUID, query: RegisterParameters) -> dict[str, object]:
    """Read how often which unwanted effect followed a session, by region and technique; counts alone."""
    if clinic_id != actor.clinic_id:
        raise NotFound
    now = clock.now()
    ended_to = query.get("ended_to") or now
    ended_from = query.get("ended_from") or ended_to - USUAL_SPAN
    if not timedelta() < ended_to - ended_from <= LONGEST_SPAN:
        detail = "Must lie before ended_to, by five years at most."
        raise Unreadable(detail, parameter="ended_from")
    with transaction():
        cells = read_register(clinic_id, ended_from, ended_to)
        trail.record_deed(actor, Action.READ, "adverse_events", None, now)
    return {"ended_from": ended_from, "ended_to": ended_to, "cells": cells}
