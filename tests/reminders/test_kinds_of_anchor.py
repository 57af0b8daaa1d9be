"""Every kind of anchor that a reminder hangs on stands in each table, and the files read those alone."""

import ast

from tests.support.source import read
from tracker.delivery.vocabulary import Anchor
from tracker.reminders.last_look import _DECIDE
from tracker.reminders.standing import ALWAYS_ASKED, KINDS

# What staff are told of hangs on these.
OF_STAFF = {Anchor.ALERT, Anchor.VISIT}


def test_every_kind_has_its_line_and_its_decision() -> None:
    assert set(KINDS) == set(_DECIDE) == set(Anchor) - OF_STAFF


def test_only_the_question_after_an_emergency_is_asked_whatever_is_withdrawn() -> None:
    assert {Anchor.EMERGENCY} == ALWAYS_ASKED


def test_what_takes_an_answer_by_its_link_asks_about_a_session() -> None:
    for kind in KINDS.values():
        assert (kind.answerable_for is not None) == (kind.find_session is not None)


def test_no_file_asks_by_itself_which_kind_it_is() -> None:
    """A comparison of a row's anchor outside a query would be an if-chain that the next kind is forgotten in."""
    asked = {
        f"{source.path}: {ast.unparse(node)}"
        for source in read("tracker/reminders", "tracker/recovery")
        for function in ast.walk(source.tree)
        if isinstance(function, ast.If | ast.IfExp)
        for node in ast.walk(function.test)
        if isinstance(node, ast.Attribute) and node.attr == "anchor_kind"
    }
    assert asked == set()
