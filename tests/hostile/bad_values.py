"""For every member of every body: values that are not taken, and the code that says why."""

from typing import Any

Case = tuple[str, Any, str]  # path in the good body, value, code of the fault

NUMBERS_OF_NO_KIND: list[tuple[Any, str]] = [
    (9.7, "invalid_type"),
    ("9", "invalid_type"),
    ("", "invalid_type"),
    (True, "invalid_type"),
    (False, "invalid_type"),
    ([], "invalid_type"),
    ([9], "invalid_type"),
    ({}, "invalid_type"),
    (-1, "out_of_range"),
    (2**31, "out_of_range"),
    (2**63, "out_of_range"),
    (-(2**63), "out_of_range"),
    (1e308, "out_of_range"),
]
TEXT_OF_NO_KIND: list[tuple[Any, str]] = [(1, "invalid_type"), (True, "invalid_type"), ([], "invalid_type")]
CONTROL = [("a\x1b[31m", "invalid_text"), ("a\x07", "invalid_text"), ("a\x7f", "invalid_text")]
INSTANTS: list[tuple[Any, str]] = [
    (1772463600, "invalid_type"),
    ("", "invalid_format"),
    ("now", "invalid_format"),
    ("2026-03-02", "invalid_format"),
    ("2026-03-02T15:00:00", "invalid_format"),  # no offset
    ("2026-03-02T15:00Z", "invalid_format"),
    ("2026-03-02 15:00:00 Z", "invalid_format"),
    ("2026-03-02T15:00:00 Europe/Berlin", "invalid_format"),
    ("2026-03-02T15:00:00,5Z", "invalid_format"),
    ("20260302T150000Z", "invalid_format"),
    ("2026-W10-1T15:00:00Z", "invalid_format"),
    ("2026-02-30T15:00:00Z", "invalid_format"),
    ("2016-12-31T23:59:60Z", "invalid_format"),  # a leap second
    ("2026-03-02T24:00:00Z", "invalid_format"),
    ("2026-03-02T15:00:00+99:99", "invalid_format"),
    ("2026-03-02T15:00:00+24:00", "invalid_format"),
    ("2026-03-02T15:00:00+01:60", "invalid_format"),
    ("2026-03-02T15:00:00Z\n", "invalid_format"),
    ("٢٠٢٦-03-02T15:00:00Z", "invalid_format"),
    ("-2026-03-02T15:00:00Z", "invalid_format"),
    ("+12026-03-02T15:00:00Z", "invalid_format"),
    ("0000-01-01T00:00:00Z", "out_of_range"),
    ("0001-01-01T00:00:00+14:00", "out_of_range"),
    ("1969-12-31T23:59:59Z", "out_of_range"),
    ("2201-01-01T00:00:00Z", "out_of_range"),
    ("9999-12-31T23:59:59-12:00", "out_of_range"),
    ("2" * 10_000, "too_long"),
]
ZONES: list[tuple[Any, str]] = [
    (1, "invalid_type"),
    ("", "unknown_time_zone"),
    ("Foo/Bar", "unknown_time_zone"),
    ("../x", "unknown_time_zone"),
    ("../../../etc/passwd", "unknown_time_zone"),
    ("Europe", "unknown_time_zone"),
    ("europe/berlin", "unknown_time_zone"),
    ("Europe/Berlin ", "unknown_time_zone"),
    ("posix/Europe/Berlin", "unknown_time_zone"),
    ("localtime", "unknown_time_zone"),
    ("+01:00", "unknown_time_zone"),
    ("Europe/Berlin\x00", "invalid_text"),
    ("E" * 10_000, "too_long"),
]
IDS: list[tuple[Any, str]] = [
    (1, "invalid_type"),
    ("me", "invalid_format"),
    ("", "invalid_format"),
    ("{019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b}", "invalid_format"),
    ("019a8b7e2c1d7e3f8a4b5c6d7e8f9a0b", "invalid_format"),
    ("urn:uuid:019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b", "invalid_format"),
    ("' OR 1=1 --", "invalid_format"),
    ("0" * 65, "too_long"),
]
DAYS: list[tuple[Any, str]] = [
    (20260302, "invalid_type"),
    ("2026-02-30", "invalid_format"),
    ("2026-03-02T00:00:00Z", "too_long"),
    ("0001-01-01", "out_of_range"),
    ("9999-12-31", "out_of_range"),
]
WORDS: list[tuple[Any, str]] = [
    (1, "invalid_type"),
    ("", "unknown_value"),
    ("surprise", "unknown_value"),
    ("w" * 65, "too_long"),
    ("'; DROP TABLE patient; --", "unknown_value"),
]
LOCALES: list[tuple[Any, str]] = [
    (1, "invalid_type"),
    ("", "invalid_format"),
    ("../en", "invalid_format"),
    ("en_US", "invalid_format"),
    ("e" * 17, "too_long"),
]
LISTS: list[tuple[Any, str]] = [("surprise", "invalid_type"), (1, "invalid_type"), ({"0": 1}, "invalid_type")]
ADDRESSES: list[tuple[Any, str]] = [
    (1, "invalid_type"),
    ("", "invalid_format"),
    ("pia", "invalid_format"),
    ("pia@home", "invalid_format"),
    ("@home.example", "invalid_format"),
    ("a@b@c.example", "invalid_format"),
    ("pia@home.example, eve@evil.example", "invalid_format"),
    ("Pia <pia@home.example>", "invalid_format"),
    ("pia@home.example\r\nBcc: eve@evil.example", "invalid_format"),
    ("pi\u0130a@home.example", "invalid_format"),  # longer in lower case
    ("pia@h\xf6me.example", "invalid_format"),
    ("p" * 65 + "@home.example", "invalid_format"),
    ("p@" + "h" * 300 + ".example", "too_long"),
]


