"""Why a reminder came, moved or stayed away, in plain English; one sentence for every reason there is."""

from collections.abc import Mapping

from tracker.protocols.catalog import Step
from tracker.protocols.windows import After, FirstAt, OnDay

HOUR = 60  # minutes

# Why it stands at the moment at which it stands.
PLACED: Mapping[str, str] = {
    "on_time": "",
    "deferred_quiet": " That moment lay in quiet hours, so it waits until they end.",
    "moved_before_quiet": " That moment lay in quiet hours, so it comes before they begin.",
    "moved_for_spacing": " A check is too close to that moment, so it comes at another one of the day.",
    "late_recording": " It was planned later than that, so it comes as soon as it may.",
    "booked_late": " That moment had passed by then, so it comes as soon as it may.",
}
# Why it did not leave at the moment at which it was to leave, or will never.
HELD: Mapping[str, str] = {
    "deferred_quiet": "That moment lies in quiet hours.",
    "moved_before_quiet": "Quiet hours changed.",
    "moved_for_spacing": "A check was too close to that moment.",
    "on_time": "Quiet hours or the time zone changed.",
    "late_recording": "It was planned later than that.",
    "booked_late": "That moment had passed by then.",
    "not_open": "It was not yet time: the check before it was asked later than planned.",
    "channel_down": "The provider did not take messages.",
    "paused": "An operator had paused sending.",
    "snoozed": "The patient asked for it later.",
    "quiet_no_window": "Quiet hours cover all of the time that was left.",
    "spacing": "Another reminder was too close.",
    "merged": "One reminder asked this together with a more important question.",
    "answered": "It was answered before it was sent.",
    "settled": "The answers so far made the question unnecessary.",
    "not_asked_for": "The patient has switched it off.",
    "paused_by_patient": "The patient has paused routine reminders.",
    "cancelled": "The session it belongs to no longer stands.",
    "session_moved": "The session was corrected; what still matters was planned anew.",
    "appointment_moved": "The appointment was moved; the reminder was planned anew.",
    "appointment_cancelled": "The appointment was cancelled.",
    "appointment_over": "The appointment is over.",
    "consent_withdrawn": "Consent was withdrawn.",
    "patient_inactive": "The patient does not use the app now.",
    "expired": "Its time passed before it could be sent.",
    "no_address": "There is no way to reach the patient.",
    "no_channel": "No way to reach the patient works here.",
    "unregistered": "The app is no longer on that device.",
    "opted_out": "The phone number takes no messages.",
    "address_invalid": "The address cannot be written to.",
    "claims_exhausted": "Sending it failed again and again for a reason of our own.",
}
OUTCOMES: Mapping[str, str] = {
    "accepted": "it was taken",
    "duplicate": "it had been taken before",
    "transient": "it was not taken, to be tried again",
    "permanent": "it was refused for good",
    "unknown": "the answer was lost, so nobody knows whether it was taken",
}


def why_held(reason: str) -> str:
    """Return the sentence of a reason; one that is a provider's own word is quoted."""
    return HELD.get(reason, f'The provider said "{reason}".')


def why_asked(step: Step, *, is_repeat: bool) -> str:
    """Return when a step asks, as a clause that follows a moment."""
    if is_repeat:
        assert step.repeat_minutes is not None
        return (
            f"{step.repeat_minutes // HOUR} hours after the first time it was asked, because it had no answer"
        )
    anchor = "appointment" if step.key == "appointment" else "session's end"
    match step.prompt:
        case After(minutes) if minutes:
            return f"{minutes // HOUR} hours after the {anchor}"
        case OnDay(day, at) if day < 0:
            return f"{at:%H:%M} on the day before the {anchor}"
        case OnDay(day, at):
            return f"{at:%H:%M} on day {day} after the {anchor}" if day else f"{at:%H:%M} on the day itself"
        case FirstAt(at):
            return f"the first {at:%H:%M} that fits its window"
        case _:
            return f"the {anchor}"
