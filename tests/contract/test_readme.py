"""The README stays short, and it and the pages in docs/ name only what there is."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from flask import Flask

from tests.support.pages import PAGES, blocks, code, headings, links, quoted_lines, read_page
from tests.support.source import ROOT
from tracker import create_app
from tracker.config import Settings
from tracker.demo.expected import EXPECTED

MOST_WORDS = 1300
DOOR_LINES = 15
DOORS = ("A clinic", "An app developer", "An operator")
BESIDE_THE_CONTRACT = {"/v1/openapi.yaml"}  # the contract does not describe itself
FOLDERS = "tracker|tests|torture|bench|evaluation|scripts|docs|migrations"
METHODS = "GET|POST|PUT|PATCH|DELETE"


def missing_targets(page: str, text: str) -> Iterator[str]:
    """Find links to files, and to headings of files, that are not there."""
    for target in links(text):
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        if not path.exists() or (anchor and anchor not in headings(path.read_text("utf-8"))):
            yield target


def missing_make_targets(text: str, makefile: str) -> set[str]:
    """Return targets that are named and that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {name for piece in code(text) for name in re.findall(r"\bmake ([a-z][a-z-]*)", piece)}
    return {
        name
        for name in named
        if not (any(target.startswith(name) for target in targets) if name[-1] == "-" else name in targets)
    }


def wrong_commands(text: str, group: click.Group) -> Iterator[str]:
    """Find commands, and options of commands, that are named and do not exist."""
    for piece in code(text):
        for given in re.findall(r"flask --app wsgi ([^|#>\n]*)", piece):
            command: click.Command = group
            options: set[str] = set()
            for word in shlex.split(given):
                if word.startswith("--"):
                    options.add(word)
                elif isinstance(command, click.Group):
                    command = command.commands.get(word) or _nothing(word)
            known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
            if isinstance(command, click.Group):
                yield given
            yield from (f"{given}: {option}" for option in options - known)


def missing_files(text: str, root: Path = ROOT) -> Iterator[str]:
    """Find files and folders of the project that are named and not there; ``<noun>`` stands for any name."""
    for piece in code(text):
        for path in re.findall(rf"(?<![\w/.])(?:{FOLDERS})/[\w./*<>-]*", piece):
            if not any(root.glob(re.sub(r"<\w+>", "*", path).rstrip("/"))):
                yield path


def _nothing(word: str) -> click.Command:
    return click.Group(f"no command {word}")


def missing_operations(text: str, paths: Mapping[str, Any]) -> Iterator[str]:
    """Find paths that are named and not in the contract, and methods that a path does not have."""
    known = {re.sub(r"{\w+}", "{}", path): {each.upper() for each in item} for path, item in paths.items()}
    for piece in code(text):
        for methods, path in re.findall(rf"((?:(?:{METHODS})[, ]+)*)\S*?(/v1/[\w\-/{{}}$.]*)", piece):
            shape = re.sub(r"{\w+}|\$\w+", "{}", path)
            if shape not in known:
                yield from {path} - BESIDE_THE_CONTRACT
                continue
            yield from (
                f"{method} {path}" for method in re.findall(METHODS, methods) if method not in known[shape]
            )


