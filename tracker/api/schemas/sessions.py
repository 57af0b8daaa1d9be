"""Treatment sessions and plans on the wire."""

from datetime import datetime
from uuid import UUID

from tracker.api import fields
from tracker.api.fields import INT32
from tracker.api.schemas.common import Body, PageParameters, PageQuery, View, page_of
from tracker.checkins.rules.items import SCALE_MAXIMUM, SCALE_MINIMUM
from tracker.protocols.catalog import TaskKind
from tracker.protocols.tasks import TaskStatus
from tracker.safety.catalogue import BODY_REGIONS
from tracker.sessions.vocabulary import (
    CoIntervention,
    Modality,
    PostCare,
    SessionStatus,
    Side,
    Technique,
    TwitchResponse,
)

NOTE_LENGTH = 4000
AREAS = 20
SORENESS = "Soreness of the needled area just before the session: the same question as in every check-in."


def _scale(about: str) -> fields.Whole:
    return fields.Whole(SCALE_MINIMUM, SCALE_MAXIMUM, about=about)


class BodyAreaBody(Body):
    """Where needles went in."""

    region = fields.Vocabulary(BODY_REGIONS, required=True, example="lower_back")
    side = fields.Vocabulary(Side, required=True, example="left")
    muscle = fields.Text(100, about="As the therapist calls it.", example="quadratus lumborum")
    needle_count = fields.Whole(0, 100)
    dwell_seconds = fields.Whole(0, 7200, about="How long the needles stayed.")
    manipulated = fields.Flag(about="Whether the needles were moved in and out.")
    local_twitch_response = fields.Vocabulary(TwitchResponse)
    twitch_count = fields.Whole(0, 1000)


class BodyAreaView(View):
    """Where needles went in."""

    region = fields.Vocabulary(BODY_REGIONS, closed=False, required=True)
    side = fields.Vocabulary(Side, closed=False, required=True)
    muscle = fields.Text(100)
    needle_count = fields.Whole(0, 100)
    dwell_seconds = fields.Whole(0, 7200)
    manipulated = fields.Flag()
    local_twitch_response = fields.Vocabulary(TwitchResponse, closed=False)
    twitch_count = fields.Whole(0, 1000)


class SessionCreate(Body):
    """A session as the therapist records it, up to 7 days after its end."""

    patient_id = fields.Identifier(required=True)
    modality = fields.Vocabulary(Modality, required=True)
    technique = fields.Vocabulary(Technique, required=True)
    body_areas = fields.ListOf(fields.Nested(BodyAreaBody), AREAS, min_items=1, required=True)
    ended_at = fields.Instant(required=True, about="When the last needle came out: the anchor of the plan.")
    time_zone = fields.Zone(required=True, about="Zone in which the session took place.")
    duration_minutes = fields.Whole(1, 480)
    needle_count = fields.Whole(0, 200)
    pain_during = _scale("Pain during needling.")
    post_care = fields.ListOf(fields.Vocabulary(PostCare), 10)
    co_interventions = fields.ListOf(fields.Vocabulary(CoIntervention), 10)
    baseline_soreness = _scale(SORENESS)
    baseline_stiffness = _scale("Stiffness just before the session.")
    usual_pain = _scale("The usual back pain, which is not the soreness of the needled area.")
    patient_instructions = fields.Text(NOTE_LENGTH, about="What the patient reads beside the plan.")
    staff_note = fields.Text(NOTE_LENGTH, about="Never shown to the patient.")
    follow_up_on = fields.CivilDate(about="Day of the next visit.")


class SessionUpdate(Body):
    """What a therapist may correct; members that are absent or null stay as they are."""

    modality = fields.Vocabulary(Modality)
    technique = fields.Vocabulary(Technique)
    body_areas = fields.ListOf(fields.Nested(BodyAreaBody), AREAS, min_items=1)
    ended_at = fields.Instant()
    time_zone = fields.Zone()
    duration_minutes = fields.Whole(1, 480)
    needle_count = fields.Whole(0, 200)
    pain_during = _scale("Pain during needling.")
    post_care = fields.ListOf(fields.Vocabulary(PostCare), 10)
    co_interventions = fields.ListOf(fields.Vocabulary(CoIntervention), 10)
    baseline_soreness = _scale(SORENESS)
    baseline_stiffness = _scale("Stiffness just before the session.")
    usual_pain = _scale("The usual back pain.")
    patient_instructions = fields.Text(NOTE_LENGTH)
    staff_note = fields.Text(NOTE_LENGTH)
    follow_up_on = fields.CivilDate()
    status = fields.Vocabulary(SessionStatus, about="entered_in_error takes back the plan and its prompts.")


