"""What follows from a check-in, new or amended: checks answered, advice, alerts, prompts, its trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker import ids
from tracker.alerts import assessments
from tracker.alerts.service import Evidence
from tracker.people import trail
from tracker.people.rules.access import Action, Actor
from tracker.recovery.consequences.advice import advise_on, stored
from tracker.recovery.consequences.answered_checks import complete, find_completed
from tracker.recovery.consequences.reading import AssessedCheckIn
from tracker.recovery.consequences.scores import follow_scores
from tracker.recovery.consequences.warnings import list_note, raise_flags
from tracker.reminders import planning
from tracker.safety.advice import Advice


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a check-in comes to, before anything of it is stored."""

    assessed: AssessedCheckIn
    completed: Sequence[UUID]
    advice: Advice

    def columns(self, completed_before: Sequence[str] = ()) -> dict[str, object]:
        """Return what is kept of it with the check-in."""
        return {
            "advice": stored(self.advice),
            "course_position": self.assessed.course_position,
            "completed_plan_task_ids": [*completed_before, *map(str, self.completed)],
        }


def weigh(assessed: AssessedCheckIn, now: datetime) -> Consequences:
    """Say what a check-in comes to."""
    return Consequences(assessed, find_completed(assessed), advise_on(assessed, now))


def follow_new(actor: Actor, found: Consequences, now: datetime) -> None:
    """Let everything follow a check-in that was stored just now."""
    assessed = found.assessed
    _follow(found, assessed.said.get("red_flags", ()), now, with_note=actor.is_patient)
    if found.advice.is_emergency:
        planning.plan_help_question(assessed.patient, assessed.id, now)
    last_entry = assessed.context.last_entry
    trail.record_deed(actor, Action.CREATE, "check_in", assessed.id, now, assessed.patient.id, last_entry)


def follow_change(
    actor: Actor,
    found: Consequences,
    ticked: Sequence[str],
    taken_back: Sequence[str],
    now: datetime,
    *,
    with_note: bool,
) -> None:
    """Let everything follow a check-in that was changed: only what is newly ticked, or newly written, is told."""
    assessed = found.assessed
    _follow(found, ticked, now, with_note=with_note and actor.is_patient)
    assessments.note_taken_back(assessed.patient, taken_back, "The patient took the tick back.", now)
    if ticked and found.advice.is_emergency:
        planning.plan_help_question(assessed.patient, ids.new_id(), now)
    trail.record_deed(actor, Action.UPDATE, "check_in", assessed.id, now, assessed.patient.id)


def _follow(found: Consequences, ticked: Sequence[str], now: datetime, *, with_note: bool) -> None:
    assessed = found.assessed
    session_id = assessed.session.id if assessed.session else None
    evidence = Evidence(assessed.patient, session_id, now, assessed.id)
    complete(assessed, found.completed, now)
    if ticked:
        raise_flags(assessed, ticked, evidence)
    if with_note:
        list_note(assessed, evidence)
    follow_scores(assessed, evidence)