def at(path: str, *groups: list[tuple[Any, str]]) -> list[Case]:
    """Give the values of some groups for one member."""
    return [(path, value, code) for group in groups for value, code in group]


def whole(path: str, above: int) -> list[Case]:
    """Give what is no whole number of this member: ``above`` is one more than its largest."""
    return at(path, NUMBERS_OF_NO_KIND, [(above, "out_of_range")])


def text(path: str, longest: int, *, empty: bool = True) -> list[Case]:
    """Give what is no text of this member."""
    short = [] if empty else [("", "out_of_range")]
    return at(path, TEXT_OF_NO_KIND, CONTROL, short, [("x" * (longest + 1), "too_long")])


SESSION_VALUES = [
    *at("modality", WORDS), *at("technique", WORDS), *at("ended_at", INSTANTS), *at("time_zone", ZONES),
    *at("ended_at", [("2026-02-20T15:00:00Z", "too_old"), ("2026-03-04T15:00:00Z", "in_the_future")]),
    *at("ended_at", [("1970-01-01T00:00:00+14:00", "too_old"), ("2200-12-31T23:59:59-12:00", "in_the_future")]),
    *whole("duration_minutes", 481), ("duration_minutes", 0, "out_of_range"), *whole("needle_count", 201),
    *whole("pain_during", 11), *whole("baseline_soreness", 11), *whole("baseline_stiffness", 11),
    *whole("usual_pain", 11), *text("patient_instructions", 4000), *text("staff_note", 4000),
    *at("follow_up_on", DAYS), *at("post_care", LISTS, [(["heat"] * 11, "too_many_items")]),
    *at("co_interventions", LISTS), *at("body_areas", LISTS, [([], "out_of_range")]),
]  # fmt: skip
AREA_VALUES = [
    *at("body_areas/0/region", WORDS), *at("body_areas/0/side", WORDS), *text("body_areas/0/muscle", 100),
    *whole("body_areas/0/needle_count", 101), *whole("body_areas/0/dwell_seconds", 7201),
    *whole("body_areas/0/twitch_count", 1001), *at("body_areas/0/local_twitch_response", WORDS),
    *at("body_areas/0/manipulated", [("yes", "invalid_type"), (1, "invalid_type"), (0, "invalid_type")]),
    ("body_areas/0/surprise", 1, "unknown_field"), ("body_areas/0", 1, "invalid_type"),
    ("body_areas/0", [], "invalid_type"),
]  # fmt: skip
CHECK_IN_VALUES = [
    *whole("soreness", 11), *whole("stiffness", 11), *whole("usual_pain", 11), *whole("hydration_ml", 10_001),
    *at("alcohol", WORDS), *text("note", 4000),
    *at("standard_drinks", [("1", "invalid_type"), (True, "invalid_type"), (-0.5, "out_of_range"),
                            (100.5, "out_of_range"), (1e308, "out_of_range")]),
    *at("side_effects", LISTS, [([{"code": "other", "severity": "mild"}] * 21, "too_many_items")]),
    *at("red_flags", LISTS, [(["fever"] * 51, "too_many_items")]), *at("activities", LISTS),
]  # fmt: skip
APPOINTMENT_VALUES = [
    *at("starts_at", INSTANTS), *at("time_zone", ZONES), *text("location", 200),
    *at("therapist_id", IDS, [("019a8b7e-2c1d-7e3f-8a4b-5c6d7e8f9a0b", "unknown_value")]),
    *whole("duration_minutes", 481), ("duration_minutes", 4, "out_of_range"),
    ("starts_at", "2026-03-03T15:00:00Z", "in_the_past"),
    ("starts_at", "1970-01-01T00:00:00+14:00", "in_the_past"),
    ("starts_at", "2200-12-31T23:59:59-12:00", "too_far_ahead"),
]  # fmt: skip
CONSENT_VALUES = [
    *at("kind", WORDS), *at("status", WORDS), *text("document_version", 20),
    ("document_version", "2025-01", "unknown_value"),
]  # fmt: skip

