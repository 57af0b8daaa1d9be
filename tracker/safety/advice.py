"""What a patient is told in answer to a check-in or a red-flag report."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tracker.protocols.soreness import is_settled
from tracker.safety.catalogue import CATALOGUE, FlagClass, RedFlag, worst
from tracker.safety.clinic_contact import ClinicContact, fill, watched_sentence
from tracker.safety.texts import SafetyTexts

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
    course: str | None = None

    @property
    def is_emergency(self) -> bool:
        """Say whether help is needed now."""
        return self.level is AdviceLevel.EMERGENCY


@dataclass(frozen=True, slots=True)
class RecheckFrom:
    """From where on soreness is looked at again though no rule has fired: the numbers of the rules in force.

    Such a score is never called expected, whatever the baseline; so many hours after the session's end it should
    have settled.
    """

    soreness: int
    hours: float


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """What is known when advice is given; hours since the session's end are None when there is no session."""

    red_flags: tuple[RedFlag, ...] = ()
    unknown_reported: bool = False
    red_flags_answered: bool = False
    rules_raised: frozenset[str] = frozenset()
    soreness: int | None = None
    recheck_from: RecheckFrom | None = None  # goes with soreness
    baseline: int | None = None
    hours_since_session: float | None = None
    has_note: bool = False
    severe_side_effect: bool = False
    alcohol_in_window: bool = False
    course_position: str | None = None  # against what the clinic expects at this time
    reply_by: str | None = None  # until when the clinic means to answer, in the reader's words


def advise(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    """Return the advice for the most pressing fact; one more warning sign never lowers the level."""
    flag_class = worst(facts.red_flags)
    if flag_class is FlagClass.EMERGENCY:
        return _advise_emergency(facts, texts, clinic)
    if facts.unknown_reported:
        # A newer app may have meant an emergency by a code that this server does not know.
        text = texts.advice["red_flag_unknown"]
        message = _join(text.message, texts.sentences["emergency_tell"])
        said = _Said(AdviceLevel.EMERGENCY, "red_flag_unknown", text.title, message)
        return _compose(said, facts, texts, clinic)
    if flag_class is FlagClass.SAME_DAY:
        return _advise_same_day(facts, texts, clinic)
    return _advise_soreness(facts, texts, clinic)


def course_sentence(position: str | None, texts: SafetyTexts) -> str | None:
    """Say where an answer stands against the expected course, and whose expectation that is."""
    if position is None or not texts.course:
        return None
    return f"{texts.course[position]} {texts.course['label']}"


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
    return _compose(_Said(AdviceLevel.EMERGENCY, "red_flag_emergency", title, message), facts, texts, clinic)


def _advise_same_day(facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    groups = [texts.same_day[group] for group in _groups(facts.red_flags, FlagClass.SAME_DAY)]
    message = _join(
        texts.sentences["same_day_call"],
        *(group.message for group in groups),
        texts.sentences["same_day_worse"],
        clinic.urgent_instructions,
    )
    title = groups[0].title
    return _compose(
        _Said(AdviceLevel.CONTACT_CLINIC, "red_flag_same_day", title, message), facts, texts, clinic
    )


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
    said = _Said(level, rule_key, texts.advice[rule_key].title, message)
    return _compose(said, facts, texts, clinic)


def acknowledge_request(
    can_wait: bool, reply_by: str | None, texts: SafetyTexts, clinic: ClinicContact
) -> Advice:
    """Answer a patient who asks to be contacted; a pack without words for it thanks them all the same."""
    key = "contact_can_wait" if can_wait else "contact_soon"
    text = texts.advice.get(key) or texts.advice["self_care"]
    said = _Said(
        AdviceLevel.SELF_CARE, key, text.title, _join(text.message, texts.sentences["same_day_worse"])
    )
    return _compose(said, AdviceFacts(reply_by=reply_by), texts, clinic)


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
    assert facts.recheck_from is not None, "soreness is held against the numbers in force"
    late = (facts.hours_since_session or 0.0) >= facts.recheck_from.hours
    strong = facts.soreness >= facts.recheck_from.soreness
    return strong or (late and not is_settled(facts.soreness, facts.baseline))


def _groups(flags: Iterable[RedFlag], flag_class: FlagClass) -> list[str]:
    """Return the groups of the flags of this class, each once, in the order of the catalogue."""
    found = {flag.group for flag in flags if flag.flag_class is flag_class}
    return list(dict.fromkeys(flag.group for flag in CATALOGUE.values() if flag.group in found))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is to be said, before the clinic's numbers are put in."""

    level: AdviceLevel
    rule_key: str
    title: str
    message: str


def _compose(said: _Said, facts: AdviceFacts, texts: SafetyTexts, clinic: ClinicContact) -> Advice:
    return Advice(
        level=said.level,
        title=said.title,
        message=fill(said.message, clinic),
        actions=_actions(said.level, texts, clinic),
        watched=watched_sentence(texts, clinic, facts.reply_by),
        rule_key=said.rule_key,
        locale=texts.locale,
        course=course_sentence(facts.course_position, texts),
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
