"""Build docs/ into site/: every Markdown page as one HTML page, with the table of pages at its side.

Kept this small on purpose: markdown-it-py renders, a page template frames. Links between pages are written to the `.md` file, so that they
work on a code host as well, and a link to a page that does not exist fails the build. A `generated` block names a table
of `tools.reference`, which is made from the code.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path

from markdown_it import MarkdownIt

from tools.reference import TABLES

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
    """Every page: the front page first, then kind by kind."""
    by_kind = [page for kind in KINDS for page in sorted((DOCS / kind).glob("*.md"))]
    return [*sorted(DOCS.glob("index.md")), *by_kind, *(p for p in sorted(DOCS.glob("*.md")) if p.name != "index.md")]


def title_of(page: Path) -> str:
    """The first heading of a page."""
    return next(line[2:] for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))


def navigation(here: Path) -> str:
    """The table of pages as seen from one of them."""
    up = "../" * (len(here.relative_to(DOCS).parts) - 1)
    entries, kind = [], ""
    for page in pages():
        folder = page.relative_to(DOCS).parts[0] if page.parent != DOCS else ""
        if folder != kind:
            entries.append(f"<h4>{folder.capitalize() or 'More'}</h4>")
            kind = folder
        target = up + page.relative_to(DOCS).with_suffix(".html").as_posix()
        entries.append(f'<div><a href="{target}">{html.escape(title_of(page))}</a></div>')
    return "\n".join(entries)


def render(page: Path) -> str:
    """One page as HTML. Raises FileNotFoundError for a link to nowhere, KeyError for a table that nobody makes."""
    source = GENERATED.sub(lambda match: TABLES[match[1]](), page.read_text(encoding="utf-8"))
    text = MarkdownIt("commonmark").enable("table").render(source)
    for match in LINK.finditer(text):
        (page.parent / f"{match[2]}.md").resolve(strict=True)
    return PAGE.format(title=html.escape(title_of(page)), nav=navigation(page), main=LINK.sub(r'\1\2.html\3"', text))


def build() -> int:
    """Write the site; how many pages it has."""
    shutil.rmtree(SITE, ignore_errors=True)
    for page in pages():
        target = SITE / page.relative_to(DOCS).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render(page), encoding="utf-8")
    return len(pages())


if __name__ == "__main__":
    print(f"{build()} pages in {SITE.relative_to(ROOT)}/", file=sys.stderr)
