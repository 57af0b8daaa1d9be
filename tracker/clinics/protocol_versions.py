"""The published versions of a clinic's protocol: numbered, added, read; none is ever changed or taken away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tracker import idempotency, ids
from tracker.clinics import service as clinics
from tracker.clinics.models import ClinicProtocol
from tracker.db import db


def publish(
    clinic_id: UUID, account_id: UUID, key: str, values: Mapping[str, object], now: datetime
) -> tuple[ClinicProtocol, bool]:
    """Store the next version; return it and whether this key had published it before."""
    clinics.hold_clinic(clinic_id)
    body_hash = idempotency.hash_body(values)
    known = idempotency.find_created(ClinicProtocol, account_id, key, body_hash)
    if known is not None:
        return known, True
    newest = select(func.max(ClinicProtocol.version)).where(ClinicProtocol.clinic_id == clinic_id)
    row = ClinicProtocol(
        id=ids.new_id(),
        clinic_id=clinic_id,
        version=(db.session.scalar(newest) or 0) + 1,
        published_at=now,
        created_by_id=account_id,
        idempotency_key=key,
        body_hash=body_hash,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row, False


def find_newest(clinic_id: UUID) -> ClinicProtocol | None:
    """Return the version that new sessions follow, or None while the clinic has published none."""
    return next(iter(list_versions(clinic_id, 0, None)), None)


def find_version(version_id: UUID) -> ClinicProtocol | None:
    """Return one version, or None."""
    return db.session.get(ClinicProtocol, version_id)


def list_versions(clinic_id: UUID, limit: int, before: int | None) -> Sequence[ClinicProtocol]:
    """Return a clinic's versions, newest first, one more than the limit."""
    statement = select(ClinicProtocol).where(ClinicProtocol.clinic_id == clinic_id)
    if before is not None:
        statement = statement.where(ClinicProtocol.version < before)
    return db.session.scalars(statement.order_by(ClinicProtocol.version.desc()).limit(limit + 1)).all()
