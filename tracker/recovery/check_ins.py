"""One check-in and all that follows from it, in one transaction: tasks, alerts, prompts, advice, trail."""

from datetime import datetime
from uuid import UUID

from tracker import idempotency
from tracker.checkins import service as checkins
from tracker.checkins.rules import moments
from tracker.checkins.rules.bodies import CheckInBody
from tracker.checkins.rules.items import ITEMS, NOTHING_SAID
from tracker.checkins.service import ShownCheckIn
from tracker.checkins.vocabulary import RecordedBy, Source
from tracker.local_time.zones import date_in
from tracker.people import patients
from tracker.people.rules.access import Actor
from tracker.recovery.consequences.check_in import Consequences, follow_new, weigh
from tracker.recovery.consequences.context import read_context
from tracker.recovery.consequences.reading import read_check_in


def log_check_in(
    actor: Actor, patient_id: UUID, key: str, values: CheckInBody, now: datetime
) -> tuple[ShownCheckIn, bool]:
    """Log one check-in; return what is shown of it and whether this key had logged it before.

    Raises NotFound, Refused without consent, Invalid; what ticks a red flag is never refused for time or consent.
    """
    patient = patients.lock_visible_patient(actor, patient_id)
    body_hash = idempotency.hash_body(values)
    # A key that comes again gets its answer however late, so what may be refused is looked at afterwards.
    at = moments.clamp_clock(values["recorded_at"], values.get("sent_at"), now).at
    context = read_context(patient, actor.account_id, key, values.get("session_id"), at)
    if context.known is not None and values.get("red_flags") and context.known[1] != body_hash:
        # Other content under a used key would be refused; a red flag in it is told all the same, and once.
        key = idempotency.key_of_other_body(key, body_hash)
        context = read_context(patient, actor.account_id, key, values.get("session_id"), at)
    if context.known is not None:
        check_in_id, first_hash = context.known
        idempotency.refuse_other_body(first_hash, body_hash)
        return checkins.get_check_in(check_in_id), True
    found = weigh(read_check_in(patient, context, values, now), now)
    sender = {"created_by_id": actor.account_id, "idempotency_key": key, "body_hash": body_hash}
    session = found.assessed.session
    shown = checkins.add(
        _row(found, values, now, by_patient=actor.is_patient) | sender, session.ended_at if session else None
    )
    follow_new(actor, found, now)
    return shown, False


def _row(found: Consequences, values: CheckInBody, now: datetime, *, by_patient: bool) -> dict[str, object]:
    assessed = found.assessed
    said = {key: value for key, value in values.items() if key in ITEMS}
    codes = {"red_flags": [flag.code for flag in assessed.flags]} if "red_flags" in values else {}
    return {
        **NOTHING_SAID,
        **said,
        **codes,
        **found.columns(),
        "id": assessed.id,
        "patient_id": assessed.patient.id,
        "session_id": assessed.session.id if assessed.session else None,
        "recorded_by": (RecordedBy.PATIENT if by_patient else RecordedBy.STAFF).value,
        "source": values.get("source") or (Source.PHONE if by_patient else Source.TELEPHONE).value,
        "recorded_at": assessed.time.at,
        "device_recorded_at": _storable(values["recorded_at"], now),
        "sent_at": values.get("sent_at"),
        "received_at": now,
        "clock_quality": assessed.time.quality.value,
        "time_zone": values["time_zone"],
        "local_date": date_in(values["time_zone"], assessed.time.at),
        "amended": False,
        "version": 1,
        "sync_seq": assessed.patient.sync_seq,
    }


def _storable(moment: datetime, now: datetime) -> datetime:
    """Return the device's own time as evidence; one that no database can hold becomes the server's."""
    return moment if 1970 <= moment.year <= 2200 else now
