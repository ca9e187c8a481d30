"""Every code block of the pages and the README runs, and every page builds.

`python` blocks of one page run one after the other in one namespace, each page in its own interpreter: what a page says
must work in the order it says it. A line `await …` or `async with …` at the top runs in an event loop. A `console` block is a
terminal: a line `$ dlmskit …` or `$ python -m dlmskit …` runs, the lines below must be what it prints, where `…` stands for anything.
A block whose fence says `no-run` (only shown) needs a reason behind it: ```` ```python no-run: needs a meter ````.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.source import ROOT
from tools import docs

PAGES = [ROOT / "README.md", *docs.pages()]
CHECKED = ("python", "console")
RUNNER = """
import ast, asyncio, inspect, sys
space = {"__name__": "__main__"}
for number, text in enumerate(sys.stdin.read().split("\\0")):
    name = f"block {number + 1}"
    code = compile(text, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, space)
    if inspect.iscoroutine(result):
        asyncio.run(result)
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: `language`, then what else stands behind the fence."""

    place: str
    language: str
    remark: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found = []
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            language, _, remark = token.info.partition(" ")
            line = (token.map or [0])[0] + 1
            found.append(Block(f"{page.relative_to(ROOT)}:{line}", language, remark, token.content))
    return found


def run_python(texts: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", RUNNER],
        input="\0".join(texts),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wrong_output(text: str, folder: Path) -> list[str]:
    """What a terminal block shows and does not happen."""
    wrong = []
    for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, shown = command.partition("\n")
        words = line.replace("python -m dlmskit", "dlmskit").split()
        if words[0] != "dlmskit":
            wrong.append(f"only dlmskit is run here: {line}")
            continue
        run = subprocess.run(
            f"{sys.executable} -m dlmskit {line.partition('dlmskit')[2]}",
            shell=True,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        pattern = ".*?".join(map(re.escape, shown.strip().split("…")))
        printed = (run.stdout + run.stderr).strip()
        if not re.fullmatch(pattern, printed, flags=re.DOTALL):
            wrong.append(f"{line}\nshown:\n{shown}\nprinted:\n{printed}")
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    found = [block for block in blocks(page) if block.language in CHECKED]
    for block in found:
        if block.remark.startswith("no-run"):
            assert re.match(r"no-run: \S+", block.remark), f"{block.place} is not run and gives no reason"
    running = [block for block in found if not block.remark.startswith("no-run")]
    python = [block.text for block in running if block.language == "python"]
    if python:
        run = run_python(python, tmp_path)
        assert run.returncode == 0, f"{page.name}: {run.stderr}"
    for block in running:
        if block.language == "console":
            assert not wrong_output(block.text, tmp_path), block.place


def test_the_runners_fail_where_a_block_is_wrong(tmp_path: Path) -> None:
    assert run_python(["x = 1", "assert x == 1", "import asyncio\nawait asyncio.sleep(0)"], tmp_path).returncode == 0
    assert run_python(["x = 1", "assert x == 2"], tmp_path).returncode == 1
    assert wrong_output("$ rm x\n", tmp_path)
    assert wrong_output("$ dlmskit no-such-command\nall is well\n", tmp_path)


def test_every_page_builds_and_there_is_one_of_each_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "SITE", tmp_path / "site")
    assert docs.build() == len(docs.pages())
    assert all(list((tmp_path / "site" / kind).glob("*.html")) for kind in docs.KINDS)
    assert (tmp_path / "site" / "index.html").is_file()


def test_a_link_to_a_missing_page_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    page = tmp_path / "index.md"
    page.write_text("# Page\n\n[there](missing.md)\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        docs.render(page)
    page.write_text("# Page\n\n[here](index.md#top)\n", encoding="utf-8")
    assert 'href="index.html#top"' in docs.render(page)
