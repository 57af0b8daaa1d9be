"""A word that the contract or the database knows stands once: reasons of messages, and names of channels."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.support.source import Source, read
from tracker.delivery import channels
from tracker.delivery.rules.channel_kinds import CHANNELS, KINDS
from tracker.delivery.vocabulary import Reason

VOCABULARY = "tracker/delivery/vocabulary.py"
# The functions and types that are told why a message waits, moves or ends.
TOLD_WHY = {
    "Drop", "Wait", "Suppress", "Defer", "Placed", "place", "cancel", "cancel_open", "suppress_open",
    "suppress_anchored", "note_move", "renew", "follow", "move",
}  # fmt: skip
NAMES_OF_REASONS = {"reason", "planned_because", "placed_because", "because", "unsaid"}
# What is also a word of something else: of alerts, answers, tasks, appointments, hand-overs, the browser.
SHARED = {
    "accepted", "acknowledged", "answered", "attention", "can_wait", "cancelled", "emergency", "expired",
    "resolved", "routine", "settled", "settling", "snooze_ended", "snoozed", "unknown", "urgent", "withdrawn",
    "woken",
}  # fmt: skip
# What a channel's name is besides, and where. ``people/vocabulary.py`` is where the contract's words stand.
OTHER_MEANINGS = {
    "tracker/people/vocabulary.py": set(CHANNELS),
    # The address of an account or a patient as a field of theirs, and how an invitation is sent.
    "tracker/people/models.py": {"email"},
    "tracker/people/invitations.py": {"email"},
    "tracker/api/fields/written.py": {"email"},
    "tracker/api/invitations.py": {"email"},
    "tracker/api/schemas/accounts.py": {"email"},
    "tracker/api/tokens.py": {"email"},
    "tracker/commands/therapists.py": {"email"},
    "tracker/demo/acting_clinic.py": {"email"},
    "tracker/demo/callers.py": {"email"},
}


def reasons_as_text(source: Source) -> Iterator[str]:
    """Find a reason that is written out: where only reasons are taken, or a word that nothing else has."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in TOLD_WHY:
            given = [*node.args, *(each.value for each in node.keywords if each.arg in NAMES_OF_REASONS)]
        elif isinstance(node, ast.keyword) and node.arg in NAMES_OF_REASONS:
            given = [node.value]
        elif isinstance(node, ast.Dict):
            given = [value for key, value in zip(node.keys, node.values, strict=True) if _names_one(key)]
        elif isinstance(node, ast.Compare) and _names_one(node.left):
            given = node.comparators
        else:
            given = []
        words = {_text(value) for each in given for value in (each, *ast.iter_child_nodes(each))}
        words |= {_text(node)} - SHARED
        for word in words & set(Reason):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}: {word} is Reason.{word.upper()}"


def channels_as_text(source: Source) -> Iterator[str]:
    """Find the name of a channel that is written out."""
    for node in ast.walk(source.tree):
        word = _text(node)
        if word in set(CHANNELS) - OTHER_MEANINGS.get(source.path, set()):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}: {word} is a name in channel_kinds.KINDS"


def _names_one(node: ast.expr | None) -> bool:
    return _text(node) in NAMES_OF_REASONS or (
        isinstance(node, ast.Attribute) and node.attr in NAMES_OF_REASONS
    )


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_no_reason_of_a_message_is_written_out() -> None:
    offences = [
        found for each in read("tracker") if each.path != VOCABULARY for found in reasons_as_text(each)
    ]
    assert not offences, "\n" + "\n".join(offences)


def test_no_channel_is_named_outside_its_file() -> None:
    """Inside ``channels/`` too a name is that of the table; there a provider's own words may look like one."""
    sources = [each for each in read("tracker") if not each.path.startswith("tracker/delivery/channels/")]
    offences = [found for each in sources for found in channels_as_text(each)]
    assert not offences, "\n" + "\n".join(offences)


def test_every_other_meaning_is_still_there() -> None:
    for path, words in OTHER_MEANINGS.items():
        [source] = [each for each in read("tracker") if each.path == path]
        assert words <= {_text(node) for node in ast.walk(source.tree)}


def test_every_channel_has_its_line_and_every_line_its_channel() -> None:
    modules = [
        import_module(f"{channels.__name__}.{found.name}")
        for found in pkgutil.iter_modules(channels.__path__)
    ]
    assert {module.NAME for module in modules if hasattr(module, "open_channel")} == set(KINDS)


@pytest.mark.parametrize(
    "text",
    [
        'Drop(State.CANCELLED, "cancelled")',
        'Drop(state, "cancelled" if gone else "withdrawn")',
        'renew(alert, now, unsaid="can_wait")',
        'row = {"reason": "expired"}',
        'held = row.reason == "snoozed"',
        'said = "channel_down"',
    ],
)
def test_a_reason_that_is_written_out_is_found(text: str) -> None:
    assert list(reasons_as_text(Source("tracker/some.py", text)))


@pytest.mark.parametrize("text", ["Drop(state, Reason.CANCELLED)", 'status == "cancelled"', 'add("snoozed")'])
def test_a_word_of_something_else_passes(text: str) -> None:
    assert list(reasons_as_text(Source("tracker/some.py", text))) == []


def test_a_channel_that_is_written_out_is_found() -> None:
    assert list(channels_as_text(Source("tracker/some.py", 'promised = channel != "sms"')))
