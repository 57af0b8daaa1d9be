"""Habits of the house: promises are written down, nothing is left half done, no setting is a secret."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from tests.support.source import ROOT, Source, read, references
from tracker.config import Settings

Check = Callable[[Source], Iterator[str]]
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

LEFTOVER = re.compile(r"\b(?:TODO|FIXME|XXX)\b|\bpass\s*#\s*stub")
MACHINE_PATH = re.compile(r"(?<![\w.}~-])/(?:work|root)/")
EXAMPLES = ROOT / "tests/contract/test_house.py"  # this file shows what it forbids
OPTIONS_OF_A_SCHEMA = "Meta"
PRINTERS = ("tracker/demo/", "tracker/cli.py")
SKIPS = {
    *(
        f"pytest.{name}"
        for name in ("mark.skip", "mark.skipif", "mark.xfail", "skip", "xfail", "importorskip")
    ),
    *(f"unittest.{name}" for name in ("skip", "skipIf", "skipUnless", "expectedFailure", "SkipTest")),
}


def missing_docstrings(source: Source) -> Iterator[str]:
    """Find public functions, methods and classes that say nothing about themselves."""
    waiting: list[list[ast.stmt]] = [source.tree.body]
    while waiting:
        for node in waiting.pop():
            if isinstance(node, ast.If):
                waiting += [node.body, node.orelse]
            elif isinstance(node, Documented) and not node.name.startswith("_"):
                if not ast.get_docstring(node) and node.name != OPTIONS_OF_A_SCHEMA:
                    yield f"{source.path}:{node.lineno}: {node.name} says nothing about itself"
                if isinstance(node, ast.ClassDef):
                    waiting.append(node.body)


def leftovers(source: Source) -> Iterator[str]:
    """Find notes of unfinished work."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if LEFTOVER.search(line):
            yield f"{source.path}:{number}: is not finished: {line.strip()}"


def prints(source: Source) -> Iterator[str]:
    """Find output outside the commands and the demonstration."""
    if not source.path.startswith(PRINTERS):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and node.id == "print":
                yield f"{source.path}:{node.lineno}: prints; write to the log"


def skips(source: Source) -> Iterator[str]:
    """Find tests that do not run, or may fail."""
    for reference in references(source):
        if reference.target in SKIPS:
            yield f"{source.path}:{reference.line}: {reference.target} hides a failure"


def machine_paths(path: str, content: bytes) -> Iterator[str]:
    """Find folders of one machine in a text file."""
    if b"\0" not in content[:8192]:
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                yield f"{path}:{number}: names a folder of one machine: {line.strip()[:80]}"


def undocumented(variables: set[str], page: str) -> set[str]:
    """Return settings that the page does not name, and rows of its tables that are no setting."""
    named = set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", page))
    rows = set(re.findall(r"^\|\s*`([A-Z][A-Z0-9_]+)`", page, re.MULTILINE))
    return (variables - named) | (rows - variables)


def files_of_the_project() -> list[Path]:
    """Return what is committed or would be."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    present = [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in present if path != EXAMPLES]


@pytest.mark.parametrize(
    ("check", "folders"),
    [
        (missing_docstrings, ["tracker"]),
        (prints, ["tracker"]),
        (leftovers, ["tracker", "tests", "bench", "migrations"]),
        (skips, ["tests"]),
    ],
)
def test_the_code_keeps_the_habit(check: Check, folders: list[str]) -> None:
    sources = [source for source in read(*folders) if ROOT / source.path != EXAMPLES]
    offences = [offence for source in sources for offence in check(source)]
    assert not offences, "\n" + "\n".join(offences)


def test_no_file_names_a_folder_of_one_machine() -> None:
    files = files_of_the_project()
    assert ROOT / "pyproject.toml" in files
    offences = [
        offence
        for path in files
        for offence in machine_paths(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]
    assert not offences, "\n" + "\n".join(offences)


def test_a_class_name_has_one_meaning() -> None:
    places: dict[str, list[str]] = {}
    for source in read("tracker"):
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(source.path)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_setting_is_documented() -> None:
    variables = {item.metadata["variable"] for item in fields(Settings)}
    assert not undocumented(variables, (ROOT / "docs/settings.md").read_text("utf-8"))


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (missing_docstrings, "tracker/some.py", "def say(): ..."),
        (missing_docstrings, "tracker/some.py", "async def say(): ..."),
        (missing_docstrings, "tracker/some.py", "class Some: ..."),
        (missing_docstrings, "tracker/some.py", 'class Some:\n    """Some."""\n    def say(self): ...'),
        (missing_docstrings, "tracker/some.py", "if DEBUG:\n    def say(): ..."),
        (leftovers, "tracker/some.py", "# TODO: the rest"),
        (leftovers, "tracker/some.py", "# FIXME"),
        (leftovers, "tests/some.py", "XXX = 1"),
        (leftovers, "tests/some.py", "    pass  # stub"),
        (prints, "tracker/api/some.py", "print(1)"),
        (prints, "tracker/jobs/some.py", "for_each(print)"),
        (skips, "tests/some.py", "import pytest\n@pytest.mark.skip\ndef test(): ..."),
        (skips, "tests/some.py", "from pytest import mark\n@mark.skipif(True)\ndef test(): ..."),
        (skips, "tests/some.py", "import pytest as p\np.param(1, marks=p.mark.xfail)"),
        (skips, "tests/some.py", "import pytest\npytest.importorskip('playwright')"),
        (skips, "tests/some.py", "from unittest import skipIf"),
    ],
)
def test_an_offence_is_found(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text)))


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (missing_docstrings, "tracker/some.py", "def _say(): ...\nclass _Some:\n    def say(self): ..."),
        (missing_docstrings, "tracker/some.py", 'def say():\n    """Say."""\n    def inner(): ...'),
        (leftovers, "tracker/some.py", "todo = 'AXXXB'"),
        (prints, "tracker/demo/some.py", "print(1)"),
        (prints, "tracker/cli.py", "print(1)"),
        (skips, "tests/some.py", "import pytest\n@pytest.mark.parametrize('skip', [1])\ndef test(skip): ..."),
    ],
)
def test_what_is_right_passes(check: Check, path: str, text: str) -> None:
    assert list(check(Source(path, text))) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"cd /root/project", True),
        (b"path = '/work/main/x'", True),
        (b"file:///work/main", True),
        (b"https://example.org/work/plan", False),
        (b"src/root/x and ~/work/x", False),
        (b"\0 /root/ in a picture", False),
    ],
)
def test_a_folder_of_one_machine_is_found(content: bytes, found: bool) -> None:
    assert bool(list(machine_paths("README.md", content))) is found


def test_a_setting_and_its_row_belong_together() -> None:
    page = "| `LOG_LEVEL` | how much is logged |\n| `OLD_NAME` | gone |\n"
    assert undocumented({"LOG_LEVEL", "SMTP_URL"}, page) == {"SMTP_URL", "OLD_NAME"}
    assert undocumented({"LOG_LEVEL", "OLD_NAME"}, page) == set()
