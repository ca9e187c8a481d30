"""What linters do not know: where input and output, tasks and documentation belong."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.support.source import ROOT, Function, Module, dotted, modules

Rule = Callable[[Module], Iterator[ast.AST]]
FOREIGN_PATH = re.compile(r"(^|[\s\"'`=:(])/(work|home|root|Users|tmp)/")


def environment_read_outside_the_command_line(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if module.room != "cli" and dotted(node) in {"os.environ", "os.getenv"}:
            yield node


def file_opened_below_the_edge(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if module.sans_io and isinstance(node, ast.Call) and dotted(node.func) in {"open", "input", "print"}:
            yield node


def import_from_the_root_of_the_package(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        from_root = isinstance(node, ast.ImportFrom) and node.module == "dlmskit"
        if module.place != "src/dlmskit/__init__.py" and from_root:
            yield node


def task_without_a_group(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if dotted(node) in {"asyncio.create_task", "asyncio.ensure_future"}:
            yield node


def first_line_of_a_docstring_longer_than_a_line_of_code(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            if len(first) > 110:
                yield node


def any_in_a_public_signature_of_the_core(module: Module) -> Iterator[ast.AST]:
    classes = [node for node in module.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    statements = [*module.tree.body, *(statement for cls in classes for statement in cls.body)]
    for function in statements:
        if not isinstance(function, Function) or not module.sans_io or function.name.startswith("_"):
            continue
        arguments = function.args
        everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        annotations = [argument.annotation for argument in everything] + [function.returns]
        if any("Any" in _members(said) for said in annotations if said is not None):
            yield function


def _members(annotation: ast.expr) -> set[str]:
    """Names of the members of a union, or of the one type; not what stands in brackets: `Kind[Any]` is exact enough."""
    if isinstance(annotation, ast.BinOp):
        return _members(annotation.left) | _members(annotation.right)
    return {dotted(annotation)}


@pytest.mark.parametrize(
    "rule",
    [
        environment_read_outside_the_command_line,
        file_opened_below_the_edge,
        import_from_the_root_of_the_package,
        task_without_a_group,
        first_line_of_a_docstring_longer_than_a_line_of_code,
        any_in_a_public_signature_of_the_core,
    ],
)
def test_the_package_has_none(rule: Rule) -> None:
    assert not [module.at(node) for module in modules() for node in rule(module)]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (environment_read_outside_the_command_line, "os.environ['A']"),
        (file_opened_below_the_edge, "open('x')"),
        (import_from_the_root_of_the_package, "from dlmskit import data"),
        (task_without_a_group, "asyncio.create_task(run())"),
        (first_line_of_a_docstring_longer_than_a_line_of_code, f'"""{"x" * 111}"""'),
        (any_in_a_public_signature_of_the_core, "def decode(data: bytes | Any) -> None: ..."),
    ],
)
def test_the_rule_finds_what_it_is_for(rule: Rule, text: str) -> None:
    sample = Module(modules()[0].path.parent / "data" / "sample.py", text, ast.parse(text))
    assert list(rule(sample))


def test_no_path_of_one_machine_stands_in_the_project() -> None:
    folders = ("src", "tests", "bench", "tools", "docs")
    files = [
        file for folder in folders for file in (ROOT / folder).rglob("*.*") if file.suffix in {".py", ".md", ".toml"}
    ]
    files += [ROOT / "README.md", ROOT / "Makefile", ROOT / "pyproject.toml"]
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if FOREIGN_PATH.search(line) and "FOREIGN_PATH" not in line
    ]
    assert not found
