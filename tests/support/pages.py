"""What the README and the pages in docs/ quote, name and link to."""

import re
from dataclasses import dataclass

from tests.support.source import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page; ``kind`` is what stands behind its opening fence."""

    kind: str
    text: str


def read_page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / name).read_text("utf-8")


def blocks(text: str, kind: str | None = None) -> list[Block]:
    """Return the fenced blocks of a page, or those of one kind."""
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [Block(*each) for each in found if kind in (None, each[0])]


def quoted_lines(text: str, *, beside: str = "...") -> list[str]:
    """Return the lines that a page quotes as output, without gaps and empty ones."""
    lines = [line.rstrip() for block in blocks(text, "") for line in block.text.splitlines()]
    return [line for line in lines if line.strip() not in ("", beside)]


def links(text: str) -> list[str]:
    """Return the targets of the links of a page that lead to files of the project."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in targets if "://" not in target]


def headings(text: str) -> set[str]:
    """Return the anchors that the headings of a page make."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def code(text: str) -> list[str]:
    """Return what a page shows as code: the lines of its blocks, continued ones as one, and pieces of sentences."""
    shown = "\n".join(block.text for block in blocks(text) if block.kind != "mermaid")
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [
        *re.sub(r"\\\n\s*", "", shown).splitlines(),
        *(" ".join(piece.split()) for piece in re.findall(r"`([^`]+)`", prose)),
    ]
