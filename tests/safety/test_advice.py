import re
from dataclasses import replace
from itertools import combinations

import pytest

from tracker.safety.advice import Advice, AdviceFacts, AdviceLevel, RecheckFrom, advise
from tracker.safety.catalogue import CATALOGUE, FlagClass, classify, has_unknown
from tracker.safety.clinic_contact import (
    ClinicContact,
    aftercare_lines,
    emergency_notice,
    fill,
    watched_sentence,
)
from tracker.safety.texts import get_texts

TEXTS = get_texts("2026-11", "en")
CLINIC = ClinicContact("Back Practice", "030 1234", "112", "116 117", "The side door is open until ten.")
NOBODY = ClinicContact()
SHIPPED = RecheckFrom(soreness=7, hours=46)
CALM = AdviceFacts(
    red_flags_answered=True, soreness=2, recheck_from=SHIPPED, baseline=0, hours_since_session=24.0
)
EMERGENCY, UNKNOWN, SAME_DAY = "red_flag_emergency", "red_flag_unknown", "red_flag_same_day"
LATE = replace(CALM, hours_since_session=48.0)
ORDER = [AdviceLevel.EXPECTED, AdviceLevel.SELF_CARE, AdviceLevel.CONTACT_CLINIC, AdviceLevel.EMERGENCY]


def reported(*codes: str, facts: AdviceFacts = CALM) -> AdviceFacts:
    return replace(facts, red_flags=classify(codes), unknown_reported=has_unknown(codes))


def raised(*rules: str) -> AdviceFacts:
    return replace(CALM, rules_raised=frozenset(rules))


def level_and_rule(facts: AdviceFacts) -> tuple[str, str]:
    advice = advise(facts, TEXTS, CLINIC)
    return advice.level, advice.rule_key


def words(advice: Advice) -> str:
    labels = [f"{action.label} {action.value}" for action in advice.actions]
    return " ".join([advice.title, advice.message, advice.watched, *labels])


@pytest.mark.parametrize(
    ("case", "facts", "level", "rule_key"),
    [
        ("emergency", reported("chest_pain"), "emergency", EMERGENCY),
        ("emergency with soreness 0", replace(reported("collapse"), soreness=0), "emergency", EMERGENCY),
        ("emergency beats same day", reported("fever", "blue_lips"), "emergency", EMERGENCY),
        ("emergency beats unknown", reported("new_code", "blue_lips"), "emergency", EMERGENCY),
        ("unknown alone", reported("new_code"), "emergency", UNKNOWN),
        ("unknown with same day", reported("fever", "new_code"), "emergency", UNKNOWN),
        ("same day", reported("fever"), "contact_clinic", SAME_DAY),
        ("something unusual, ticked", reported("something_unusual"), "contact_clinic", SAME_DAY),
        ("same day beats soreness", reported("fever", facts=raised("severe")), "contact_clinic", SAME_DAY),
        ("severe", raised("severe"), "contact_clinic", "severe"),
        ("worsens", raised("worsens"), "contact_clinic", "worsens"),
        ("persists", raised("persists"), "contact_clinic", "persists"),
        ("severe comes first", raised("persists", "worsens", "severe"), "contact_clinic", "severe"),
        ("worse says more than still sore", raised("persists", "worsens"), "contact_clinic", "worsens"),
        ("a stiffness alert is not expected", raised("stiffness"), "self_care", "self_care"),
        ("nothing known", AdviceFacts(), "self_care", "self_care"),
    ],
)  # fmt: skip
def test_the_most_pressing_fact_decides(case: str, facts: AdviceFacts, level: str, rule_key: str) -> None:
    assert level_and_rule(facts) == (level, rule_key)


@pytest.mark.parametrize(
    ("case", "facts", "rule_key"),
    [
        ("all conditions hold", CALM, "expected"),
        ("right after the session", replace(CALM, hours_since_session=0.0), "expected"),
        ("no soreness at all", replace(CALM, soreness=0), "expected"),
        ("no baseline", replace(CALM, baseline=None), "expected"),
        ("soreness not given", replace(CALM, soreness=None), "self_care"),
        ("red flags not answered", replace(CALM, red_flags_answered=False), "self_care"),
        ("a note", replace(CALM, has_note=True), "self_care"),
        ("a severe side effect", replace(CALM, severe_side_effect=True), "self_care"),
        ("no session", replace(CALM, hours_since_session=None), "self_care"),
        ("before the session's end", replace(CALM, hours_since_session=-0.1), "self_care"),
        ("6 on the first day", replace(CALM, soreness=6, hours_since_session=6.0), "expected"),
        ("7 on the first day", replace(CALM, soreness=7, hours_since_session=6.0), "recheck"),
        ("7 with a baseline of 7", replace(CALM, soreness=7, baseline=7), "recheck"),
        ("3 just before 46 h", replace(CALM, soreness=3, hours_since_session=45.99), "expected"),
        ("3 at 46 h", replace(CALM, soreness=3, hours_since_session=46.0), "recheck"),
        ("2 at 46 h is settled", replace(CALM, soreness=2, hours_since_session=46.0), "expected"),
        ("one above baseline is settled", replace(LATE, soreness=5, baseline=4), "expected"),
        ("two above is not", replace(LATE, soreness=6, baseline=4), "recheck"),
    ],
)  # fmt: skip
def test_expected_needs_every_condition(case: str, facts: AdviceFacts, rule_key: str) -> None:
    level = "expected" if rule_key == "expected" else "self_care"
    assert level_and_rule(facts) == (level, rule_key)


