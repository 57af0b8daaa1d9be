"""The types of bodies say what their schemas read: each member, whether it must be there, and what it is."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from types import GenericAlias
from typing import Any, Literal, get_type_hints
from uuid import UUID

import pytest
from flask import Flask
from marshmallow import Schema, missing

from tracker import api
from tracker.api import fields
from tracker.api.contract import operations_of
from tracker.api.cursors import PageParameters
from tracker.api.schemas import (
    accounts,
    adverse_events,
    alert_reports,
    alerts,
    appointments,
    check_ins,
    clinics,
    common,
    deliveries,
    devices,
    invitations,
    outcomes,
    preferences,
    previews,
    protocols,
    reminders,
    sessions,
)
from tracker.api.schemas.check_ins import (
    CheckInCreate,
    CheckInUpdate,
    ContactRequestCreate,
    RedFlagReportCreate,
    SideEffectBody,
)
from tracker.api.schemas.sessions import BodyAreaBody, SessionCreate, SessionUpdate
from tracker.appointments.rules import bodies as visits
from tracker.checkins.rules.bodies import (
    CheckInAmendment,
    CheckInBody,
    ContactRequestBody,
    RedFlagReportBody,
    SideEffect,
)
from tracker.people.rules import bodies as people
from tracker.practice.rules import bodies as practice
from tracker.reminders.rules.bodies import PreviewBody
from tracker.sessions.rules.bodies import BodyArea, SessionBody, SessionCorrection

# Which type stands for which schema, in the services and inside other bodies.
BODIES: dict[type[Schema], Any] = {
    BodyAreaBody: BodyArea,
    CheckInCreate: CheckInBody,
    CheckInUpdate: CheckInAmendment,
    ContactRequestCreate: ContactRequestBody,
    RedFlagReportCreate: RedFlagReportBody,
    SessionCreate: SessionBody,
    SessionUpdate: SessionCorrection,
    SideEffectBody: SideEffect,
    accounts.ActivationRequest: people.ActivationBody,
    accounts.MeUpdate: people.MeBody,
    accounts.TokenRequest: accounts.TokenBody,
    alerts.AlertAssignment: alerts.AssignmentBody,
    alerts.AlertNoteCreate: alerts.NoteBody,
    alerts.AlertReopening: alerts.ReopeningBody,
    alerts.AlertResolution: alerts.ResolutionBody,
    alerts.AlertSnooze: alerts.SnoozeBody,
    appointments.AppointmentCreate: visits.AppointmentBody,
    appointments.AppointmentUpdate: visits.AppointmentCorrection,
    appointments.PreparationReplace: visits.PreparationBody,
    clinics.ClinicUpdate: practice.ClinicBody,
    clinics.ClosureReplace: practice.Closure,
    clinics.HandOverRequest: clinics.HandOverBody,
    clinics.LeaveCreate: practice.LeaveBody,
    clinics.MemberUpdate: practice.MemberBody,
    clinics.MonitoredSpanReplace: practice.MonitoredSpan,
    clinics.SafetyTextsApproval: clinics.ApprovalBody,
    deliveries.ClaimToken: deliveries.ClaimTokenBody,
    deliveries.DeliveryReceipt: deliveries.ReceiptBody,
    deliveries.DeliveryResult: deliveries.ResultBody,
    deliveries.DeliveryStart: deliveries.StartBody,
    deliveries.ReminderClaim: deliveries.ClaimBody,
    devices.DeviceRegistration: people.DeviceBody,
    devices.PushSubscriptionBody: people.PushSubscription,
    previews.ReminderPreviewRequest: PreviewBody,
    invitations.InvitationCreate: people.InvitationBody,
    preferences.ConsentCreate: people.ConsentBody,
    preferences.QuietHoursBody: people.QuietTimes,
    preferences.ReminderPreferencesReplace: people.PreferencesBody,
    protocols.AdviceTextBody: practice.AdviceWords,
    protocols.AlertRuleBody: practice.RuleSetting,
    protocols.CoursePointBody: practice.PointSetting,
    protocols.ExpectedCourseBody: practice.CourseSetting,
    protocols.ParameterBody: practice.RuleNumber,
    protocols.ProtocolVersionCreate: practice.ProtocolBody,
    protocols.RulePreviewCreate: practice.RulePreviewBody,
    reminders.ReminderSnooze: reminders.ReminderSnoozeBody,
}
# The same for the parameters of a query.
PARAMETERS: dict[type[Schema], Any] = {
    adverse_events.RegisterQuery: adverse_events.RegisterParameters,
    alert_reports.AlertReportQuery: alert_reports.AlertReportParameters,
    alerts.AlertQuery: alerts.AlertParameters,
    appointments.AppointmentQuery: appointments.AppointmentParameters,
    check_ins.CheckInQuery: check_ins.CheckInParameters,
    clinics.LeaveQuery: clinics.LeaveParameters,
    common.PageQuery: PageParameters,
    outcomes.OutcomeQuery: PageParameters,
    protocols.ProtocolVersionQuery: PageParameters,
    reminders.ReminderQuery: reminders.ReminderParameters,
    sessions.SessionQuery: sessions.SessionParameters,
}
EVERY = BODIES | PARAMETERS
# The most special first; all other fields are text inside.
READ_AS: Sequence[tuple[type[Any], Any]] = (
    (common.Limit, int),
    (fields.Flag, bool),
    (fields.Number, float),
    (fields.Whole, int),
    (fields.Identifier, UUID),
    (fields.Instant, datetime),
    (fields.CivilDate, date),
    (fields.Text, str),
)


def type_of(field: Any) -> Any:
    """Return what a field reads. Null never arrives: a body is read without its nulls."""
    if isinstance(field, fields.Lenient):
        inner = type_of(field.inner)
        return inner | None if field.otherwise(object()) is None else inner
    if isinstance(field, fields.Erasable):
        return type_of(field.inner) | Literal[""]
    if isinstance(field, common.CommaList):
        return Sequence[type_of(field.word)]  # type: ignore[misc]  # a type made at run time
    if isinstance(field, fields.ListOf):
        return GenericAlias(Sequence, (type_of(field.inner),))
    if isinstance(field, fields.Nested):
        return BODIES[type(field.schema)]
    return next(read for kind, read in READ_AS if isinstance(field, kind))


@pytest.mark.parametrize(("schema", "body"), EVERY.items(), ids=lambda one: one.__name__)
def test_a_body_has_the_members_of_its_schema(schema: type[Schema], body: Any) -> None:
    hints, members = get_type_hints(body), schema().fields
    words = {
        name: hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, StrEnum)
    }
    assert hints | dict.fromkeys(words, str) == {name: type_of(field) for name, field in members.items()}
    assert {name: list(each) for name, each in words.items()} == {
        name: list(getattr(members[name], "words").values())  # noqa: B009  (a field in general knows none)
        for name in words
    }


@pytest.mark.parametrize(("schema", "body"), EVERY.items(), ids=lambda one: one.__name__)
def test_a_body_needs_what_its_schema_requires(schema: type[Schema], body: Any) -> None:
    members = schema().fields.items()
    required = {name for name, field in members if field.required or field.load_default is not missing}
    assert set(body.__required_keys__) == required


def test_every_body_and_query_of_the_contract_has_a_type() -> None:
    bare = Flask("bare", static_folder=None)
    api.register(bare)
    operations = operations_of(bare).values()
    assert {info.body for info in operations if info.body} <= BODIES.keys()
    assert {info.query for info in operations if info.query} <= PARAMETERS.keys()
