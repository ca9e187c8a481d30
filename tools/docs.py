"""Build docs/ into site/: every Markdown page as one HTML page, with the table of pages at its side.

Kept this small on purpose: markdown-it-py renders, a page template frames. Links between pages are written to the `.md` file, so that they
work on a code host as well, and a link to a page that does not exist fails the build. A `generated` block names a table
of `tools.reference`, which is made from the code; so is a page for each interface class, which no file holds.
"""

from __future__ import annotations

import html
import posixpath
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from markdown_it import MarkdownIt

from tools.reference import TABLES, class_pages

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SITE = ROOT / "site"
KINDS = ("tutorial", "how-to", "explanation", "reference")
GENERATED = re.compile(r"^```generated\n(.+)\n```$", re.MULTILINE)
LINK = re.compile(r'(<a href=")([^":#]+)\.md(#[^"]*)?"')
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · dlmskit</title>
<style>
body {{ margin: 0 auto; max-width: 72rem; padding: 1rem; display: flex; gap: 2rem; font: 1rem/1.55 system-ui, sans-serif; }}
nav {{ flex: 0 0 14rem; }} main {{ flex: 1; min-width: 0; }}
pre {{ background: #8881; padding: .75rem; overflow: auto; }} code {{ font-size: .92em; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #8886; padding: .3rem .6rem; text-align: left; }}
:root {{ color-scheme: light dark; }} @media (max-width: 48rem) {{ body {{ flex-direction: column; }} }}
</style></head>
<body><nav>{nav}</nav><main>{main}</main></body></html>
"""


def pages() -> list[Path]:
    """Every page that is written: the front page first, then kind by kind."""
    by_kind = [page for kind in KINDS for page in sorted((DOCS / kind).glob("*.md"))]
    return [*sorted(DOCS.glob("index.md")), *by_kind, *(p for p in sorted(DOCS.glob("*.md")) if p.name != "index.md")]


def texts() -> dict[str, str]:
    """Markdown by place in docs/: what is written, tables filled in, then the pages that are made from the code.

    Raises KeyError for a table that nobody makes.
    """
    written = {_place(page): page.read_text(encoding="utf-8") for page in pages()}
    filled = {place: GENERATED.sub(lambda match: TABLES[match[1]](), text) for place, text in written.items()}
    return {**filled, **class_pages()}


def _place(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


def title_of(text: str) -> str:
    """The first heading of a page."""
    return next(line[2:] for line in text.splitlines() if line.startswith("# "))


def navigation(here: str, told: Mapping[str, str]) -> str:
    """The table of the written pages as seen from one page."""
    up = "../" * here.count("/")
    entries, kind = [], ""
    for place in map(_place, pages()):
        folder = posixpath.dirname(place)
        if folder != kind:
            entries.append(f"<h4>{folder.capitalize() or 'More'}</h4>")
            kind = folder
        target = f"{up}{place.removesuffix('.md')}.html"
        entries.append(f'<div><a href="{target}">{html.escape(title_of(told[place]))}</a></div>')
    return "\n".join(entries)


def render(place: str, told: Mapping[str, str]) -> str:
    """One page as HTML. Raises FileNotFoundError for a link to nowhere."""
    text = MarkdownIt("commonmark").enable("table").render(told[place])
    for match in LINK.finditer(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), f"{match[2]}.md"))
        if target not in told:
            raise FileNotFoundError(f"{place} links to {target}")
    title = html.escape(title_of(told[place]))
    return PAGE.format(title=title, nav=navigation(place, told), main=LINK.sub(r'\1\2.html\3"', text))


def build() -> int:
    """Write the site; how many pages it has."""
    shutil.rmtree(SITE, ignore_errors=True)
    told = texts()
    for place in told:
        target = (SITE / place).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render(place, told), encoding="utf-8")
    return len(told)


if __name__ == "__main__":
    print(f"{build()} pages in {SITE.relative_to(ROOT)}/", file=sys.stderr)