@pytest.mark.parametrize(
    ("moved", "soreness", "hours", "rule_key"),
    [
        (RecheckFrom(5, 46), 4, 6, "expected"),
        (RecheckFrom(5, 46), 5, 6, "recheck"),
        (RecheckFrom(8, 46), 7, 6, "expected"),
        (RecheckFrom(8, 46), 8, 6, "recheck"),
        (RecheckFrom(7, 36), 3, 35.99, "expected"),
        (RecheckFrom(7, 36), 3, 36, "recheck"),
        (RecheckFrom(7, 36), 2, 36, "expected"),
        (RecheckFrom(7, 72), 6, 71.99, "expected"),
        (RecheckFrom(7, 72), 3, 72, "recheck"),
    ],
)
def test_advice_moves_with_the_numbers_of_the_rules(
    moved: RecheckFrom, soreness: int, hours: float, rule_key: str
) -> None:
    facts = replace(CALM, soreness=soreness, recheck_from=moved, hours_since_session=hours)
    assert level_and_rule(facts)[1] == rule_key


@pytest.mark.parametrize("code", CATALOGUE)
@pytest.mark.parametrize("clinic", [CLINIC, NOBODY], ids=["all numbers", "no numbers"])
def test_every_red_flag_is_answered_with_its_advice(code: str, clinic: ClinicContact) -> None:
    advice = advise(reported(code), TEXTS, clinic)
    flag = CATALOGUE[code]
    emergency = flag.flag_class is FlagClass.EMERGENCY
    own = TEXTS.emergency[flag.group].meanwhile if emergency else TEXTS.same_day[flag.group].message
    assert advice.level is (AdviceLevel.EMERGENCY if emergency else AdviceLevel.CONTACT_CLINIC)
    assert fill(own, clinic) in advice.message
    assert "your local emergency number" in advice.message


@pytest.mark.parametrize("codes", list(combinations([*list(CATALOGUE)[::4], "new_code"], 2)))
def test_one_more_sign_never_lowers_the_level(codes: tuple[str, str]) -> None:
    both = advise(reported(*codes), TEXTS, CLINIC).level
    alone = [advise(reported(code), TEXTS, CLINIC).level for code in codes]
    assert ORDER.index(both) >= max(ORDER.index(level) for level in alone)


@pytest.mark.parametrize("code", [*CATALOGUE, "new_code"])
@pytest.mark.parametrize("clinic", [CLINIC, NOBODY], ids=["all numbers", "no numbers"])
def test_nothing_is_left_unfilled(code: str, clinic: ClinicContact) -> None:
    advice = advise(reported(code), TEXTS, clinic)
    assert not re.search(r"[{}]|None|\(\)|  | [.,]", words(advice))


def test_an_emergency_says_what_to_do_and_what_to_tell() -> None:
    advice = advise(reported("shortness_of_breath"), TEXTS, CLINIC)
    assert advice.message.startswith("Call your local emergency number (112) now")
    for part in ('"I had dry needling."', "Do not drive yourself", "Do not wait for the clinic"):
        assert part in advice.message


def test_several_emergencies_share_one_first_step() -> None:
    message = advise(reported("saddle_numbness", "chest_pain"), TEXTS, CLINIC).message
    assert message.splitlines()[0] == "Call your local emergency number (112) now."
    assert message.count("emergency department") == 0
    assert TEXTS.emergency["breathing"].meanwhile in message
    assert TEXTS.emergency["spinal_nerves"].meanwhile in message


def test_two_signs_of_one_group_are_answered_once() -> None:
    once = advise(reported("chest_pain"), TEXTS, CLINIC)
    assert advise(reported("chest_pain", "blue_lips"), TEXTS, CLINIC) == once


def test_the_order_of_ticking_does_not_change_the_answer() -> None:
    assert advise(reported("vomiting", "fever"), TEXTS, CLINIC) == advise(
        reported("fever", "vomiting"), TEXTS, CLINIC
    )


