"""Who may do what to what is Pia's: one row per operation and way of naming her, one column per caller.

nobody  without a token            tilda  her therapist
pia     the patient                tom    of the same clinic, not assigned to her
paul    Tilda's other patient      lars   of the same clinic, its owner of last resort
anna    runs Pia's clinic and treats nobody; what she may do stands beside the statuses of the others
otto    another clinic's patient   olga   another clinic's therapist and owner of last resort
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

CALLERS = ("nobody", "pia", "paul", "otto", "tilda", "tom", "lars", "olga")
ADMIN = "anna"
OUTSIDERS = {"nobody", "paul", "otto", "tom", "olga", ADMIN}


class Trail(Enum):
    """In whose chain a success leaves its one row; a patient's own reading leaves none."""

    NONE = "nobody's"
    PIA = "Pia's"
    CALLER = "the caller's"  # the patient's own chain when a patient calls
    ACCOUNT = "the caller's account's"
    NAMED = "that of whom the answer names"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation on one path: the status that each caller gets, in the order of CALLERS."""

    operation: str
    path: str
    statuses: str
    trail: Trail
    body: Mapping[str, Any] | None = None
    admin: int = 403
    colleagues_know: bool = False  # that it exists, so that their refusal need not hide it

    @property
    def expected(self) -> dict[str, int]:
        return dict(zip(CALLERS, map(int, self.statuses.split()), strict=True)) | {ADMIN: self.admin}


SESSION = {
    "patient_id": "{patient}",
    "modality": "dry_needling",
    "technique": "deep",
    "body_areas": [{"region": "lower_back", "side": "left"}],
    "ended_at": "{now}",
    "time_zone": "Europe/Berlin",
}
CHECK_IN = {"recorded_at": "{now}", "time_zone": "Europe/Berlin", "soreness": 3}
GRANTED = {"document_version": "2026-11", "status": "granted"}
ACTIVATION = {
    "code": "{code}",
    "installation_id": "phone",
    "locale": "en",
    "time_zone": "Europe/Berlin",
    "consents": [{"kind": kind, **GRANTED} for kind in ("data_processing", "share_with_clinic")],
}
PASSWORD = {
    "grant_type": "password",
    "email": "tilda@clinic.example",
    "password": "correct horse battery",
    "installation_id": "desk",
}
PREFERENCES = {
    "quiet_hours": {"enabled": True, "starts": "20:00", "ends": "07:00"},
    "opted_in": ["hydration"],
}
DEVICE = {
    "platform": "android",
    "push_provider": "fcm",
    "push_token": "token-of-a-phone",
    "notification_permission": "granted",
    "app_version": "1.4.0",
    "locale": "en",
    "time_zone": "Europe/Berlin",
}
NEWCOMER = {"kind": "patient", "display_name": "Somebody new", "channel": "none"}
PREVIEW = {"ended_at": "2026-03-02T15:00:00Z", "time_zone": "Europe/Berlin"}
HELD = {"claim_token": "{reminder}"}
START = {**HELD, "channels": ["email"]}
RESULT = {**HELD, "attempt": 1, "outcome": "accepted"}
RECEIPT = {"attempt": 1, "receipt": "delivered", "occurred_at": "{now}"}
APPOINTMENT = {
    "patient_id": "{patient}",
    "kind": "treatment",
    "starts_at": "{free}",
    "duration_minutes": 45,
    "time_zone": "Europe/Berlin",
}
PREPARED = {"done_codes": ["light_meal"], "medicines": "Ramipril", "conditions": ""}
CONTACT = {"kind": "contact_me", "requested_at": "{now}", "time_zone": "Europe/Berlin"}
PROTOCOL = "/v1/protocol"
APPROVAL = {"version": "{texts}", "approved_by": "Dr {caller}"}
LEAVE = {
    "member_id": "{colleague}",
    "cover_id": "{treating}",
    "starts_at": "{free}",
    "ends_at": "{later}",
}
RESOLUTION = {"outcome": "reassured", "note": "Telephoned."}

#                                                          nob pia paul otto tilda tom lars olga
ANYBODY, OWN, MADE_OWN, SIGNED_OUT = (
    "200 200 200 200 200 200 200 200", "401 200 200 200 200 200 200 200",
    "401 201 201 201 403 403 403 403", "401 204 204 204 204 204 204 204",
)  # fmt: skip
PATIENTS, STAFF = "401 200 200 200 403 403 403 403", "401 403 403 403 200 200 200 200"
CARE, CARERS = "401 200 404 404 200 404 200 404", "401 403 403 403 200 404 200 404"
HERS = "401 200 404 404 403 403 403 403"
COLLEAGUES, OFFICE = "401 403 403 403 200 200 200 404", "401 403 403 403 403 403 200 404"
WORKERS = "401 403 403 403 403 403 403 403"  # they have a test of their own

TABLE = (
    Row("getLiveness", "/healthz", ANYBODY, Trail.NONE, admin=200),
    Row("getReadiness", "/readyz", ANYBODY, Trail.NONE, admin=200),
    Row("getWorkerHealth", "/workerz", ANYBODY, Trail.NONE, admin=200),
    Row("getClientConfig", "/v1/client-config", ANYBODY, Trail.NONE, admin=200),
    Row("createToken", "/v1/tokens", ANYBODY, Trail.NAMED, PASSWORD, admin=200),
    Row("activateAccount", "/v1/activations", ANYBODY.replace("200", "201"), Trail.NAMED, ACTIVATION, admin=201),
    Row("getMe", "/v1/me", OWN, Trail.NONE, admin=200),
    Row("updateMe", "/v1/me", OWN, Trail.CALLER, {"time_zone": "Europe/Lisbon"}, admin=200),
    Row("getRedFlagScreen", "/v1/red-flag-screen", OWN, Trail.NONE, admin=200),
    Row("revokeCurrentToken", "/v1/tokens/current", SIGNED_OUT, Trail.ACCOUNT, admin=204),
    Row("registerDevice", "/v1/me/devices/{caller}", OWN, Trail.CALLER, DEVICE, admin=200),
    Row("unregisterDevice", "/v1/me/devices/{caller}", SIGNED_OUT, Trail.NONE, admin=204),  # there is none
    Row("getHome", "/v1/me/home", PATIENTS, Trail.NONE),
    Row("listChanges", "/v1/changes", PATIENTS, Trail.NONE),
    Row("replaceReminderPreferences", "/v1/me/reminder-preferences", PATIENTS, Trail.CALLER, PREFERENCES),
    Row("recordConsent", "/v1/me/consents", MADE_OWN, Trail.CALLER, {"kind": "research", **GRANTED}),
    Row("reportRedFlag", "/v1/red-flag-reports", MADE_OWN, Trail.CALLER, {"symptoms": ["fever"]}),
    Row(
        "reportRedFlag", "/v1/red-flag-reports", MADE_OWN, Trail.CALLER,
        {"symptoms": ["fever"], "session_id": "{session}"},
    ),
    Row("requestContact", "/v1/contact-requests", MADE_OWN, Trail.CALLER, CONTACT),
    Row("getProtocol", PROTOCOL, STAFF, Trail.NONE, admin=200),
    Row("listProtocolVersions", f"{PROTOCOL}/versions", STAFF, Trail.NONE, admin=200),
    Row(
        "publishProtocolVersion", f"{PROTOCOL}/versions", "401 403 403 403 403 403 201 201", Trail.ACCOUNT,
        {"name": "Ours", "author": "Dr Lars", "preset": "standard"}, 201,
    ),
    Row(
        "previewRules", f"{PROTOCOL}/previews", "401 403 403 403 403 403 200 200", Trail.CALLER, {"days": 90},
        admin=200,
    ),
    Row("explainReminder", "/v1/reminders/{reminder}/explanation", CARE, Trail.PIA),
    Row("previewReminders", "/v1/reminder-previews", OWN, Trail.NONE, PREVIEW),
    Row("claimReminderDeliveries", "/v1/reminder-claims", WORKERS, Trail.NONE, {"limit": 1, "lease_seconds": 60}),
    Row("startReminderDelivery", "/v1/reminder-deliveries/{reminder}/start", WORKERS, Trail.NONE, START),
    Row("releaseReminderDelivery", "/v1/reminder-deliveries/{reminder}/release", WORKERS, Trail.NONE, HELD),
    Row("recordDeliveryResult", "/v1/reminder-deliveries/{reminder}/result", WORKERS, Trail.NONE, RESULT),
    Row("recordDeliveryReceipt", "/v1/reminder-deliveries/{reminder}/receipt", WORKERS, Trail.NONE, RECEIPT),
    Row("acknowledgeReminder", "/v1/reminders/{reminder}/acknowledgement", HERS, Trail.PIA),
    Row(
        "snoozeReminder", "/v1/reminders/{open_reminder}/snooze", HERS, Trail.PIA,
        {"until": "2026-03-04T07:30:00Z"},
    ),
    Row("listInvitations", "/v1/invitations", STAFF, Trail.CALLER),
    Row("createInvitation", "/v1/invitations", STAFF.replace("200", "201"), Trail.NAMED, NEWCOMER),
    Row(
        "createInvitation", "/v1/invitations", CARERS.replace("200", "201"), Trail.PIA,
        {**NEWCOMER, "patient_id": "{patient}"},
    ),
    Row("revokeInvitation", "/v1/invitations/{invitation}", "401 403 403 403 204 404 404 404", Trail.PIA),
    Row("listCaseload", "/v1/caseload", STAFF, Trail.CALLER),
    Row(
        "getAdverseEvents", "/v1/clinics/{clinic}/adverse-events", COLLEAGUES, Trail.CALLER, admin=200
    ),
    Row("getPatient", "/v1/patients/{patient}", CARE, Trail.PIA),
    Row("createSession", "/v1/sessions", CARERS.replace("200", "201"), Trail.PIA, SESSION),
    Row("listSessions", "/v1/sessions?patient_id={patient}", CARE, Trail.PIA),
    Row("listSessions", "/v1/sessions?patient_id={patient}&limit=1", CARE, Trail.PIA),
    Row("getSession", "/v1/sessions/{session}", CARE, Trail.PIA),
    Row("getPlan", "/v1/sessions/{session}/plan", CARE, Trail.PIA),
    Row("getTrajectory", "/v1/sessions/{session}/trajectory", CARE, Trail.PIA),
    Row("listOutcomes", "/v1/patients/{patient}/outcomes", CARE, Trail.PIA),
    Row("getVisitSummary", "/v1/appointments/{appointment}/summary", CARERS, Trail.PIA),
    Row("updateSession", "/v1/sessions/{session}", CARERS, Trail.PIA, {"staff_note": "by {caller}"}),
    Row(
        "createCheckIn", "/v1/check-ins", CARE.replace("200", "201"), Trail.PIA,
        {**CHECK_IN, "patient_id": "{patient}"},
    ),
    Row(
        "createCheckIn", "/v1/check-ins", "401 201 404 404 201 404 201 404", Trail.PIA,
        {**CHECK_IN, "patient_id": "{patient}", "session_id": "{session}"},
    ),
    Row("listCheckIns", "/v1/check-ins?patient_id={patient}", CARE, Trail.PIA),
    Row("listCheckIns", "/v1/check-ins?patient_id={patient}&session_id={session}", CARE, Trail.PIA),
    Row("getCheckIn", "/v1/check-ins/{check_in}", CARE, Trail.PIA),
    Row("amendCheckIn", "/v1/check-ins/{check_in}", CARE, Trail.PIA, {"note": "by {caller}"}),
    Row("deleteCheckIn", "/v1/check-ins/{check_in}", HERS.replace("200", "204"), Trail.PIA),
    Row("listAppointments", "/v1/appointments?patient_id={patient}", CARE, Trail.PIA),
    Row("createAppointment", "/v1/appointments", CARERS.replace("200", "201"), Trail.PIA, APPOINTMENT),
    Row("updateAppointment", "/v1/appointments/{appointment}", CARE, Trail.PIA, {"status": "{answer}"}),
    Row("replacePreparation", "/v1/appointments/{appointment}/preparation", HERS, Trail.PIA, PREPARED),
    Row("listReminders", "/v1/reminders?patient_id={patient}", CARE, Trail.PIA),
    Row("listAlerts", "/v1/alerts", STAFF, Trail.CALLER),
    Row("listAlerts", "/v1/alerts?patient_id={patient}", CARERS, Trail.PIA),
    Row("getAlert", "/v1/alerts/{flag_alert}", CARERS, Trail.PIA),
    Row("getAlert", "/v1/alerts/{soreness_alert}", CARERS, Trail.PIA),
    Row("acknowledgeAlert", "/v1/alerts/{flag_alert}/acknowledgement", CARERS, Trail.PIA),
    Row("acknowledgeAlert", "/v1/alerts/{soreness_alert}/acknowledgement", CARERS, Trail.PIA),
    Row("resolveAlert", "/v1/alerts/{flag_alert}/resolution", CARERS, Trail.PIA, RESOLUTION),
    Row("resolveAlert", "/v1/alerts/{soreness_alert}/resolution", CARERS, Trail.PIA, RESOLUTION),
    Row("reopenAlert", "/v1/alerts/{resolved_alert}/reopening", CARERS, Trail.PIA, {"reason": "By mistake."}),
    Row("assignAlert", "/v1/alerts/{soreness_alert}/assignment", CARERS, Trail.PIA, {"therapist_id": "{treating}"}),
    Row(
        "snoozeAlert", "/v1/alerts/{soreness_alert}/snooze", CARERS, Trail.PIA,
        {"until": "2026-03-05T08:00:00Z", "reason": "Seen today."},
    ),
    Row(
        "endAlertSnooze", "/v1/alerts/{soreness_alert}/snooze", CARERS.replace("200", "204"), Trail.PIA,
    ),
    Row(
        "addAlertNote", "/v1/alerts/{flag_alert}/notes", CARERS.replace("200", "201"), Trail.PIA,
        {"text": "Nobody answered."},
    ),
    Row(
        "getAlertReport",
        "/v1/clinics/{clinic}/alert-report?raised_from=2026-01-01T00:00:00Z&raised_to=2026-12-31T00:00:00Z",
        "401 403 403 403 403 403 200 404", Trail.CALLER, admin=200,
    ),
    Row("getClinic", "/v1/clinics/{clinic}", COLLEAGUES, Trail.NONE, admin=200),
    Row("updateClinic", "/v1/clinics/{clinic}", OFFICE, Trail.CALLER, {"name": "Practice of {caller}"}, 200),
    Row("approveSafetyTexts", "/v1/clinics/{clinic}/safety-texts", OFFICE, Trail.CALLER, APPROVAL, 200),
    Row(
        "updateMember", "/v1/clinics/{clinic}/members/{colleague}", OFFICE, Trail.CALLER,
        {"profession": "Known to {caller}"}, 200,
    ),
    Row(
        "handOver", "/v1/clinics/{clinic}/members/{colleague}/hand-over", OFFICE, Trail.NONE,  # Tom has nobody
        {"to_therapist_id": "{treating}"}, 200,
    ),
    Row("listLeaves", "/v1/clinics/{clinic}/leaves", COLLEAGUES, Trail.NONE, admin=200),
    Row(
        "createLeave", "/v1/clinics/{clinic}/leaves", "401 403 403 403 403 201 201 404", Trail.CALLER, LEAVE, 201,
        colleagues_know=True,
    ),
    Row(
        "cancelLeave", "/v1/clinics/{clinic}/leaves/{leave}", "401 403 403 403 403 204 204 404", Trail.CALLER,
        admin=204, colleagues_know=True,
    ),
)  # fmt: skip
