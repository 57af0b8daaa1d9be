"""Files and functions stay small enough to be read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.support.source import Source, functions, read

MODULE_USUAL, MODULE_MOST = 200, 400
FUNCTION_USUAL, FUNCTION_MOST = 25, 50
TEST_USUAL = 20


@dataclass(frozen=True, order=True)
class Size:
    """How many lines something has, and where it stands."""

    lines: int
    place: str


def module_sizes(sources: Sequence[Source]) -> list[Size]:
    return [Size(len(source.text.splitlines()), source.path) for source in sources]


def function_sizes(sources: Sequence[Source], prefix: str = "") -> list[Size]:
    return [
        Size(lines, f"{source.path}:{node.lineno} {node.name}")
        for source in sources
        for node, lines in functions(source)
        if node.name.startswith(prefix)
    ]


def beyond(sizes: Sequence[Size], limit: int) -> str:
    """Return those over the limit, largest first, one a line."""
    large = sorted((size for size in sizes if size.lines > limit), reverse=True)
    return "".join(f"\n{size.lines:5} lines: {size.place}" for size in large)


def usually_beyond(sizes: Sequence[Size], limit: int) -> str:
    """Return those over the limit if they are more than one in ten."""
    large = [size for size in sizes if size.lines > limit]
    return beyond(sizes, limit) if len(large) * 10 > len(sizes) else ""


def test_modules_are_small() -> None:
    sizes = module_sizes(read("tracker"))
    assert not beyond(sizes, MODULE_MOST)
    assert not usually_beyond(sizes, MODULE_USUAL)


def test_functions_are_small() -> None:
    sizes = function_sizes(read("tracker"))
    assert not beyond(sizes, FUNCTION_MOST)
    assert not usually_beyond(sizes, FUNCTION_USUAL)


def test_test_functions_are_small() -> None:
    assert not usually_beyond(function_sizes(read("tests"), prefix="test_"), TEST_USUAL)


@pytest.mark.parametrize(
    ("large", "small", "named"),
    [
        (0, 10, False),
        (1, 9, False),  # exactly one in ten may be larger
        (1, 8, True),
        (2, 9, True),
    ],
)
def test_one_in_ten_may_be_larger(large: int, small: int, named: bool) -> None:
    sizes = [Size(21, "large.py")] * large + [Size(20, "small.py")] * small
    assert bool(usually_beyond(sizes, 20)) is named


def test_the_largest_are_named_first() -> None:
    sizes = [Size(401, "b.py"), Size(400, "a.py"), Size(900, "c.py")]
    assert beyond(sizes, 400) == "\n  900 lines: c.py\n  401 lines: b.py"


def test_functions_are_measured_without_their_decorators() -> None:
    text = (
        '@table(\n    "of cases",\n)\ndef outer():\n    def inner():\n        return 1\n\n    return inner\n'
    )
    sizes = function_sizes([Source("tracker/some.py", text)])
    assert sizes == [Size(5, "tracker/some.py:4 outer"), Size(2, "tracker/some.py:5 inner")]
    assert module_sizes([Source("tracker/some.py", text)]) == [Size(8, "tracker/some.py")]
