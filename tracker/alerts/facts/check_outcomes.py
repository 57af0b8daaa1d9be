"""What became of the checks of a session: from its tasks, and from the states of the prompts that asked them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, select

from tracker.alerts.rules.missed import CheckFacts, CheckOutcome
from tracker.checkins import service as checkins
from tracker.db import db
from tracker.delivery.models import Dispatch
from tracker.delivery.vocabulary import Anchor, State
from tracker.protocols.catalog import CHECK_24H, CHECK_48H
from tracker.protocols.tasks import StoredStatus
from tracker.sessions import service as sessions
from tracker.sessions.models import PlanTask, TreatmentSession

_COUNTED = (CHECK_24H.key, CHECK_48H.key)
# A prompt merges only into a message that was handed over, which asked its check too.
_STATE = case((Dispatch.merged_into_id.is_not(None), State.ACCEPTED.value), else_=Dispatch.state)
_PROMPTS = select(Dispatch.anchor_id, Dispatch.step_key, _STATE).where(Dispatch.anchor_kind == Anchor.SESSION)


class Prompt(NamedTuple):
    """A message that asked a step of a plan, and what became of it."""

    step_key: str
    state: str


def check_facts(session: TreatmentSession, now: datetime) -> CheckFacts:
    """Return what became of the 24 h and the 48 h check of a session."""
    heard = any(answer.answers_checks for answer in checkins.list_answers(session.id))
    prompts = list_prompts([session.id], _COUNTED).get(session.id, ())
    return check_facts_of(sessions.list_tasks(session.id), prompts, heard, now)


def check_facts_of(
    tasks: Iterable[PlanTask], prompts: Sequence[Prompt], heard: bool, now: datetime
) -> CheckFacts:
    """Return what became of the 24 h and the 48 h check, from the tasks of a plan and the prompts of its session."""
    by_key = {task.key: task for task in tasks}
    day_one, day_two = (outcome_of(by_key.get(key), key, prompts, now) for key in _COUNTED)
    return CheckFacts(day_one, day_two, other_answered=heard)


def list_prompts(
    session_ids: Collection[UUID], keys: Collection[str] | None = None
) -> dict[UUID, list[Prompt]]:
    """Return the prompts of these sessions, those of all steps or of some, by session, earliest first."""
    statement = _PROMPTS.where(Dispatch.anchor_id.in_(session_ids))
    if keys is not None:
        statement = statement.where(Dispatch.step_key.in_(keys))
    found: dict[UUID, list[Prompt]] = defaultdict(list)
    for session_id, step_key, state in db.session.execute(statement.order_by(Dispatch.due_at)):
        found[session_id].append(Prompt(step_key, state))
    return found


def outcome_of(task: PlanTask | None, key: str, prompts: Iterable[Prompt], now: datetime) -> CheckOutcome:
    """Say what became of one check, from its task and the states of its prompts."""
    found = [prompt.state for prompt in prompts if prompt.step_key == key]
    if task is not None and task.status == StoredStatus.COMPLETED:
        return CheckOutcome.ANSWERED
    if State.ACCEPTED in found:
        return CheckOutcome.HANDED_OVER
    if task is not None and task.due_at is not None and now < task.due_at:
        return CheckOutcome.NOT_DUE
    if {State.DEAD, State.EXPIRED} & set(found):
        return CheckOutcome.NOT_DELIVERED
    return CheckOutcome.NOT_ASKED
