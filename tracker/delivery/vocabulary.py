"""The states of one message on its way, and the words for what came of each attempt."""

from enum import StrEnum

# Every way out that there is.
CHANNELS = ("email", "sms", "fcm", "web_push", "webhook")


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
