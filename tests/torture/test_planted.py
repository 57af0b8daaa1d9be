"""The bugs that `make planted` plants fit the source as it stands, and their tests exist."""

from pathlib import Path

import pytest

from tests.support.source import ROOT
from torture.planted import DoesNotFit, plant
from torture.planted_bugs import BUGS, Bug


def test_every_bug_fits_and_leaves_python(tmp_path: Path) -> None:
    for bug in BUGS:
        target = tmp_path / bug.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / bug.file).read_bytes())
        plant(bug, tmp_path)  # names the bug that does not fit
        assert target.read_text() != (ROOT / bug.file).read_text(), bug.name
        compile(target.read_text(), f"{bug.name} in {bug.file}", "exec")


def test_the_tests_that_must_catch_it_exist() -> None:
    for test in {test for bug in BUGS for test in bug.tests}:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text() if name else (ROOT / file).is_file(), test


@pytest.mark.parametrize("source", ["nothing like it", "a text, and a text"])
def test_a_bug_that_does_not_fit_is_refused(source: str, tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(source)
    with pytest.raises(DoesNotFit, match=r"some bug: the old text stands [02] times in some\.py"):
        plant(Bug("some bug", "some.py", "a text", "another", ()), tmp_path)


def test_names_are_told_apart() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS)
