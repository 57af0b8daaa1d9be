"""Red flags: the screen with all its texts, and the report that is always taken."""

from dataclasses import asdict

from tracker import clock, ids
from tracker.api.arguments import asked_locale
from tracker.api.schemas.check_ins import RedFlagReportCreate, RedFlagReportView, RedFlagScreenView
from tracker.api.wire import Blueprint, Reply
from tracker.checkins.rules.bodies import RedFlagReportBody
from tracker.db import transaction
from tracker.people import patients
from tracker.people.rules.access import Actor, Permission
from tracker.recovery import red_flag_reports
from tracker.sessions.red_flag_screen import get_screen

blueprint = Blueprint("red-flags", "Warning signs: what to ask, and what to do when one is there.")


@blueprint.operation(
    "reportRedFlag",
    "POST",
    "/v1/red-flag-reports",
    Permission.REPORT_RED_FLAG,
    body=RedFlagReportCreate,
    returns=RedFlagReportView,
    status=201,
    key="optional",
    emergency=True,
    example={"symptoms": ["chest_pain"], "reported_at": "2026-03-02T19:00:00Z", "time_zone": "Europe/Berlin"},
)
def report_red_flag(actor: Actor, body: RedFlagReportBody, key: str | None) -> Reply[object]:
    """Report warning signs; the answer says what to do now, and the therapist is told at once.

    It is taken whatever its form: unknown codes, unknown members and impossible times are no reason to refuse it.
    """
    patient_id = patients.own_patient_id(actor, None)
    with transaction():
        report, repeated = red_flag_reports.report_red_flags(
            actor, patient_id, key or str(ids.new_id()), body, clock.now()
        )
    return Reply(data=report, replayed=repeated)


@blueprint.operation(
    "getRedFlagScreen",
    "GET",
    "/v1/red-flag-screen",
    Permission.READ_SAFETY_TEXTS,
    returns=RedFlagScreenView,
    conditional=True,
)
def get_red_flag_screen(actor: Actor) -> dict[str, object]:
    """Read the red-flag screen with all texts and the advice of every item, to be kept on the phone."""
    screen = get_screen(actor.clinic_id, actor.patient_id, asked_locale(), clock.now())
    texts = screen.texts
    return {
        "version": texts.version,
        "locale": texts.locale,
        "question": texts.check_in["red_flags"],
        "none_label": texts.check_in["red_flags.none"],
        "approved_by": screen.clinic.safety_texts_approved_by,
        "approved_at": screen.clinic.safety_texts_approved_at,
        "items": [
            {
                "code": code,
                "label": texts.labels[code],
                "severity": item.flag.flag_class,
                "asked_first": item.asked_first,
                "advice": asdict(advice),
            }
            for code, (item, advice) in screen.items.items()
        ],
        "several": asdict(screen.several),
        "emergency_notice": screen.notice,
        "contact": dict(texts.contact),
        "soreness_question": texts.check_in["soreness"],
        "note_hint": texts.sentences["note_field"],
    }
