"""One good request of every operation that takes a body, and the means to spoil it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.test import TestResponse

from tests.access.house import House, fill
from tests.access.table import (
    ACTIVATION,
    APPOINTMENT,
    CHECK_IN,
    CONTACT,
    DEVICE,
    GRANTED,
    HELD,
    LEAVE,
    NEWCOMER,
    PASSWORD,
    PREFERENCES,
    PREPARED,
    PREVIEW,
    RECEIPT,
    RESOLUTION,
    RESULT,
    SESSION,
    START,
)
from tests.support.keys import new_key

CLINIC, TOM = "/v1/clinics/{clinic}", "/v1/clinics/{clinic}/members/{colleague}"
SPAN = {"weekday": "monday", "opens": "08:00", "closes": "24:00"}
CLOSURE = {"first_day": "2026-12-24", "last_day": "2026-12-26", "name": "Christmas"}
DELIVERY = "/v1/reminder-deliveries/{reminder}"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Offer:
    """A request that is taken as it stands; its places are filled with what is Pia's."""

    operation: str
    path: str
    caller: str
    body: Mapping[str, Any]
    status: int = 201


OFFERS = {
    offer.operation: offer
    for offer in (
        Offer("createSession", "/v1/sessions", "tilda", SESSION),
        Offer("updateSession", "/v1/sessions/{session}", "tilda", {"pain_during": 4}, 200),
        Offer("createCheckIn", "/v1/check-ins", "pia", CHECK_IN),
        Offer("amendCheckIn", "/v1/check-ins/{check_in}", "pia", {"soreness": 4}, 200),
        Offer("createAppointment", "/v1/appointments", "tilda", APPOINTMENT),
        Offer("updateAppointment", "/v1/appointments/{appointment}", "tilda", {"location": "Room 3"}, 200),
        Offer("replacePreparation", "/v1/appointments/{appointment}/preparation", "pia", PREPARED, 200),
        Offer("createInvitation", "/v1/invitations", "tilda", NEWCOMER),
        Offer("activateAccount", "/v1/activations", "nobody", ACTIVATION),
        Offer("createToken", "/v1/tokens", "nobody", PASSWORD, 200),
        Offer("replaceReminderPreferences", "/v1/me/reminder-preferences", "pia", PREFERENCES, 200),
        Offer(
            "snoozeReminder",
            "/v1/reminders/{open_reminder}/snooze",
            "pia",
            {"until": "2026-03-04T07:30:00Z"},
            200,
        ),
        Offer("recordConsent", "/v1/me/consents", "pia", {"kind": "research", **GRANTED}),
        Offer("updateMe", "/v1/me", "pia", {"locale": "de"}, 200),
        Offer("registerDevice", "/v1/me/devices/phone", "pia", DEVICE, 200),
        Offer("resolveAlert", "/v1/alerts/{flag_alert}/resolution", "tilda", RESOLUTION, 200),
        Offer("previewReminders", "/v1/reminder-previews", "pia", PREVIEW, 200),
        Offer(
            "claimReminderDeliveries", "/v1/reminder-claims", "robo", {"limit": 1, "lease_seconds": 60}, 200
        ),
        Offer("startReminderDelivery", f"{DELIVERY}/start", "robo", START, 409),
        Offer("releaseReminderDelivery", f"{DELIVERY}/release", "robo", HELD, 204),
        Offer("recordDeliveryResult", f"{DELIVERY}/result", "robo", RESULT, 409),
        Offer("recordDeliveryReceipt", f"{DELIVERY}/receipt", "robo", RECEIPT, 204),
        Offer("updateClinic", CLINIC, "anna", {"monitored_hours": [SPAN], "closed_days": [CLOSURE]}, 200),
        Offer(
            "approveSafetyTexts",
            f"{CLINIC}/safety-texts",
            "anna",
            {"version": "{texts}", "approved_by": "Dr Ada"},
            200,
        ),
        Offer("updateMember", TOM, "anna", {"licence_ends_on": "2027-06-30"}, 200),
        Offer("handOver", f"{TOM}/hand-over", "anna", {"to_therapist_id": "{treating}"}, 200),
        Offer("createLeave", f"{CLINIC}/leaves", "tom", LEAVE),
        Offer("reportRedFlag", "/v1/red-flag-reports", "pia", {"symptoms": ["fever"]}),
        Offer("requestContact", "/v1/contact-requests", "pia", CONTACT),
        Offer("addAlertNote", "/v1/alerts/{flag_alert}/notes", "tilda", {"text": "Nobody answered."}),
        Offer(
            "assignAlert",
            "/v1/alerts/{soreness_alert}/assignment",
            "tilda",
            {"therapist_id": "{treating}"},
            200,
        ),
        Offer(
            "snoozeAlert",
            "/v1/alerts/{soreness_alert}/snooze",
            "tilda",
            {"until": "{soon}", "reason": "A visit is booked."},
            200,
        ),
        Offer(
            "reopenAlert", "/v1/alerts/{resolved_alert}/reopening", "tilda", {"reason": "By mistake."}, 200
        ),
        Offer("previewRules", "/v1/protocol/previews", "lars", {"days": 90}, 200),
        Offer(
            "publishProtocolVersion",
            "/v1/protocol/versions",
            "lars",
            {"name": "Ours", "author": "Dr Lars", "preset": "standard"},
        ),
    )
}


def body_of(house: House, offer: Offer) -> dict[str, Any]:
    """Return the good body."""
    names = house.names(house.pia) | {"code": "XXXX-XXXX"}
    filled: dict[str, Any] = fill(offer.body, names)
    return filled


def spoil(body: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with another value at a path such as ``body_areas/0/region``."""
    changed = copy.deepcopy(dict(body))
    *steps, last = path.split("/")
    at: Any = changed
    for step in steps:
        at = at[int(step)] if step.isdigit() else at[step]
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return changed


def send(
    house: House, offer: Offer, raw: Any, headers: Mapping[str, str] | None = None, caller: str = ""
) -> TestResponse:
    """Send a body, or raw bytes, with everything else as it should be."""
    info = house.operations[offer.operation]
    person = house.person(caller or offer.caller)
    sent: dict[str, str] = {"Content-Type": "application/json", **(person.headers if person else {})}
    if info.key:
        sent["Idempotency-Key"] = new_key()
    if info.if_match:
        sent["If-Match"] = f'"{house.version(offer.operation, person)}"'
    path = offer.path.format_map(house.names(house.pia))
    data = raw if isinstance(raw, bytes) else orjson.dumps(raw)
    return house.cast.client.open(path, method=info.method, headers={**sent, **(headers or {})}, data=data)


def verdict(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a refusal; anything that is no problem as it should be stands out."""
    if answer.content_type != PROBLEM:
        return answer.status_code, f"{answer.content_type}: {answer.text[:200]}"
    body = answer.get_json(force=True)
    whole = body["status"] == answer.status_code and body["request_id"] == answer.headers["Request-Id"]
    return answer.status_code, body["code"] if whole else f"not whole: {body}"


def faults(answer: TestResponse) -> list[tuple[str, str]]:
    """Return pointer and code of every fault of a refusal."""
    listed = (answer.get_json(force=True) or {}).get("errors", [])
    return [(fault.get("pointer", fault.get("parameter")), fault["code"]) for fault in listed]
