"""From the course of sessions to what is shown of it."""

from dataclasses import asdict
from datetime import datetime

from tracker.api.views import view_task
from tracker.api.wire import Shown
from tracker.checkins.rules.adverse_events import hours_since
from tracker.checkins.rules.items import ITEMS, ItemKind
from tracker.outcomes.history import History
from tracker.outcomes.rules.session_outcome import Point
from tracker.outcomes.trajectories import SessionResult, Trajectory
from tracker.outcomes.visit_summary import VisitSummary
from tracker.protocols.expected_course import LABEL
from tracker.translation import translate


def view_trajectory(trajectory: Trajectory, time_zone: str, now: datetime, locale: str) -> dict[str, object]:
    """Show how one session went; alerts only where they were read."""
    history = trajectory.history
    session = history.session
    course = trajectory.expected
    return {
        "patient_id": session.patient_id,
        "session_id": session.id,
        "anchored_at": session.ended_at,
        "time_zone": time_zone,
        "points": [_view_point(point, session.ended_at) for point in history.points],
        "expected_course": {
            "label": translate(LABEL, locale),
            "source": course.source,
            "author": course.author,
            "settled_after_hours": course.settled_after_hours,
            "baseline_soreness": trajectory.baseline,
            "baseline_estimated": trajectory.baseline_estimated,
            "band": [
                {"hours_since_session": at.hours, "lower": round(at.lower, 1), "upper": round(at.upper, 1)}
                for at in trajectory.band
            ],
        },
        "windows": [view_task(task, time_zone, now, locale) for task in history.tasks],
        "reminders": history.questions,
        "alerts": history.alerts,
        "outcome": _view_outcome(history),
    }


def view_result(result: SessionResult) -> dict[str, object]:
    """Show what one session came to, its dose beside it."""
    session = result.history.session
    twitches = [area["twitch_count"] for area in session.body_areas if area.get("twitch_count") is not None]
    return {
        "outcome": _view_outcome(result.history),
        "dose": Shown(session, twitch_count=sum(twitches) if twitches else None),
        "response": result.response,
    }


def view_summary(summary: VisitSummary) -> dict[str, object]:
    """Show what a therapist should have read before a visit."""
    appointment, before = summary.appointment, summary.disclosed_before
    last = summary.results[0].history if summary.results else None
    shown = [view_result(result) for result in summary.results]
    return {
        "appointment_id": appointment.id,
        "patient_id": summary.patient.id,
        "display_name": summary.patient.display_name,
        "starts_at": appointment.starts_at,
        "time_zone": appointment.time_zone,
        "disclosures": {
            "medicines": appointment.medicines,
            "conditions": appointment.conditions,
            "medicines_before": before.medicines if before else None,
            "conditions_before": before.conditions if before else None,
            "changed": summary.has_news,
        },
        "questions": summary.remarks,
        "last_session": shown[0] if shown else None,
        "reminders": last.questions if last else [],
        "alerts": (last.alerts or []) if last else [],
        "earlier_sessions": shown[1:],
    }


def _view_outcome(history: History) -> dict[str, object]:
    session, alerts = history.session, history.alerts
    return asdict(history.outcome) | {
        "session_id": session.id,
        "ended_at": session.ended_at,
        "alert_count": None if alerts is None else len(alerts),
    }


# What was said of these is a line of the trajectory.
_DRAWN = tuple(item.key for item in ITEMS.values() if item.kind in {ItemKind.SCALE, ItemKind.WHOLE})


def _view_point(point: Point, ended_at: datetime) -> dict[str, object]:
    said = point.said
    return {key: said.get(key) for key in _DRAWN} | {
        "check_in_id": point.check_in_id,
        "recorded_at": point.recorded_at,
        "course_position": point.course_position,
        "hours_since_session": max(0.0, hours_since(ended_at, point.recorded_at)),
        "red_flag": bool(said["red_flags"]) if "red_flags" in said else None,
        "side_effects": [effect["code"] for effect in said.get("side_effects", ())],
    }
