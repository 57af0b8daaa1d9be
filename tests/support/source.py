"""The project's own Python files as syntax trees, for the structural tests."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the project, its text and its tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Return the syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """Return the dotted name: that of the folder for an ``__init__.py``."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """Return the dotted name of the folder."""
        return self.path.rpartition("/")[0].replace("/", ".")


@dataclass(frozen=True, order=True)
class Reference:
    """A line that imports or uses a name from elsewhere, by its full dotted name."""

    line: int
    target: str


def read(*folders: str) -> list[Source]:
    """Return every Python file below these folders of the project."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths]


def references(source: Source) -> list[Reference]:
    """Return what a file imports and what it uses of that, renamed imports undone."""
    tree = source.tree
    known: dict[str, str] = {}
    found: set[Reference] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.add(Reference(node.lineno, alias.name))
                top = alias.name.partition(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = target = f"{_origin(source, node)}.{alias.name}"
                found.add(Reference(node.lineno, target))
    return sorted(found | set(_uses(tree, known)))


def calls(source: Source) -> Iterator[tuple[int, str]]:
    """Return line and last name of every call: ``commit`` for ``db.session.commit()``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func).rpartition(".")[2]


def functions(source: Source) -> Iterator[tuple[Function, int]]:
    """Return every function with its length in lines, decorators not counted."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def own_imports(source: Source, modules: Collection[str]) -> set[str]:
    """Return which of the project's modules a file imports, each once, however many names it takes of it."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            names = {f"{origin}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else origin for name in names}
    return found & set(modules) - {source.module}


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parents = source.package.split(".")
    above = parents[: len(parents) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _uses(tree: ast.Module, known: dict[str, str]) -> Iterator[Reference]:
    """Return every dotted name whose beginning was imported."""
    for node in ast.walk(tree):
        attributes, inner = "", node
        while isinstance(inner, ast.Attribute):
            attributes, inner = f".{inner.attr}{attributes}", inner.value
        if isinstance(inner, ast.Name) and isinstance(node, ast.Name | ast.Attribute) and inner.id in known:
            yield Reference(node.lineno, known[inner.id] + attributes)
