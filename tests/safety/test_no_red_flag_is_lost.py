"""Whatever happens in whatever order: no path leads from a ticked warning sign to nobody being told.

EXAMPLES=1000 plays as many stories, another set each time; by default a few, always the same.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as some

from tests.safety.red_flag_story import Story
from tests.scene import Scene

ASKED_FOR = os.environ.get("EXAMPLES")
STORIES = settings(
    max_examples=int(ASKED_FOR or 25),
    deadline=None,
    database=None,
    derandomize=ASKED_FOR is None,
    phases=[Phase.generate],  # a story is short as it is, and shrinking one plays hundreds
    suppress_health_check=list(HealthCheck),
)
Move = tuple[str, dict[str, Any]]

FLAGS = some.lists(
    some.sampled_from(["chest_pain", "fever", "something_unusual", "from_a_newer_app"]),
    max_size=2,
    unique=True,
)
SCORES = some.none() | some.sampled_from([0, 5, 9])
WHICH = some.integers(0, 3)
LATE = some.sampled_from([0.0, 0.0, 2.0, 50.0, 24.0 * 29, 24.0 * 400])


def move(name: str, **arguments: some.SearchStrategy[Any]) -> some.SearchStrategy[Move]:
    return some.tuples(some.just(name), some.fixed_dictionaries(arguments))


CORRECTION = some.sampled_from([{"baseline_soreness": 9}, {"status": "entered_in_error"}, {"usual_pain": 3}])
MOVES = some.one_of(
    move("log", flags=FLAGS, soreness=SCORES, late=LATE, used_key=some.sampled_from([False, False, True])),
    move("report", flags=FLAGS, late=LATE),
    move(
        "amend",
        which=WHICH,
        flags=some.none() | FLAGS,
        soreness=SCORES,
        off_by=some.sampled_from([0, 0, -1, -2, 5]),
    ),
    move("delete", which=WHICH),
    move("treat", ago=some.sampled_from([0.0, 30.0])),
    move("correct", which=WHICH, changes=CORRECTION),
    move("wait", hours=some.sampled_from([0.1, 5.0, 24.0, 60.0])),
    move("work"),
    move("consent", granted=some.booleans()),
    move("archive", status=some.sampled_from(["archived", "active"])),
    move("handle", deed=some.sampled_from(["acknowledgement", "resolution"])),
)


def play(scene: Scene, moves: list[Move]) -> None:
    story = Story(scene)
    for name, arguments in moves:
        deed: Callable[..., None] = getattr(story, name)
        deed(
            **(arguments.get("changes", {}) | {key: arguments[key] for key in arguments if key != "changes"})
        )
        story.wait(0.01)  # so that what is told at one move is told apart from the next
        story.hold()


@STORIES
@given(moves=some.lists(MOVES, min_size=4, max_size=14))
def test_every_tick_is_told_and_answered_whatever_happens(scene: Scene, moves: list[Move]) -> None:
    note(f"{moves}")
    play(scene, moves)


TICK: Move = ("log", {"flags": ["chest_pain"], "soreness": 0, "late": 0.0, "used_key": False})
AGAIN: Move = ("log", {"flags": ["chest_pain", "fever"], "soreness": 9, "late": 0.0, "used_key": True})
REPORT: Move = ("report", {"flags": ["chest_pain"], "late": 24.0 * 400})
AMEND: Move = ("amend", {"which": 0, "flags": ["fever"], "soreness": 5, "off_by": -1})
ERROR: Move = ("correct", {"which": 0, "changes": {"status": "entered_in_error"}})


@pytest.mark.parametrize(
    "between",
    [
        [],
        [("handle", {"deed": "acknowledgement"})],
        [("handle", {"deed": "resolution"})],
        [("delete", {"which": 0})],
        [("consent", {"granted": False})],
        [("archive", {"status": "archived"})],
        [("wait", {"hours": 24.0 * 40})],
        [ERROR],
        [("treat", {"ago": 0.0})],
        [("wait", {"hours": 3.0}), ("work", {}), ("wait", {"hours": 24.0}), ("work", {})],
        [("amend", {"which": 0, "flags": [], "soreness": 1, "off_by": 0})],
    ],
)
def test_a_sign_that_was_told_is_told_again(scene: Scene, between: list[Move]) -> None:
    play(scene, [("treat", {"ago": 0.0}), TICK, *between, AGAIN, REPORT, AMEND, TICK])
