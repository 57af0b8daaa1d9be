"""The states of one message on its way, the reasons for them, and the words for what came of each attempt."""

from enum import StrEnum
from typing import NewType


class Purpose(StrEnum):
    """Why a message exists, in the order of claiming; each has its own share of the senders."""

    ALERT = "alert"
    REMINDER = "reminder"
    # What staff read once a day.
    SUMMARY = "summary"


class Audience(StrEnum):
    """To whom a message goes; who that is gets decided at the moment of sending."""

    PATIENT = "patient"
    OWNER = "owner"
    DEPUTY = "deputy"
    LAST_RESORT = "last_resort"
    INVITED = "invited"


class Anchor(StrEnum):
    """What a message hangs on: it moves and ends with it."""

    SESSION = "session"
    CHECK_IN = "check_in"  # the second answer after one
    EMERGENCY = "emergency"  # the check-in or report that told of it
    APPOINTMENT = "appointment"  # for the patient
    VISIT = "visit"  # the same appointment, for the therapist
    ALERT = "alert"


class State(StrEnum):
    """Where a dispatch row stands."""

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    DEAD = "dead"


class Reason(StrEnum):
    """Why a message stands where it stands, why it waits, or why it has ended."""

    # Why it leaves at the moment at which it leaves.
    ON_TIME = "on_time"
    DEFERRED_QUIET = "deferred_quiet"
    MOVED_BEFORE_QUIET = "moved_before_quiet"
    MOVED_FOR_SPACING = "moved_for_spacing"
    LATE_RECORDING = "late_recording"
    BOOKED_LATE = "booked_late"
    SNOOZED = "snoozed"
    # Why it waits.
    NOT_OPEN = "not_open"
    PAUSED = "paused"
    CHANNEL_DOWN = "channel_down"
    LEFT_TO_WORKER_OUTSIDE = "left_to_worker_outside"
    MERGING = "merging"
    # What came of a hand-over where the provider said no word of its own.
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"
    # Why it has ended.
    ACCEPTED = "accepted"
    QUIET_NO_WINDOW = "quiet_no_window"
    SPACING = "spacing"
    MERGED = "merged"
    ANSWERED = "answered"
    SETTLED = "settled"
    NOT_ASKED_FOR = "not_asked_for"
    PAUSED_BY_PATIENT = "paused_by_patient"
    CANCELLED = "cancelled"
    SESSION_MOVED = "session_moved"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_OVER = "appointment_over"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    PATIENT_INACTIVE = "patient_inactive"
    EXPIRED = "expired"
    NO_ADDRESS = "no_address"
    NO_CHANNEL = "no_channel"
    CLAIMS_EXHAUSTED = "claims_exhausted"
    # Of messages to staff: the severity that planned it, or why the daily list names it.
    EMERGENCY = "emergency"
    URGENT = "urgent"
    ATTENTION = "attention"
    ROUTINE = "routine"
    UNFINISHED = "unfinished"
    CLOSED_BY_ITSELF = "closed_by_itself"
    # Of messages to staff: why it waits, moves or has ended.
    ITS_TURN = "its_turn"
    NOBODY_REACHED = "nobody_reached"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    RENEWED = "renewed"
    WOKEN = "woken"
    SNOOZE_ENDED = "snooze_ended"
    SETTLING = "settling"
    CAN_WAIT = "can_wait"
    PUSH_CAP = "push_cap"
    TOLD_BEFORE = "told_before"


# What no patient reads: of messages to staff, and of one that has left.
UNSEEN_BY_PATIENTS = frozenset(
    {
        Reason.ACCEPTED,
        Reason.EMERGENCY,
        Reason.URGENT,
        Reason.ATTENTION,
        Reason.ROUTINE,
        Reason.UNFINISHED,
        Reason.CLOSED_BY_ITSELF,
        Reason.ITS_TURN,
        Reason.NOBODY_REACHED,
        Reason.ACKNOWLEDGED,
        Reason.RESOLVED,
        Reason.WITHDRAWN,
        Reason.RENEWED,
        Reason.WOKEN,
        Reason.SNOOZE_ENDED,
        Reason.SETTLING,
        Reason.CAN_WAIT,
        Reason.PUSH_CAP,
        Reason.TOLD_BEFORE,
    }
)
# What a provider or its channel called the failure of a hand-over; it is quoted, and no list of ours is complete.
ProviderWord = NewType("ProviderWord", str)

OPEN_STATES = frozenset({State.SCHEDULED, State.CLAIMED, State.SENDING})

PUBLIC_STATUS = {
    State.SCHEDULED: "scheduled",
    State.CLAIMED: "scheduled",
    State.SENDING: "scheduled",
    State.ACCEPTED: "sent",
    State.CANCELLED: "cancelled",
    State.SUPPRESSED: "suppressed",
    State.EXPIRED: "expired",
    State.DEAD: "failed",
}


class WaitsFor(StrEnum):
    """What a due message waits for while no worker inside takes it."""

    # Its clinic is paused, and an operator has to resume it.
    RESUME = "resume"
    # Only a worker outside serves a way to this person.
    OUTSIDE_WORKER = "outside_worker"


class AttemptOutcome(StrEnum):
    """What came of one hand-over."""

    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class Receipt(StrEnum):
    """What a provider says later about the way to the person, in the order in which it may follow."""

    SENT = "sent"
    BOUNCED = "bounced"
    DELIVERED = "delivered"
    OPENED = "opened"


class PauseScope(StrEnum):
    """What an operator's pause holds back."""

    ALL = "all"
    CLINIC = "clinic"
    CHANNEL = "channel"
