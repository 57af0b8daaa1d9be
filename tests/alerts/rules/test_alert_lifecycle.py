"""What becomes of an alert. Cells read (hours after the session, soreness); the baseline is 1."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracker.alerts.rules.facts import Answer, SessionAnswers, SessionFacts, make_finding
from tracker.alerts.rules.families import thresholds_of
from tracker.alerts.rules.lifecycle import (
    ExistingAlert,
    MarkSettling,
    Nothing,
    Raise,
    Refresh,
    Reopen,
    Resolve,
    Transition,
    Withdraw,
    may_push,
)
from tracker.alerts.rules.missed import MISSED_CHECKS, merge_missed
from tracker.alerts.rules.red_flags import TickedFlag, assess_red_flags, merge_red_flag
from tracker.alerts.rules.soreness import merge_soreness, replay_soreness
from tracker.alerts.vocabulary import AlertStatus, Rule, Severity

ENDED = datetime(2026, 11, 2, 10, tzinfo=UTC)
SESSION = SessionFacts(ENDED, baseline_soreness=1)
OPEN, ACKNOWLEDGED, RESOLVED, WITHDRAWN = AlertStatus
Scores = list[tuple[float, int]]


def after(hours: float) -> datetime:
    return ENDED + timedelta(hours=hours)


def alert(
    status: AlertStatus = OPEN,
    rule: Rule = Rule.PERSISTS,
    hours: float = 48,
    soreness: int = 5,
    *,
    settling: bool = False,
) -> ExistingAlert:
    return ExistingAlert(status, rule, after(hours), soreness, f"at {hours:g}", settling)


def merge(existing: ExistingAlert | None, scores: Scores) -> Transition:
    answers = [Answer(after(hours), score, check_in_id=f"at {hours:g}") for hours, score in scores]
    replay = replay_soreness(answers, SESSION, thresholds_of())
    return merge_soreness(existing, replay, SessionAnswers(SESSION, answers))


def kind(transition: Transition) -> str:
    match transition:
        case Raise(historic=historic):
            return "raise, historic" if historic else "raise"
        case Refresh(notify=notify):
            return "refresh, notify" if notify else "refresh"
        case MarkSettling(settling=settling):
            return "mark" if settling else "unmark"
        case _:
            return type(transition).__name__.lower()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], "nothing"),
        ([(48, 1)], "nothing"),
        ([(70, 5)], "raise"),
        ([(48, 5)], "raise"),  # late by weeks, and nothing newer says otherwise
        # Uploaded late: it would have raised an alert, but has settled since.
        ([(48, 5), (72, 1)], "raise, historic"),
        # Uploaded late, and still true on the newest answer: one alert, about the newest.
        ([(48, 5), (72, 5)], "raise"),
    ],
)
def test_a_first_finding_is_raised_and_a_late_one_only_if_still_true(scores: Scores, expected: str) -> None:
    assert kind(merge(None, scores)) == expected


@pytest.mark.parametrize(
    ("existing", "newest", "expected"),
    [
        (alert(), (54, 5), "refresh"),
        (alert(), (54, 6), "refresh"),
        (alert(), (54, 7), "refresh, notify"),
        (alert(soreness=3), (54, 5), "refresh, notify"),
        (alert(soreness=8, rule=Rule.SEVERE), (54, 9), "refresh"),
        (alert(soreness=7, rule=Rule.SEVERE), (54, 9), "refresh, notify"),
        (alert(soreness=7, rule=Rule.SEVERE), (54, 5), "refresh"),
        (alert(ACKNOWLEDGED), (54, 6), "refresh"),
        (alert(ACKNOWLEDGED), (54, 7), "refresh, notify"),
        (alert(settling=True), (54, 5), "refresh, notify"),
        (alert(), (48, 5), "nothing"),
    ],
)
def test_a_further_finding_refreshes_and_notifies_when_it_is_worse(
    existing: ExistingAlert, newest: tuple[float, int], expected: str
) -> None:
    assert kind(merge(existing, [newest])) == expected


def test_worse_than_the_lowest_answer_is_a_more_important_reason() -> None:
    assert kind(merge(alert(), [(48, 5), (50, 3), (54, 5)])) == "refresh, notify"


@pytest.mark.parametrize(
    ("status", "scores", "expected"),
    [
        (OPEN, [(48, 5), (72, 2)], "mark"),
        (OPEN, [(48, 5), (72, 2), (96, 1)], "mark"),
        (ACKNOWLEDGED, [(48, 5), (72, 2)], "mark"),
        (ACKNOWLEDGED, [(48, 5), (72, 2), (96, 1)], "resolve"),
        (ACKNOWLEDGED, [(48, 5), (72, 2), (72.01, 1)], "mark"),
        (ACKNOWLEDGED, [(48, 5), (72, 2), (72 + 1 / 60, 1)], "resolve"),
        # An answer from before the finding does not help to close it.
        (ACKNOWLEDGED, [(24, 1), (48, 5), (72, 1)], "mark"),
    ],
)
def test_only_an_acknowledged_alert_closes_after_two_settled_answers(
    status: AlertStatus, scores: Scores, expected: str
) -> None:
    assert kind(merge(alert(status), scores)) == expected


def test_an_answer_that_raised_the_alert_does_not_help_to_close_it() -> None:
    session = SessionFacts(ENDED, baseline_soreness=8)
    answers = [Answer(after(48), 9), Answer(after(72), 8)]
    replay = replay_soreness(answers, session, thresholds_of())
    existing = alert(ACKNOWLEDGED, Rule.SEVERE, soreness=9)
    decision = merge_soreness(existing, replay, SessionAnswers(session, answers))
    assert kind(decision) == "mark"


@pytest.mark.parametrize(
    ("settling", "newest", "expected"),
    [
        (False, 2, "mark"),
        (True, 2, "nothing"),
        (False, 3, "nothing"),
        (True, 3, "unmark"),
    ],
)
def test_the_mark_follows_the_newest_answer(settling: bool, newest: int, expected: str) -> None:
    existing = alert(rule=Rule.SEVERE, hours=14, soreness=7, settling=settling)
    assert kind(merge(existing, [(14, 7), (20, newest)])) == expected


@pytest.mark.parametrize(
    ("existing", "scores", "expected"),
    [
        # Edited: the answer is still there, but raises nothing.
        (alert(OPEN), [(48, 1)], "mark"),
        (alert(OPEN, settling=True), [(48, 1)], "nothing"),
        (alert(ACKNOWLEDGED), [(48, 1)], "withdraw"),
        # Deleted: the answer is gone.
        (alert(OPEN), [], "withdraw"),
        (alert(OPEN), [(24, 1)], "withdraw"),
        (alert(ACKNOWLEDGED), [(24, 1)], "withdraw"),
        # Another answer raises it as well.
        (alert(OPEN, hours=54), [(48, 5)], "refresh"),
        (alert(OPEN), [(48, 1), (54, 5)], "refresh, notify"),
    ],
)
def test_an_edit_that_removes_the_cause_never_hides_an_unseen_alert(
    existing: ExistingAlert, scores: Scores, expected: str
) -> None:
    assert kind(merge(existing, scores)) == expected


def test_a_withdrawal_says_why() -> None:
    assert merge(alert(OPEN), []) == Withdraw("The answer that raised it was deleted.")
    assert merge(alert(ACKNOWLEDGED), [(48, 1)]) == Withdraw("The answer that raised it was changed.")


SETTLED_SINCE: Scores = [(48, 5), (72, 1), (96, 1)]


@pytest.mark.parametrize(
    ("status", "scores", "expected"),
    [
        (RESOLVED, SETTLED_SINCE, "nothing"),
        (RESOLVED, [*SETTLED_SINCE, (99, 5)], "raise"),
        # The same evidence, read again because something else came late.
        (RESOLVED, [(20, 1), *SETTLED_SINCE], "nothing"),
        (RESOLVED, [(48, 5)], "nothing"),
        (RESOLVED, [(48, 7)], "raise"),
        (RESOLVED, [(20, 1), (48, 5)], "raise"),
        (RESOLVED, [(48, 9), (72, 1), (96, 1)], "nothing"),
        # Late evidence the alert did not know of.
        (RESOLVED, [(48, 5), (60, 5), (72, 1), (96, 1)], "raise, historic"),
        (WITHDRAWN, [(48, 1)], "nothing"),
        (WITHDRAWN, [(48, 5)], "raise"),
    ],
)
def test_a_closed_alert_is_followed_by_a_new_one_only_on_new_evidence(
    status: AlertStatus, scores: Scores, expected: str
) -> None:
    assert kind(merge(alert(status), scores)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "raise"),
        (OPEN, "refresh, notify"),
        (ACKNOWLEDGED, "reopen"),
        (RESOLVED, "raise"),
        (WITHDRAWN, "raise"),
    ],
)
def test_every_tick_of_a_red_flag_is_told(status: AlertStatus | None, expected: str) -> None:
    (finding,) = assess_red_flags([TickedFlag("fever", "Fever", is_emergency=False)], after(2), ENDED)
    existing = None if status is None else ExistingAlert(status, Rule.RED_FLAG_SAME_DAY, after(1))
    assert kind(merge_red_flag(existing, finding)) == expected


def test_a_red_flag_with_soreness_0_raises_although_soreness_is_fine() -> None:
    flag = TickedFlag("chest_pain", "Chest pain", is_emergency=True)
    (finding,) = assess_red_flags([flag], after(30 * 24), ENDED)
    assert kind(merge(None, [(30 * 24, 0)])) == "nothing"
    assert kind(merge_red_flag(None, finding)) == "raise"


MISSED = make_finding(MISSED_CHECKS, "Nothing heard in 60 h.", {}, after(60))


@pytest.mark.parametrize(
    ("status", "answered", "expected"),
    [
        (None, False, "raise"),
        (None, True, "nothing"),
        (OPEN, False, "nothing"),
        (OPEN, True, "mark"),
        (ACKNOWLEDGED, False, "nothing"),
        (ACKNOWLEDGED, True, "resolve"),
        (RESOLVED, False, "nothing"),
        (RESOLVED, True, "nothing"),
        (WITHDRAWN, False, "raise"),
    ],
)
def test_a_call_is_asked_for_once_and_an_answer_clears_it(
    status: AlertStatus | None, answered: bool, expected: str
) -> None:
    existing = None if status is None else ExistingAlert(status, Rule.MISSED_CHECKS, after(60))
    assert kind(merge_missed(existing, None if answered else MISSED)) == expected


def test_an_answer_taken_back_puts_the_call_on_the_list_again() -> None:
    waiting = ExistingAlert(OPEN, Rule.MISSED_CHECKS, after(60))
    assert kind(merge_missed(replace(waiting, settling=True), MISSED)) == "unmark"


@pytest.mark.parametrize(
    ("severity", "last_push", "expected"),
    [
        (Severity.EMERGENCY, 99.9, True),
        (Severity.URGENT, 99.9, True),
        (Severity.ATTENTION, None, True),
        (Severity.ATTENTION, 88.01, False),
        (Severity.ATTENTION, 88, True),
        (Severity.ROUTINE, None, False),
    ],
)
def test_the_push_cap_holds_back_attention_only(
    severity: Severity, last_push: float | None, expected: bool
) -> None:
    assert may_push(severity, None if last_push is None else after(last_push), after(100)) is expected


@pytest.mark.parametrize("shuffle", [list, reversed])
def test_the_order_of_arrival_does_not_change_the_decision(
    shuffle: Callable[[Scores], Scores],
) -> None:
    scores: Scores = [(24, 1), (48, 5), (72, 5)]
    assert kind(merge(None, list(shuffle(scores)))) == "raise"


def test_resolving_and_reopening_carry_what_a_person_reads() -> None:
    (finding,) = assess_red_flags([TickedFlag("fever", "Fever", is_emergency=False)], after(2), ENDED)
    acknowledged = ExistingAlert(ACKNOWLEDGED, Rule.RED_FLAG_SAME_DAY, after(1))
    assert merge_red_flag(acknowledged, finding) == Reopen(finding)
    assert merge(alert(ACKNOWLEDGED), SETTLED_SINCE) == Resolve("Two answers in a row were settled.")
    assert merge(None, [(48, 1)]) == Nothing()
