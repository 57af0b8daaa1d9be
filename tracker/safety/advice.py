"""What a patient is told in answer to a check-in or a red-flag report."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tracker.protocols.settled import is_settled
from tracker.safety.catalogue import CATALOGUE, FlagClass, RedFlag, worst
from tracker.safety.texts import PLACEHOLDER, SafetyTexts

# Severe band of a 0-10 rating (Boonstra 2016, clinical.md 2.1): never called expected, whatever the baseline.
STRONG_SORENESS = 7
# From here on soreness should have settled (R3 of clinical.md 6); hours since the session's end.
SETTLED_FROM_HOURS = 46.0

# Rules whose alert means "call the clinic", the most pressing reason first (care-flow.md 4).
_SORENESS_RULES = ("severe", "worsens", "persists")


class AdviceLevel(StrEnum):
    """What the patient should do, in four steps."""

    EXPECTED = "expected"
    SELF_CARE = "self_care"
    CONTACT_CLINIC = "contact_clinic"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class AdviceAction:
    """One thing to tap: the kind (call), its label and the telephone number."""

    kind: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer to what a patient reported, in the words of one pack."""

    level: AdviceLevel
    title: str
    message: str
    actions: tuple[AdviceAction, ...]
    watched: str
    rule_key: str
    locale: str


@dataclass(frozen=True, slots=True)
class ClinicContact:
    """The clinic's numbers; any may be missing, and the advice still says what to do."""

    name: str | None = None
    phone: str | None = None
    emergency_number: str | None = None
    urgent_care_phone: str | None = None
    urgent_instructions: str | None = None


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """What is known when advice is given; hours since the session's end are None when there is no session."""

    red_flags: tuple[RedFlag, ...] = ()
    unknown_reported: bool = False
    red_flags_answered: bool = False
    rules_raised: frozenset[str] = frozenset()
    soreness: int | None = None
    baseline: int | None = None
    hours_since_session: float | None = None
    has_note: bool = False
    severe_side_effect: bool = False
    alcohol_in_window: bool = False