@pytest.fixture(scope="module")
def plain_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, for its commands and routes; no database is opened."""
    return create_app(Settings(instance_dir=tmp_path_factory.mktemp("instance"), log_level="ERROR"))


@pytest.fixture(scope="module")
def paths() -> Mapping[str, Any]:
    """What the contract has, by path and method."""
    contract = yaml.load((ROOT / "openapi.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    found: dict[str, Any] = contract["paths"]
    return found


def test_the_readme_is_short() -> None:
    text = read_page("README.md")
    assert len(text.split()) <= MOST_WORDS
    for door in DOORS:
        body = text.split(f"### {door}\n")[1].split("\n#")[0]
        assert len([line for line in body.splitlines() if line]) <= DOOR_LINES, door


def test_the_readme_goes_from_what_it_is_to_links() -> None:
    chapters = re.findall(r"^## (.+)$", read_page("README.md"), re.MULTILINE)
    assert chapters == [
        "What it is not",
        "Two commands",
        "Three doors",
        "One story",
        "How it works",
        "Read on",
    ]
    assert re.findall(r"^### (.+)$", read_page("README.md"), re.MULTILINE) == list(DOORS)


def test_the_readme_links_every_page() -> None:
    assert {page for page in PAGES if page != "README.md"} <= set(links(read_page("README.md")))


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_a_page_begins_with_its_abstract(page: str) -> None:
    title, empty, *rest = read_page(page).splitlines()
    abstract = rest[: next(number for number, line in enumerate(rest) if not line.startswith("> "))]
    assert title.startswith("# ")
    assert empty == ""
    assert 2 <= len(abstract) <= 10


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    assert list(missing_targets(page, read_page(page))) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_only_what_there_is(page: str, plain_app: Flask, paths: Mapping[str, Any]) -> None:
    text = read_page(page)
    assert missing_make_targets(text, (ROOT / "Makefile").read_text("utf-8")) == set()
    assert list(wrong_commands(text, plain_app.cli)) == []
    assert list(missing_operations(text, paths)) == []
    assert list(missing_files(text)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_probe_that_is_named_answers(page: str, plain_app: Flask) -> None:
    routes = {rule.rule for rule in plain_app.url_map.iter_rules()}
    assert {piece for piece in code(read_page(page)) if re.fullmatch(r"/[a-z]+z|/metrics", piece)} <= routes


def test_the_counts_of_the_demo_are_those_of_its_table() -> None:
    kinds = Counter(row.words.split()[3] for row in EXPECTED)
    counts, end = quoted_lines(read_page("README.md"))[-2:]
    assert counts == (
        f"{kinds['sent']} messages to patients ({kinds['suppressed']} more were not needed), "
        f"{kinds['answered']} check-ins, {kinds['raised']} alerts, "
        f"{kinds['told'] + kinds['escalated']} mails to therapists."
    )
    assert end == f"All {len(EXPECTED)} expected events happened, and no other."


def test_what_is_not_there_is_found(plain_app: Flask, tmp_path: Path) -> None:
    assert list(missing_targets("README.md", "[a](docs/nothing.md) [b](README.md#no-such-heading)")) == [
        "docs/nothing.md",
        "README.md#no-such-heading",
    ]
    assert list(missing_targets("docs/x.md", "[a](alerts.md#figures) [b](https://x.example)")) == []
    assert list(missing_files("`tracker/nothing.py` `tests/*/nothing` a/docs/x tracker/prose.py")) == [
        "tracker/nothing.py",
        "tests/*/nothing",
    ]
    assert not list(missing_files("`tracker/api/<noun>.py` `.venv/bin/pytest tests/contract` `bench/`"))
    assert missing_make_targets("`make run`, `make walk`, `make torture-...`, make haste", "run:\n") == {
        "walk",
        "torture-",
    }
    for wrong in ("nothing", "clinics nothing", "clinics", "clinics create --colour x"):
        assert list(wrong_commands(f"`flask --app wsgi {wrong}`", plain_app.cli)), wrong
    for right in (
        "clinics create --name 'X'",
        "reminders stats",
        "db upgrade",
        "rules replay FILE --summary",
    ):
        assert not list(wrong_commands(f"`flask --app wsgi {right}`", plain_app.cli)), right
    paths: dict[str, Any] = {"/v1/a/{a_id}": {"get": {}}}
    assert list(missing_operations("`/v1/b` `GET /v1/a/{x}` `POST /v1/a/$X` /v1/c", paths)) == [
        "/v1/b",
        "POST /v1/a/$X",
    ]


def test_the_picture_is_one_that_can_be_drawn() -> None:
    (picture,) = blocks(read_page("README.md"), "mermaid")
    first, *arrows = picture.text.splitlines()
    assert first == "flowchart LR"
    assert all(re.fullmatch(r"    \w+\S*.* -->(?:\|[^|]+\|)? \w+.*", line) for line in arrows)
