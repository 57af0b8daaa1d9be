"""Prompts of local hours follow the patient into another zone; those of elapsed hours never do."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, Purpose, Reason
from tracker.local_time.zones import zone
from tracker.people.patients import PatientFacts
from tracker.protocols.catalog import Clock
from tracker.reminders.placing import may_move, move
from tracker.reminders.rules.prompts import PlannedPrompt, plan_anew
from tracker.reminders.standing import stands, step_of
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession


def follow_zone(patient: PatientFacts, now: datetime) -> None:
    """Lay a patient's unsent prompts of local hours, and the windows they ask in, into the zone they confirmed.

    One whose window would be over there stays where it is, and so does one that the patient put off.
    """
    for row, session in _list_movable(patient, now):
        step = step_of(row, session)
        if step.clock is not Clock.LOCAL or not stands(row, session):
            continue
        prompt = plan_anew(
            step,
            row.occurrence,
            anchor=session.ended_at,
            zone=zone(patient.time_zone),
            quiet=patient.quiet,
            now=now,
        )
        if prompt is not None and _is_elsewhere(prompt, row):
            _move(row, prompt, patient, now)


def _list_movable(patient: PatientFacts, now: datetime) -> list[tuple[Dispatch, TreatmentSession]]:
    statement = (
        select(Dispatch, TreatmentSession)
        .join(TreatmentSession, TreatmentSession.id == Dispatch.anchor_id)
        .where(Dispatch.patient_id == patient.id, Dispatch.purpose == Purpose.REMINDER)
        .where(Dispatch.anchor_kind == Anchor.SESSION, Dispatch.snoozed_until.is_(None), may_move(now))
    )
    found = db.session.execute(statement.execution_options(populate_existing=True))
    return [(row, session) for row, session in found.all()]


def _is_elsewhere(prompt: PlannedPrompt, row: Dispatch) -> bool:
    """Say whether the zone moves it; what another prompt made step aside moves with its day alone."""
    stepped_aside = row.planned_because == Reason.MOVED_FOR_SPACING
    return prompt.not_before != row.not_before or not (stepped_aside or prompt.nominal_at == row.nominal_at)


def _move(row: Dispatch, prompt: PlannedPrompt, patient: PatientFacts, now: datetime) -> None:
    task = db.session.get(PlanTask, row.plan_task_id) if row.plan_task_id else None
    if task is not None and task.key == row.step_key:
        sessions.move_window(task, prompt.not_before, prompt.nominal_at, prompt.not_after)
    move(
        row,
        prompt.due_at,
        prompt.reason,
        patient,
        now,
        meant_for=prompt.nominal_at,
        nominal_at=prompt.nominal_at,
        not_before=prompt.not_before,
        not_after=prompt.not_after,
    )