BAD_VALUES: dict[str, list[Case]] = {
    "createSession": [*at("patient_id", IDS), *SESSION_VALUES, *AREA_VALUES],
    "updateSession": [*SESSION_VALUES, *at("status", WORDS)],
    "createCheckIn": [
        *at("recorded_at", INSTANTS), *at("sent_at", INSTANTS), *at("time_zone", ZONES), *at("session_id", IDS),
        *at("patient_id", IDS), *at("source", WORDS), *CHECK_IN_VALUES,
        ("recorded_at", "2026-03-04T15:00:00Z", "in_the_future"),
        ("recorded_at", "2026-01-20T15:00:00Z", "too_old"),
        ("recorded_at", "1970-01-01T00:00:00+14:00", "too_old"),
        ("recorded_at", "2200-12-31T23:59:59-12:00", "in_the_future"),
    ],
    "amendCheckIn": CHECK_IN_VALUES,
    "createAppointment": [*at("patient_id", IDS), *at("kind", WORDS), *APPOINTMENT_VALUES],
    "updateAppointment": [*APPOINTMENT_VALUES, *at("status", WORDS)],
    "replacePreparation": [
        *at("done_codes", LISTS, [(["light_meal"] * 6, "too_many_items")]), *at("done_codes/0", WORDS),
        *text("medicines", 2000), *text("conditions", 2000),
    ],
    "createInvitation": [
        *at("kind", WORDS), *text("display_name", 200, empty=False), *at("channel", WORDS),
        *at("address", ADDRESSES), *at("locale", LOCALES), *at("patient_id", IDS),
        ("channel", "email", "required at #/address"),
        ("address", "pia@home.example", "unknown_field"),  # the channel is none
    ],
    "activateAccount": [
        *text("code", 64, empty=False), *text("installation_id", 64, empty=False), *at("locale", LOCALES),
        *at("time_zone", ZONES), *at("consents", LISTS), *at("consents/0/kind", WORDS),
        *at("consents/1/status", WORDS), ("consents/0", 7, "invalid_type"),
        ("consents/0/surprise", 7, "unknown_field"), ("consents/0/document_version", "1", "unknown_value"),
    ],
    "createToken": [
        *at("grant_type", WORDS), *text("installation_id", 64, empty=False), *at("email", ADDRESSES),
        *text("password", 1024, empty=False), ("grant_type", "refresh_token", "required at #/refresh_token"),
    ],
    "replaceReminderPreferences": [
        *at("quiet_hours", [(1, "invalid_type"), ([], "invalid_type"), ("on", "invalid_type")]),
        *at("quiet_hours/enabled", [(1, "invalid_type"), ("true", "invalid_type")]),
        *[
            (f"quiet_hours/{edge}", value, code)
            for edge in ("starts", "ends")
            for value, code in (
                (2100, "invalid_type"), ("9:00", "invalid_format"), ("24:00", "invalid_format"),
                ("21:60", "invalid_format"), ("21h00", "invalid_format"), ("٢١:00", "invalid_format"),
                ("21:00:00", "too_long"), ("", "invalid_format"),
            )
        ],
        *at("opted_in", LISTS, [(["hydration"] * 3, "too_many_items")]), *at("opted_in/0", WORDS),
        *at("channels", LISTS, [(["push"] * 5, "too_many_items"), (["push", "push"], "out_of_range")]),
        *at("routine_paused", [(1, "invalid_type"), ("true", "invalid_type"), ([], "invalid_type")]),
    ],
    "recordConsent": CONSENT_VALUES,
    "updateMe": [
        *at("locale", LOCALES), *at("time_zone", ZONES), *text("display_name", 200, empty=False),
        *at("phone", [(1, "invalid_type"), ("1", "invalid_format"), ("+4930 12345", "invalid_format"),
                      ("+" + "1" * 16, "too_long")]),
        ("display_name", "Pia the Second", "unknown_field"),  # a patient's name is kept by the clinic
    ],
    "registerDevice": [
        *at("platform", WORDS), *at("push_provider", WORDS), *at("notification_permission", WORDS),
        *text("app_version", 40, empty=False), *text("os_version", 40), *at("locale", LOCALES),
        *at("time_zone", ZONES), *text("push_token", 2000, empty=False), ("push_token", "a b", "invalid_format"),
        *at("subscription", [(1, "invalid_type"), ([], "invalid_type"), ("on", "invalid_type")]),
        ("subscription", {"endpoint": "https://x"}, "required at #/subscription/auth"),
        ("push_provider", "web_push", "required at #/subscription"),
    ],
    "resolveAlert": [*at("outcome", WORDS), *text("note", 4000)],
}  # fmt: skip

# Members that must be there.
NEEDED: dict[str, str] = {
    "createSession": "patient_id modality technique body_areas ended_at time_zone",
    "createCheckIn": "recorded_at time_zone",
    "createAppointment": "patient_id kind starts_at duration_minutes time_zone",
    "replacePreparation": "done_codes",
    "createInvitation": "kind display_name channel",
    "activateAccount": "code installation_id locale time_zone consents",
    "createToken": "grant_type installation_id email password",
    "replaceReminderPreferences": "quiet_hours opted_in",
    "recordConsent": "kind document_version status",
    "registerDevice": "platform push_provider notification_permission app_version locale time_zone",
    "resolveAlert": "outcome note",
}
