"""Every code that a problem can carry: its status, its title, and what it means (api.md 1.3)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One code: its HTTP status, its title, and a sentence for whoever looks it up."""

    status: int
    title: str
    meaning: str


KINDS = {
    "malformed_json": ProblemKind(
        400, "The body cannot be read", "The body is not one JSON object in UTF-8."
    ),
    "unknown_parameter": ProblemKind(400, "Unknown parameter", "This operation has no such query parameter."),
    "invalid_parameter": ProblemKind(
        400, "Invalid parameter", "A query parameter or header has a value that cannot be used."
    ),
    "invalid_cursor": ProblemKind(400, "Invalid cursor", "Start again without a cursor."),
    "idempotency_key_missing": ProblemKind(
        400, "Idempotency-Key is missing", "Send one new key per thing the user creates."
    ),
    "bad_request": ProblemKind(
        400, "The request cannot be read", "The request is not valid HTTP for this service."
    ),
    "token_missing": ProblemKind(401, "Not signed in", "Send Authorization: Bearer with an access token."),
    "token_expired": ProblemKind(
        401, "The token has expired", "Get a new access token with the refresh token."
    ),
    "token_invalid": ProblemKind(401, "The token is not valid", "Sign in again."),
    "credentials_invalid": ProblemKind(
        401, "Not signed in", "Address and password do not belong together; check both."
    ),
    "role_not_allowed": ProblemKind(
        403, "Not for this role", "The caller's role does not hold the permission for this."
    ),
    "consent_required": ProblemKind(
        403, "Consent is missing", "The patient has not agreed to this, or has withdrawn it."
    ),
    "signature_invalid": ProblemKind(
        403, "Not signed by the provider", "The signature does not fit what was sent."
    ),
    "client_version_unsupported": ProblemKind(403, "The app is too old", "Update the app."),
    "not_found": ProblemKind(404, "Not found", "It does not exist, or not for this caller."),
    "method_not_allowed": ProblemKind(405, "Method not allowed", "The header Allow lists what is."),
    "state_conflict": ProblemKind(409, "Not possible in this state", "Read it again and decide anew."),
    "already_resolved": ProblemKind(409, "Already resolved", "It was resolved before with another outcome."),
    "appointment_overlaps": ProblemKind(
        409, "Another appointment is in the way", "The patient or the therapist is expected elsewhere then."
    ),
    "leave_overlaps": ProblemKind(
        409, "Somebody is away then", "Another leave stands in the way, of this person or of who would cover."
    ),
    "hand_over_first": ProblemKind(
        409, "Somebody else has to take over first", "Hand over what this person is responsible for."
    ),
    "clinic_not_ready": ProblemKind(
        409, "The clinic is not set up", "The detail names what its operator has to do."
    ),
    "invitation_exists": ProblemKind(
        409, "Invitation exists", "There is an open invitation for this person."
    ),
    "activation_code_expired": ProblemKind(410, "The code has expired", "Ask for a new invitation."),
    "cursor_expired": ProblemKind(
        410, "The cursor has expired", "Drop what was fetched and fetch it all again, without a cursor."
    ),
    "version_mismatch": ProblemKind(412, "Changed since you read it", "Read it again and repeat the change."),
    "payload_too_large": ProblemKind(413, "Too large", "A body may have 256 KiB."),
    "too_many_items": ProblemKind(413, "Too many items", "Send fewer items at once."),
    "unsupported_media_type": ProblemKind(
        415, "Unsupported media type", "Send application/json without content encoding."
    ),
    "validation_failed": ProblemKind(422, "Some values need to change", "Each fault says where and why."),
    "idempotency_key_reused": ProblemKind(
        422, "Idempotency-Key was used before", "Use a new key for new content."
    ),
    "amendment_window_closed": ProblemKind(
        422, "Too late to change", "The time in which this can be changed is over."
    ),
    "if_match_required": ProblemKind(
        428, "If-Match is missing", "Send If-Match with the version that you read."
    ),
    "rate_limited": ProblemKind(429, "Too many attempts", "Wait as long as Retry-After says."),
    "internal_error": ProblemKind(500, "Something went wrong here", "It is logged under the request id."),
    "not_ready": ProblemKind(503, "Not ready", "Try again shortly."),
}
