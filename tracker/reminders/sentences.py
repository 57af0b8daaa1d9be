"""Why a reminder came, moved or stayed away: a sentence for every reason there is, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.delivery.rules.channel_kinds import FAILURES, KINDS
from tracker.delivery.vocabulary import AttemptOutcome, Reason, Receipt
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
    Reason.DEFERRED_QUIET: "That moment lay in quiet hours, so it waits until they end.",
    Reason.MOVED_BEFORE_QUIET: "That moment lay in quiet hours, so it comes before they begin.",
    Reason.MOVED_FOR_SPACING: "A check is too close to that moment, so it comes at another one of the day.",
    Reason.LATE_RECORDING: "It was planned later than that, so it comes as soon as it may.",
    Reason.BOOKED_LATE: "That moment had passed by then, so it comes as soon as it may.",
}
# Why it did not leave at the moment at which it was to leave, or will never.
HELD: Mapping[str, str] = {
    Reason.DEFERRED_QUIET: "That moment lies in quiet hours.",
    Reason.MOVED_BEFORE_QUIET: "Quiet hours changed.",
    Reason.MOVED_FOR_SPACING: "A check was too close to that moment.",
    Reason.ON_TIME: "Quiet hours or the time zone changed.",
    Reason.LATE_RECORDING: "It was planned later than that.",
    Reason.BOOKED_LATE: "That moment had passed by then.",
    Reason.NOT_OPEN: "It was not yet time: the check before it was asked later than planned.",
    Reason.CHANNEL_DOWN: "The provider did not take messages.",
    Reason.PAUSED: "An operator had paused sending.",
    Reason.LEFT_TO_WORKER_OUTSIDE: "A service of the clinic is to send it.",
    Reason.SNOOZED: "The patient asked for it later.",
    Reason.QUIET_NO_WINDOW: "Quiet hours leave it no time.",
    Reason.SPACING: "Another reminder was too close.",
    Reason.MERGED: "One reminder asked this together with a more important question.",
    Reason.MERGING: "Another message that says the same was to leave first.",
    Reason.ANSWERED: "It was answered before it was sent.",
    Reason.SETTLED: "The answers so far made the question unnecessary.",
    Reason.NOT_ASKED_FOR: "The patient has switched it off.",
    Reason.PAUSED_BY_PATIENT: "The patient has paused routine reminders.",
    Reason.CANCELLED: "The session it belongs to no longer stands.",
    Reason.SESSION_MOVED: "The session was corrected; what still matters was planned anew.",
    Reason.APPOINTMENT_MOVED: "The appointment was moved; the reminder was planned anew.",
    Reason.APPOINTMENT_CANCELLED: "The appointment was cancelled.",
    Reason.APPOINTMENT_OVER: "The appointment is over.",
    Reason.CONSENT_WITHDRAWN: "Consent was withdrawn.",
    Reason.PATIENT_INACTIVE: "The patient does not use the app now.",
    Reason.EXPIRED: "Its time passed before it could be sent.",
    Reason.NO_ADDRESS: "There is no way to reach the patient.",
    Reason.NO_CHANNEL: "No way to reach the patient works here.",
    Reason.TRANSIENT: "It was not taken.",
    Reason.PERMANENT: "It was refused for good.",
    Reason.UNKNOWN: "The answer was lost, so nobody knows whether it was taken.",
    Reason.CLAIMS_EXHAUSTED: "Sending it failed again and again for a reason of our own.",
}
OUTCOMES: Mapping[str, str] = {
    AttemptOutcome.ACCEPTED: "it was taken",
    AttemptOutcome.DUPLICATE: "it had been taken before",
    AttemptOutcome.TRANSIENT: "it was not taken, to be tried again",
    AttemptOutcome.PERMANENT: "it was refused for good",
    AttemptOutcome.UNKNOWN: "the answer was lost, so nobody knows whether it was taken",
}
RECEIPTS: Mapping[str, str] = {
    Receipt.SENT: "sent",
    Receipt.BOUNCED: "bounced",
    Receipt.DELIVERED: "delivered",
    Receipt.OPENED: "opened",
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
    said = HELD.get(reason) or FAILURES.get(reason)
    if said:
        return translate(said, locale)
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
    channel = translate(KINDS[str(link.channel)].said, locale)
    said = translate("Handed over {channel}, {when}: {outcome}.", locale)
    return said.format(channel=channel, when=when, outcome=came)
