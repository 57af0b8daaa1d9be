"""A check-in that is changed: what it caused follows, and what it warned of stays."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tracker import idempotency
from tracker.checkins import service as checkins
from tracker.checkins.models import CheckIn
from tracker.checkins.rules.bodies import CheckInAmendment, said_in
from tracker.checkins.rules.items import ITEMS, NOTHING_SAID
from tracker.checkins.rules.moments import ClockQuality, CorrectedTime
from tracker.checkins.service import ShownCheckIn
from tracker.errors import Invalid, NotFound, Refused
from tracker.people import patients
from tracker.people.patients import PatientFacts
from tracker.people.rules.access import Actor
from tracker.recovery.consequences.check_in import Consequences, follow_change, weigh
from tracker.recovery.consequences.context import read_context
from tracker.recovery.consequences.reading import assess_check_in
from tracker.safety import catalogue

# How long a patient may change what they said (API contract, section 2.1); staff may at any time.
AMENDABLE_FOR = timedelta(hours=48)


def amend_check_in(
    actor: Actor, check_in_id: UUID, expected: int, body: CheckInAmendment, now: datetime
) -> ShownCheckIn:
    """Change what a check-in says; rules look again, and what it said before is kept. Return what is shown of it.

    Raises NotFound, VersionMismatch, Refused without consent, Invalid after 48 h. A red flag that is newly ticked
    is taken whatever else stands in the way, a deletion too; one that is no longer ticked stays on its alert.
    """
    patient = patients.lock_visible_patient(actor, checkins.find_row(check_in_id).patient_id)
    row = checkins.find_row(check_in_id)
    given = body.get("red_flags", ())
    ticked = [code for code in given if code not in (row.red_flags or ())]
    if row.deleted_at is not None and not ticked:
        raise NotFound
    values: Mapping[str, object] = body
    if "red_flags" in body:
        values = {**body, "red_flags": [flag.code for flag in catalogue.classify(given)]}
    if expected == row.version - 1 and _says(row, values, given):
        return checkins.get_check_in(row.id)  # made before; only its answer was lost
    if row.deleted_at is not None:
        # Ticked on one phone, deleted on another: it comes back as the warning alone.
        values = {**NOTHING_SAID, "red_flags": values["red_flags"], "deleted_at": None}
        expected = row.version
    elif ticked and expected != row.version:
        # Of a change that comes too late for its version the new warning signs are taken, and nothing else.
        merged = catalogue.classify([*(row.red_flags or ()), *given])
        values, expected = {"red_flags": [flag.code for flag in merged]}, row.version
    changes = idempotency.pending_changes(row, row.version, expected, values, "The check-in")
    if not ticked:
        _check_allowed(actor, patient, row, now)
    if changes or ticked:
        _amend(actor, patient, row, changes, ticked, now)
    return checkins.get_check_in(row.id)


def _says(row: CheckIn, values: Mapping[str, object], codes: Sequence[str]) -> bool:
    """Say whether a check-in says all this already; a code that nobody knows counts once it was an emergency."""
    told = not catalogue.has_unknown(codes) or row.advised_emergency
    return told and all(getattr(row, name) == value for name, value in values.items())


def _check_allowed(actor: Actor, patient: PatientFacts, row: CheckIn, now: datetime) -> None:
    if not patient.consents:
        raise Refused("Logging needs the patient's consent to logging and sharing.", code="consent_required")
    if actor.is_patient and now - row.received_at > AMENDABLE_FOR:
        detail = "A check-in can be changed for 48 hours; tell your therapist instead."
        raise Invalid(detail=detail, code="amendment_window_closed")


def _amend(
    actor: Actor,
    patient: PatientFacts,
    row: CheckIn,
    changes: Mapping[str, object],
    ticked: Sequence[str],
    now: datetime,
) -> None:
    before = row.red_flags or ()
    found = _weigh(actor, patient, row, changes, ticked, now)
    checkins.amend(row, {**changes, **found.columns(row.completed_plan_task_ids)}, patient.sync_seq, now)
    taken_back = sorted(set(before) - set(row.red_flags or ()))
    follow_change(actor, found, ticked, taken_back, now, with_note="note" in changes)


def _weigh(
    actor: Actor,
    patient: PatientFacts,
    row: CheckIn,
    changes: Mapping[str, object],
    ticked: Sequence[str],
    now: datetime,
) -> Consequences:
    """Hold the check-in as it will be against what was said after its session."""
    said = said_in({name: getattr(row, name) for name in ITEMS} | dict(changes))
    if ticked:
        # The codes as they were sent: advice for one that nobody knows is that of an emergency.
        said["red_flags"] = [*said.get("red_flags", ()), *ticked]
    context = read_context(patient, actor.account_id, f"{row.id} amended", row.session_id, row.recorded_at)
    time = CorrectedTime(row.recorded_at, ClockQuality(row.clock_quality))
    session = context.session if row.session_id else None
    return weigh(assess_check_in(row.id, patient, said, time, context, session), now)
