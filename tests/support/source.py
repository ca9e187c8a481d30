"""The package's own source, parsed, for the rules that hold it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "dlmskit"
# Above `dissect` there may be input and output.
WITH_IO = frozenset(
    (
        "edge",
        "client",
        "server",
        "gateway",
        "translate",
        "listener",
        "explain",
        "headend",
        "simulator",
        "conformance",
        "cli",
    )
) | {"blocking", "__main__"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """The part of dlmskit it belongs to: the name of a package or top module."""
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    @property
    def sans_io(self) -> bool:
        return self.room not in WITH_IO

    def at(self, node: ast.AST) -> str:
        return f"{self.place}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package, in the order of their paths."""
    texts = ((path, path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py")))
    return tuple(Module(path, text, ast.parse(text)) for path, text in texts)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute, "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""
