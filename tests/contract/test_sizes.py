"""Files and functions stay small enough to be read in one go, and no room has to know many others."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.support.source import Source, functions, own_imports, read

MODULE_USUAL, MODULE_MOST = 200, 400
FUNCTION_USUAL, FUNCTION_MOST = 25, 50
TEST_USUAL = 20
IMPORTS_USUAL, IMPORTS_MOST = 10, 20
A_LIST = "tracker/api/__init__.py"  # of all blueprints: it knows each of them and nothing of what they do


@dataclass(frozen=True, order=True)
class Size:
    """How many lines or imports something has, and where it stands."""

    amount: int
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
    large = sorted((size for size in sizes if size.amount > limit), reverse=True)
    return "".join(f"\n{size.amount:5}: {size.place}" for size in large)


def usually_beyond(sizes: Sequence[Size], limit: int) -> str:
    """Return those over the limit if they are more than one in ten."""
    large = [size for size in sizes if size.amount > limit]
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


def test_no_room_knows_many_others() -> None:
    sources = [source for source in read("tracker") if source.path != A_LIST]
    modules = {source.module for source in sources}
    ground = {
        module for module in modules if module.count(".") == 1
    }  # clock, ids, db, errors: all stand on it
    sizes = [Size(len(own_imports(source, modules) - ground), source.path) for source in sources]
    assert not beyond(sizes, IMPORTS_MOST)
    assert not usually_beyond(sizes, IMPORTS_USUAL)


def test_a_module_is_counted_once_however_it_is_imported() -> None:
    text = """
        from tracker import ids
        from tracker.people import patients, staff
        from tracker.people.patients import PatientFacts, find_patient
        import tracker.clock
        from flask import Flask
    """
    source = Source("tracker/people/some.py", inspect.cleandoc(text))
    modules = {
        "tracker.ids",
        "tracker.people",
        "tracker.people.patients",
        "tracker.people.staff",
        "tracker.clock",
    }
    assert own_imports(source, modules) == modules - {"tracker.people"}


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
    assert beyond(sizes, 400) == "\n  900: c.py\n  401: b.py"


def test_functions_are_measured_without_their_decorators() -> None:
    text = (
        '@table(\n    "of cases",\n)\ndef outer():\n    def inner():\n        return 1\n\n    return inner\n'
    )
    sizes = function_sizes([Source("tracker/some.py", text)])
    assert sizes == [Size(5, "tracker/some.py:4 outer"), Size(2, "tracker/some.py:5 inner")]
    assert module_sizes([Source("tracker/some.py", text)]) == [Size(8, "tracker/some.py")]