class SessionView(View):
    """A treatment session; staff_note and after_licence_end are there for staff only."""

    id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    therapist_id = fields.Identifier(required=True)
    modality = fields.Vocabulary(Modality, closed=False, required=True)
    technique = fields.Vocabulary(Technique, closed=False, required=True)
    body_areas = fields.ListOf(fields.Nested(BodyAreaView), AREAS, required=True)
    ended_at = fields.Instant(required=True)
    time_zone = fields.Text(64, required=True)
    status = fields.Vocabulary(SessionStatus, closed=False, required=True)
    plan_id = fields.Identifier(required=True, about="A session has one plan; it shares the session's id.")
    duration_minutes = fields.Whole(1, 480)
    needle_count = fields.Whole(0, 200)
    pain_during = _scale("Pain during needling.")
    post_care = fields.ListOf(fields.Vocabulary(PostCare, closed=False), 10)
    co_interventions = fields.ListOf(fields.Vocabulary(CoIntervention, closed=False), 10)
    baseline_soreness = _scale(SORENESS)
    baseline_stiffness = _scale("Stiffness just before the session.")
    usual_pain = _scale("The usual back pain.")
    patient_instructions = fields.Text(NOTE_LENGTH)
    staff_note = fields.Text(NOTE_LENGTH)
    after_licence_end = fields.Flag(
        about="For staff: the therapist's licence had ended when the session did."
    )
    follow_up_on = fields.CivilDate()
    created_at = fields.Instant(required=True)
    updated_at = fields.Instant(required=True)
    version = fields.Whole(1, INT32, required=True)


class PlanTaskView(View):
    """One window of a plan: something to do, to avoid, or to answer."""

    id = fields.Identifier(required=True)
    key = fields.Text(64, required=True, about="Step of the protocol.", example="check_24h")
    kind = fields.Vocabulary(TaskKind, closed=False, required=True)
    title = fields.Text(200, required=True)
    instructions = fields.Text(1000, required=True)
    status = fields.Vocabulary(TaskStatus, closed=False, required=True)
    starts_at = fields.Instant(required=True)
    due_at = fields.Instant(about="When it is asked; absent where nothing is asked.")
    ends_at = fields.Instant(required=True)
    window = fields.Text(
        200,
        required=True,
        about="The window in the patient's local words.",
        example="from tomorrow 12:00 until Sunday 04:00",
    )
    completed_at = fields.Instant()
    check_in_id = fields.Identifier(about="The check-in that answered it.")


class PlanView(View):
    """What a session asks of the patient, with every window."""

    id = fields.Identifier(required=True)
    session_id = fields.Identifier(required=True)
    patient_id = fields.Identifier(required=True)
    anchored_at = fields.Instant(required=True, about="The end of the session.")
    time_zone = fields.Text(64, required=True, about="The patient's zone, in which local hours are meant.")
    protocol_template_id = fields.Text(64, required=True, example="standard_aftercare")
    protocol_template_version = fields.Whole(1, INT32, required=True)
    status = fields.Vocabulary(["active", "completed", "cancelled"], closed=False, required=True)
    tasks = fields.ListOf(fields.Nested(PlanTaskView), 100, required=True)
    version = fields.Whole(1, INT32, required=True)


class SessionCreatedView(View):
    """A session and the plan that follows from it."""

    session = fields.Nested(SessionView, required=True)
    plan = fields.Nested(PlanView, required=True)


class SessionQuery(PageQuery):
    """Which sessions."""

    patient_id = fields.Identifier(about="Required for staff; a patient's own by default.")
    ended_from = fields.Instant(about="Inclusive.")
    ended_to = fields.Instant(about="Exclusive.")


class SessionParameters(PageParameters, total=False):
    """Which sessions, as they are read."""

    patient_id: UUID
    ended_from: datetime
    ended_to: datetime


SessionPageView = page_of(SessionView)