@pytest.mark.parametrize(
    ("facts", "numbers"),
    [
        (reported("collapse"), ["112", "116 117"]),
        (reported("new_code"), ["112", "116 117"]),
        (reported("fever"), ["030 1234", "116 117", "112"]),
        (raised("severe"), ["030 1234", "116 117", "112"]),
        (CALM, ["030 1234"]),
    ],
)
def test_the_calls_come_in_the_order_of_need(facts: AdviceFacts, numbers: list[str]) -> None:
    actions = advise(facts, TEXTS, CLINIC).actions
    assert [action.value for action in actions] == numbers
    assert {action.kind for action in actions} == {"call"}


def test_a_missing_number_offers_no_call() -> None:
    assert (
        advise(reported("collapse"), TEXTS, replace(CLINIC, emergency_number="")).actions[0].value
        == "116 117"
    )
    assert advise(reported("collapse"), TEXTS, NOBODY).actions == ()


@pytest.mark.parametrize(
    ("case", "facts", "shown"),
    [
        ("no alcohol", CALM, False),
        ("expected", replace(CALM, alcohol_in_window=True), True),
        ("contact clinic", replace(raised("severe"), alcohol_in_window=True), True),
        ("an emergency has no room for it", replace(reported("collapse"), alcohol_in_window=True), False),
    ],
)
def test_alcohol_adds_a_remark_and_changes_nothing_else(case: str, facts: AdviceFacts, shown: bool) -> None:
    advice = advise(facts, TEXTS, CLINIC)
    assert (TEXTS.sentences["alcohol_remark"] in advice.message) is shown
    assert level_and_rule(facts) == level_and_rule(replace(facts, alcohol_in_window=False))


def test_an_open_red_flag_question_is_asked_for() -> None:
    remark = TEXTS.sentences["red_flags_open_remark"]
    assert remark in advise(replace(CALM, red_flags_answered=False), TEXTS, CLINIC).message
    assert remark not in advise(AdviceFacts(), TEXTS, CLINIC).message


def test_a_note_is_told_when_it_is_read() -> None:
    message = advise(replace(CALM, has_note=True), TEXTS, CLINIC).message
    assert TEXTS.sentences["note_remark"] in message


def test_the_clinics_own_instructions_stay_out_of_emergencies() -> None:
    own = CLINIC.urgent_instructions or ""
    assert own in advise(reported("fever"), TEXTS, CLINIC).message
    assert own in advise(raised("severe"), TEXTS, CLINIC).message
    assert own not in words(advise(reported("collapse"), TEXTS, CLINIC))
    assert own not in words(advise(CALM, TEXTS, CLINIC))


def test_every_advice_says_that_nobody_watches() -> None:
    for facts in (CALM, reported("collapse"), reported("fever"), AdviceFacts()):
        advice = advise(facts, TEXTS, CLINIC)
        assert advice.watched == watched_sentence(TEXTS, CLINIC)
        assert "around the clock" in advice.watched
        assert advice.locale == "en"
    assert "(Back Practice, 030 1234)" in watched_sentence(TEXTS, CLINIC)


def test_a_clinic_name_with_braces_is_shown_as_it_is() -> None:
    assert fill("Call {clinic}.", ClinicContact("{clinic} & {x}", r"\1")) == r"Call ({clinic} & {x}, \1)."


def test_the_general_notice_needs_no_clinic() -> None:
    notice = emergency_notice(TEXTS)
    assert "Call your local emergency number now" in notice
    assert not re.search(r"[{}\d]", notice)


@pytest.mark.parametrize(
    ("chest", "late", "alcohol_until", "left_out"),
    [
        (True, True, "Tuesday 18:00", set()),
        (True, False, "Tuesday 18:00", {"chest_late"}),
        (False, True, "Tuesday 18:00", {"chest", "chest_late"}),
        (False, False, None, {"alcohol", "chest", "chest_late"}),
    ],
)
def test_the_aftercare_card_shows_the_lines_that_apply(
    chest: bool, late: bool, alcohol_until: str | None, left_out: set[str]
) -> None:
    lines = aftercare_lines(TEXTS, CLINIC, alcohol_until, chest=chest, chest_check_late=late)
    templates = [line for key, line in TEXTS.aftercare.items() if key not in left_out]
    assert list(lines) == [fill(line, CLINIC, alcohol_until) for line in templates]
    assert not re.search(r"[{}]|None", " ".join(lines))


def test_the_aftercare_card_names_the_end_of_the_alcohol_window() -> None:
    assert aftercare_lines(TEXTS, NOBODY, "Tuesday 18:00")[0] == "No alcohol until Tuesday 18:00."