def advise(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    """Return the advice for the most pressing fact; one more warning sign never lowers the level."""
    flag_class = worst(facts.red_flags)
    if flag_class is FlagClass.EMERGENCY:
        return _advise_emergency(facts, texts, clinic)
    if facts.unknown_reported:
        # A newer app may have meant an emergency by a code that this server does not know.
        text = texts.advice["red_flag_unknown"]
        message = _join(text.message, texts.sentences["emergency_tell"])
        return _compose(AdviceLevel.EMERGENCY, "red_flag_unknown", text.title, message, texts, clinic)
    if flag_class is FlagClass.SAME_DAY:
        return _advise_same_day(facts, texts, clinic)
    return _advise_soreness(facts, texts, clinic)


def emergency_notice(texts: SafetyTexts) -> str:
    """Return the general emergency advice, for answers that know neither patient nor clinic."""
    return fill(texts.sentences["emergency_notice"], ClinicContact())


def watched_sentence(texts: SafetyTexts, clinic: ClinicContact) -> str:
    """Return the sentence that nobody watches around the clock, and whom to call instead."""
    return fill(texts.sentences["watched"], clinic)


def aftercare_lines(
    texts: SafetyTexts,
    clinic: ClinicContact,
    alcohol_until: str | None,
    *,
    chest: bool = False,
    chest_check_late: bool = False,
) -> tuple[str, ...]:
    """Return the aftercare card; `alcohol_until` is a local day and time in words, None leaves it out."""
    shown = {"alcohol": alcohol_until is not None, "chest": chest, "chest_late": chest and chest_check_late}
    return tuple(
        fill(line, clinic, alcohol_until) for key, line in texts.aftercare.items() if shown.get(key, True)
    )


def fill(template: str, clinic: ClinicContact, alcohol_until: str | None = None) -> str:
    """Put the clinic's numbers in brackets where the text names them; a missing one leaves no trace."""
    values = {
        "emergency_number": _bracket(clinic.emergency_number),
        "urgent_care_phone": _bracket(clinic.urgent_care_phone),
        "clinic": _bracket(clinic.name, clinic.phone),
        "alcohol_until": f" {alcohol_until}" if alcohol_until else "",
    }

    def replacement(match: re.Match[str]) -> str:
        return values[match.group(1)]

    return PLACEHOLDER.sub(replacement, template)


def _advise_emergency(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    groups = [texts.emergency[group] for group in _groups(facts.red_flags, FlagClass.EMERGENCY)]
    # Two different first steps would make a frightened reader choose; calling is right for all.
    first_step = groups[0].now if len(groups) == 1 else texts.sentences["emergency_now"]
    title = groups[0].title if len(groups) == 1 else texts.sentences["emergency_title"]
    message = _join(
        first_step,
        *(group.meanwhile for group in groups),
        " ".join([texts.sentences["emergency_tell"], *(group.tell for group in groups)]),
        texts.sentences["emergency_closing"],
    )
    return _compose(AdviceLevel.EMERGENCY, "red_flag_emergency", title, message, texts, clinic)


def _advise_same_day(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    groups = [texts.same_day[group] for group in _groups(facts.red_flags, FlagClass.SAME_DAY)]
    message = _join(
        texts.sentences["same_day_call"],
        *(group.message for group in groups),
        texts.sentences["same_day_worse"],
        clinic.urgent_instructions,
    )
    title = groups[0].title
    return _compose(AdviceLevel.CONTACT_CLINIC, "red_flag_same_day", title, message, texts, clinic)


def _advise_soreness(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    rule_key = next((rule for rule in _SORENESS_RULES if rule in facts.rules_raised), None)
    level = AdviceLevel.CONTACT_CLINIC if rule_key else AdviceLevel.SELF_CARE
    if rule_key is None and _needs_recheck(facts):
        rule_key = "recheck"
    elif rule_key is None and _is_expected(facts):
        level, rule_key = AdviceLevel.EXPECTED, "expected"
    rule_key = rule_key or "self_care"
    questions_open = facts.soreness is not None and not facts.red_flags_answered
    message = _join(
        texts.advice[rule_key].message,
        texts.sentences["red_flags_open_remark"] if questions_open else None,
        texts.sentences["alcohol_remark"] if facts.alcohol_in_window else None,
        texts.sentences["note_remark"] if facts.has_note else None,
        clinic.urgent_instructions if level is AdviceLevel.CONTACT_CLINIC else None,
    )
    return _compose(level, rule_key, texts.advice[rule_key].title, message, texts, clinic)


def _is_expected(facts: AdviceFacts) -> bool:
    """Say whether everything was asked and answered and nothing stands out (care-flow.md 4)."""
    return (
        facts.soreness is not None
        and facts.hours_since_session is not None
        and facts.hours_since_session >= 0
        and facts.red_flags_answered
        and not facts.rules_raised
        and not facts.has_note
        and not facts.severe_side_effect
    )


def _needs_recheck(facts: AdviceFacts) -> bool:
    """Say whether no rule fired but the soreness is strong, or has not settled when it should have."""
    if facts.soreness is None:
        return False
    late = (facts.hours_since_session or 0.0) >= SETTLED_FROM_HOURS
    return facts.soreness >= STRONG_SORENESS or (late and not is_settled(facts.soreness, facts.baseline))


def _groups(flags: Iterable[RedFlag], flag_class: FlagClass) -> list[str]:
    """Return the groups of the flags of this class, each once, in the order of the catalogue."""
    found = {flag.group for flag in flags if flag.flag_class is flag_class}
    return list(dict.fromkeys(flag.group for flag in CATALOGUE.values() if flag.group in found))


def _compose(
    level: AdviceLevel, rule_key: str, title: str, message: str, texts: SafetyTexts, clinic: ClinicContact
) -> Advice:
    return Advice(
        level=level,
        title=title,
        message=fill(message, clinic),
        actions=_actions(level, texts, clinic),
        watched=watched_sentence(texts, clinic),
        rule_key=rule_key,
        locale=texts.locale,
    )


def _actions(level: AdviceLevel, texts: SafetyTexts, clinic: ClinicContact) -> tuple[AdviceAction, ...]:
    """Return the calls to offer, the first choice first; a number that is missing gives none."""
    emergency = ("action_emergency", clinic.emergency_number)
    urgent_care = ("action_urgent_care", clinic.urgent_care_phone)
    office = ("action_clinic", clinic.phone)
    offered = {
        AdviceLevel.EMERGENCY: (emergency, urgent_care),
        AdviceLevel.CONTACT_CLINIC: (office, urgent_care, emergency),
        AdviceLevel.SELF_CARE: (office,),
        AdviceLevel.EXPECTED: (office,),
    }
    return tuple(
        AdviceAction("call", texts.sentences[label], number) for label, number in offered[level] if number
    )


def _join(*parts: str | None) -> str:
    """Put each part that is there on a line of its own."""
    return "\n".join(part for part in parts if part)


def _bracket(*parts: str | None) -> str:
    known = [part for part in parts if part]
    return f" ({', '.join(known)})" if known else ""
