"""Why a reminder came, moved or stayed away: a sentence for every reason there is, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.local_time.windows import After, FirstAt, OnDay
from tracker.local_time.words import describe_instant, describe_time
from tracker.protocols.catalog import Step
from tracker.reminders.rules.explanation import Link
from tracker.reminders.rules.prompts import PlannedPrompt
from tracker.translation import translate

HOUR = 60  # minutes

# All in English, as the catalogues of the other languages know them.
# Why it stands at the moment at which it stands; one that came in time needs no reason.
PLACED: Mapping[str, str] = {
    "deferred_quiet": "That moment lay in quiet hours, so it waits until they end.",
    "moved_before_quiet": "That moment lay in quiet hours, so it comes before they begin.",
    "moved_for_spacing": "A check is too close to that moment, so it comes at another one of the day.",
    "late_recording": "It was planned later than that, so it comes as soon as it may.",
    "booked_late": "That moment had passed by then, so it comes as soon as it may.",
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
    "left_to_worker_outside": "A service of the clinic is to send it.",
    "snoozed": "The patient asked for it later.",
    "quiet_no_window": "Quiet hours leave it no time.",
    "spacing": "Another reminder was too close.",
    "merged": "One reminder asked this together with a more important question.",
    "merging": "Another message that says the same was to leave first.",
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
    "transient": "It was not taken.",
    "permanent": "It was refused for good.",
    "unknown": "The answer was lost, so nobody knows whether it was taken.",
    "claims_exhausted": "Sending it failed again and again for a reason of our own.",
}
# How it was handed over, by channel.
CHANNELS: Mapping[str, str] = {
    "email": "by email",
    "sms": "by text message",
    "fcm": "by push message",
    "web_push": "by push message in the browser",
    "webhook": "by a service of the clinic",
}
OUTCOMES: Mapping[str, str] = {
    "accepted": "it was taken",
    "duplicate": "it had been taken before",
    "transient": "it was not taken, to be tried again",
    "permanent": "it was refused for good",
    "unknown": "the answer was lost, so nobody knows whether it was taken",
}
RECEIPTS: Mapping[str, str] = {
    "sent": "sent",
    "bounced": "bounced",
    "delivered": "delivered",
    "opened": "opened",
}


def say_link(link: Link, why: str, here: ZoneInfo, locale: str) -> str:
    """Return the sentence of one thing that happened to a reminder; `why` is the clause that says when it asks."""
    when = describe_instant(link.at, here, locale)
    match link.kind:
        case "planned":
            return _say_planned(link, why, here, locale)
        case "moved" | "held":
            return _say_moved(link, here, locale)
        case "handed_over":
            return _say_handed_over(link, when, locale)
        case "receipt":
            receipt = translate(RECEIPTS[str(link.outcome)], locale)
            said = translate("The provider says since {when}: {receipt}.", locale)
            return said.format(when=when, receipt=receipt)
        case "acknowledged":
            return translate("It was seen, {when}.", locale).format(when=when)
        case "answered_by_link":
            return translate("It was answered on its page, {when}.", locale).format(when=when)
        case "ended":
            said = translate("Not sent, decided {when}: {reason}", locale)
            return said.format(when=when, reason=why_held(str(link.reason), locale))
    raise ValueError(link.kind)


def say_prompt(prompt: PlannedPrompt, step: Step, here: ZoneInfo, locale: str) -> str:
    """Say in one sentence why a prompt that is not planned yet would come when it would, or not at all."""
    if prompt.due_at is None:
        return translate("Not sent: {reason}", locale).format(reason=why_held(prompt.reason, locale))
    why = why_asked(step, locale, is_repeat=step.is_repeat(prompt.occurrence))
    clause = _with_meant(f"{why[0].upper()}{why[1:]}", prompt.nominal_at, prompt.due_at, here, locale)
    return f"{clause}.{_placed(prompt.reason, locale)}"


def why_held(reason: str, locale: str) -> str:
    """Return the sentence of a reason; one that is a provider's own word is quoted."""
    if reason in HELD:
        return translate(HELD[reason], locale)
    return translate('The provider said "{reason}".', locale).format(reason=reason)


def why_asked(step: Step, locale: str, *, is_repeat: bool) -> str:
    """Return when a step asks, as a clause that follows a moment."""
    if is_repeat:
        assert step.repeat_minutes is not None
        said = translate("{hours} hours after the first time it was asked, because it had no answer", locale)
        return said.format(hours=step.repeat_minutes // HOUR)
    match step.prompt:
        case After(minutes) if minutes:
            said = translate("{hours} hours after the session's end", locale)
            return said.format(hours=minutes // HOUR)
        case OnDay(day, at):
            return _on_day(day, locale).format(clock=describe_time(at, locale), day=day)
        case FirstAt(at):
            said = translate("the first {clock} that fits its window", locale)
            return said.format(clock=describe_time(at, locale))
        case _:
            return translate("the session's end", locale)


def _on_day(day: int, locale: str) -> str:
    if day < 0:
        return translate("{clock} on the day before the appointment", locale)
    if day == 0:
        return translate("{clock} on the day itself", locale)
    return translate("{clock} on day {day} after the session's end", locale)


def _say_planned(link: Link, why: str, here: ZoneInfo, locale: str) -> str:
    assert link.until is not None, "it stood somewhere"
    assert link.meant_for is not None, "its step asks at some moment"
    clause = _with_meant(why, link.meant_for, link.until, here, locale)
    said = translate("Planned for {when}: {why}.", locale)
    sentence = said.format(when=describe_instant(link.until, here, locale), why=clause)
    return sentence + _placed(link.placed_because, locale)


def _with_meant(why: str, meant: datetime, due: datetime, here: ZoneInfo, locale: str) -> str:
    """Add to a clause which moment it means, where that is not the one at which it comes."""
    said = describe_instant(meant, here, locale)
    if said == describe_instant(due, here, locale):
        return why
    return translate("{why}, which is {when}", locale).format(why=why, when=said)


def _placed(reason: str | None, locale: str) -> str:
    said = PLACED.get(reason or "")
    return f" {translate(said, locale)}" if said else ""


def _say_moved(link: Link, here: ZoneInfo, locale: str) -> str:
    later = translate("It will not be sent.", locale)
    if link.until is not None:
        until = describe_instant(link.until, here, locale)
        later = translate("It waits until {when}.", locale).format(when=until)
    return f"{why_held(str(link.reason), locale)} {later}"


def _say_handed_over(link: Link, when: str, locale: str) -> str:
    came = translate(OUTCOMES[link.outcome], locale) if link.outcome else translate("no answer yet", locale)
    if link.reason:
        told = translate('{outcome} (the provider said "{reason}")', locale)
        came = told.format(outcome=came, reason=link.reason)
    channel = translate(CHANNELS[str(link.channel)], locale)
    said = translate("Handed over {channel}, {when}: {outcome}.", locale)
    return said.format(channel=channel, when=when, outcome=came)
