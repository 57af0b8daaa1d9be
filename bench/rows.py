"""Real rows: one patient treated and followed for four weeks through the application, then copied."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select, text

from tests.cast import Cast, Person, build_cast
from tests.support.keys import keyed
from tracker import clock, ids
from tracker.audit.models import AuditEvent
from tracker.checkins.models import CheckIn
from tracker.db import Base, db, transaction
from tracker.delivery.models import Dispatch
from tracker.people.models import Account, Consent, Patient, Token
from tracker.sessions.models import PlanTask, TreatmentSession

# The session ends of four weeks, each followed by ten check-ins. At 64 h after the last one its 48 h check is
# answered and its 72 h check not yet open: what is measured is a check-in that no reminder asked for.
SESSIONS = tuple(timedelta(days=days, hours=64) for days in (21, 14, 7, 0))
CHECK_INS_PER_SESSION = 10
ANSWERED_EVERY = timedelta(hours=6)


def fill(app: Flask, patients: int) -> list[tuple[str, str]]:
    """Write so many patients with their history; return access token and patient id of each."""
    end = clock.now()
    moment = clock.MovableClock(end - SESSIONS[0] - timedelta(hours=2))
    clock.replace(moment)
    try:
        cast = build_cast(app)
        for ago in SESSIONS:
            _treat_and_follow(cast, moment, end - ago)
    finally:
        clock.replace(None)
    token = cast.pia.headers["Authorization"].removeprefix("Bearer ")
    history = _history(cast.pia, token)
    own = {row["id"] for rows in history.values() for row in rows}
    with transaction():
        for model, rows in history.items():
            copies = [_copy(row, own, token, number) for number in range(1, patients) for row in rows]
            if copies:
                db.session.execute(insert(model), copies)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    ids_of_all = (_moved(cast.pia.patient_id, number) for number in range(patients))
    return [(_token(token, number), str(patient_id)) for number, patient_id in enumerate(ids_of_all)]


def _treat_and_follow(cast: Cast, moment: clock.MovableClock, ended_at: datetime) -> None:
    moment.move_to(ended_at)
    session = {
        "patient_id": str(cast.pia.patient_id),
        "modality": "dry_needling",
        "technique": "deep",
        "body_areas": [{"region": "lower_back", "side": "left"}],
        "ended_at": ended_at.isoformat(),
        "time_zone": "Europe/Berlin",
        "baseline_soreness": 2,
    }
    _post(cast, "/v1/sessions", session, cast.tilda)
    for _ in range(CHECK_INS_PER_SESSION):
        moment.advance(ANSWERED_EVERY)
        said = {"recorded_at": moment().isoformat(), "time_zone": "Europe/Berlin", "hydration_ml": 400}
        _post(cast, "/v1/check-ins", said | {"soreness": 3, "stiffness": 2, "red_flags": []}, cast.pia)


def _post(cast: Cast, path: str, body: dict[str, Any], person: Person) -> None:
    answer = cast.client.post(path, json=body, headers=keyed(person.headers))
    if answer.status_code != 201:
        raise RuntimeError(f"{path}: {answer.get_data(as_text=True)}")


def _history(pia: Person, token: str) -> Mapping[type[Base], list[dict[str, Any]]]:
    """Return a patient's rows in an order in which they can be written; plan and messages of the last session."""
    last = select(TreatmentSession.id).order_by(TreatmentSession.ended_at.desc()).limit(1).scalar_subquery()
    wanted: dict[type[Base], Any] = {
        Patient: Patient.id == pia.patient_id,
        Account: Account.id == pia.account_id,
        Token: Token.token_hash == ids.hash_secret(token),
        Consent: Consent.patient_id == pia.patient_id,
        TreatmentSession: TreatmentSession.patient_id == pia.patient_id,
        CheckIn: CheckIn.patient_id == pia.patient_id,
        AuditEvent: AuditEvent.chain_id == pia.patient_id,
        PlanTask: PlanTask.session_id == last,
        Dispatch: (Dispatch.anchor_id == last) & (Dispatch.patient_id == pia.patient_id),
    }
    with db.engine.connect() as connection:
        return {
            model: [dict(row._mapping) for row in connection.execute(select(model.__table__).where(where))]
            for model, where in wanted.items()
        }


def _copy(row: Mapping[str, Any], own: Collection[UUID], token: str, number: int) -> dict[str, Any]:
    """Return the row as that of another patient: every id of the first one's own rows is moved alike."""
    moved: dict[str, Any] = {
        name: _moved(value, number) for name, value in row.items() if isinstance(value, UUID) and value in own
    }
    if "token_hash" in row:
        moved["token_hash"] = ids.hash_secret(_token(token, number))
    apart = {name: f"{number}.{row[name]}" for name in ("email", "idempotency_key") if row.get(name)}
    return dict(row) | moved | apart


def _moved(value: UUID, number: int) -> UUID:
    return UUID(int=value.int ^ number)


def _token(first: str, number: int) -> str:
    return f"{first}.{number}" if number else first
