"""Every code block of the pages and the README runs, and every page builds.

`python` blocks of one page run one after the other in one namespace, each page in its own interpreter: what a page says
must work in the order it says it. A line `await …` or `async with …` at the top runs in an event loop. A `console` block is a
terminal: a line `$ dlmskit …` runs, the lines below must be what it prints, where `…` stands for anything.
`$ dlmskit simulate` goes on in the background until the page ends and is started before anything else on the page; the
ports it names are replaced by free ones, in whatever else the page says.
A block whose fence says `no-run` (only shown) needs a reason behind it: ```` ```python no-run: needs a meter ````.
"""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from dlmskit.cli import main
from dlmskit.cosem.ics import STANDARD
from tests.support.source import ROOT
from tools import docs
from tools.reference import class_pages

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


@dataclass(frozen=True, slots=True)
class Command:
    """One line behind a `$`, and what the page shows below it."""

    line: str
    shown: str

    @property
    def serves(self) -> bool:
        return self.line.startswith("dlmskit simulate")


def commands(text: str) -> list[Command]:
    """The commands of a terminal block; a line that ends in a backslash goes on in the next."""
    parts = re.split(r"^\$ ", re.sub(r"\\\n\s*", "", text), flags=re.MULTILINE)[1:]
    return [Command(line, shown) for line, _, shown in (part.partition("\n") for part in parts)]


@dataclass
class Terminal:
    """Where one page runs: a folder that is its home, and the addresses its served meters really have."""

    folder: Path
    real: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DLMSKIT_", "XDG_"))}
        home = str(self.folder)
        typed = {"DLMSKIT_PASSPHRASE": "what a user would type"}
        screen = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
        return kept | {"HOME": home, "USERPROFILE": home} | screen | typed

    def substituted(self, text: str) -> str:
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text

    def as_shown(self, text: str) -> str:
        for shown, real in self.real.items():
            text = text.replace(real, shown)
        return text

    def popen(self, line: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            f"dlmskit() {{ exec '{sys.executable}' -m dlmskit \"$@\"; }}\n{self.substituted(line)}",
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run_python(self, texts: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", RUNNER],
            input=self.substituted("\0".join(texts)),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def wrong_output(self, command: Command) -> str:
        """How what a command prints differs from what is shown; empty where it does not."""
        if "dlmskit" not in command.line.split():
            return f"only dlmskit is run here: {command.line}"
        printed = self.as_shown(self.popen(command.line).communicate(timeout=60)[0])
        return _difference(command, printed)

    @contextmanager
    def serving(self, command: Command) -> Iterator[None]:
        """Run a `dlmskit simulate` beside the page; it must end well when it is interrupted."""
        process = self.popen(re.sub(r"(tcp) [0-9]+", r"\1 0", command.line))
        assert process.stdout is not None
        try:
            printed = "".join(process.stdout.readline() for _ in command.shown.strip().splitlines())
            addresses = re.compile(r"//(\S+:[0-9]+)$", re.MULTILINE)
            self.real.update(zip(addresses.findall(command.shown), addresses.findall(printed), strict=False))
            assert not _difference(command, self.as_shown(printed))
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert process.returncode == 0, command.line


def _difference(command: Command, printed: str) -> str:
    pattern = ".*?".join(map(re.escape, command.shown.strip().split("…")))
    if re.fullmatch(pattern, printed.strip(), flags=re.DOTALL):
        return ""
    return f"{command.line}\nshown:\n{command.shown}\nprinted:\n{printed}"


@contextmanager
def all_served(terminal: Terminal, wanted: list[Command]) -> Iterator[None]:
    if not wanted:
        yield
        return
    with terminal.serving(wanted[0]), all_served(terminal, wanted[1:]):
        yield


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    found = [block for block in blocks(page) if block.language in CHECKED]
    for block in found:
        if block.remark.startswith("no-run"):
            assert re.match(r"no-run: \S+", block.remark), f"{block.place} is not run and gives no reason"
    running = [block for block in found if not block.remark.startswith("no-run")]
    python = [block.text for block in running if block.language == "python"]
    asked = [(block.place, one) for block in running if block.language == "console" for one in commands(block.text)]
    terminal = Terminal(tmp_path)
    with all_served(terminal, [command for _, command in asked if command.serves]):
        if python:
            run = terminal.run_python(python)
            assert run.returncode == 0, f"{page.name}: {run.stderr}"
        for place, command in asked:
            if not command.serves:
                wrong = terminal.wrong_output(command)
                assert not wrong, f"{place}: {wrong}"


def test_the_runners_fail_where_a_block_is_wrong(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    held = terminal.run_python(["x = 1", "assert x == 1", "import asyncio\nawait asyncio.sleep(0)"])
    assert held.returncode == 0
    assert terminal.run_python(["x = 1", "assert x == 2"]).returncode == 1
    assert terminal.wrong_output(*commands("$ rm x\n"))
    assert terminal.wrong_output(*commands("$ dlmskit no-such-command\nall is well\n"))


def test_every_page_builds_and_there_is_one_of_each_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "SITE", tmp_path / "site")
    ids = {cls.class_id for cls in STANDARD}
    assert docs.build() == len(docs.pages()) + len(ids)
    assert all(list((tmp_path / "site" / kind).glob("*.html")) for kind in docs.KINDS)
    assert (tmp_path / "site" / "index.html").is_file()
    classes = tmp_path / "site" / "reference" / "classes"
    assert {int(page.stem) for page in classes.iterdir()} == ids
    assert 'href="../../index.html"' in (classes / "8.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("class_id", [8, 12, 47, 96])
def test_the_page_of_a_class_says_what_the_command_prints(class_id: int, capsys: pytest.CaptureFixture[str]) -> None:
    page = MarkdownIt("commonmark").enable("table").render(class_pages()[f"reference/classes/{class_id}.md"])
    body = "".join(page[page.index("<h2") :].casefold().split())
    told = html.unescape(re.sub(r"<thead>.*?</thead>|<[^>]+>", "", body))
    assert main(["classes", str(class_id)]) == 0
    printed = capsys.readouterr().out.replace("`", "")
    assert told == "".join(printed.casefold().split())


def _index_page(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> str:
    monkeypatch.setattr(docs, "DOCS", folder)
    (folder / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    return docs.render("index.md", docs.texts())


def test_a_link_to_a_missing_page_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _index_page(monkeypatch, tmp_path, "[there](missing.md)")
    assert 'href="index.html#top"' in _index_page(monkeypatch, tmp_path, "[here](index.md#top)")


def test_a_table_that_nobody_makes_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _index_page(monkeypatch, tmp_path, "```generated\nno-such-table\n```")
    assert "<td><code>hdlc+tcp</code></td>" in _index_page(monkeypatch, tmp_path, "```generated\nschemes\n```")
