"""The code blocks of README.md and docs/.

markdown-it-py finds them: it parses Markdown by the specification, says at which line a block stands, and comes with
rich anyway. Sybil and pytest-examples look for fences with regular expressions, and bring runners that do not fit (one
namespace a page; a formatter).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import attrs
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@attrs.frozen
class Block:
    """A code block.

    Attributes:
        page: The page's path below the repository.
        line: The line of its first line of code.
        language: Its language, as the fence names it.
        title: The name of the file that it shows; empty where it shows none.
        text: The code.
    """

    page: str
    line: int
    language: str
    title: str
    text: str = attrs.field(repr=False)

    @property
    def id(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks of some languages; of all, where none is named."""
    return [block for page in PAGES for block in blocks_of(page) if not languages or block.language in languages]


@cache
def blocks_of(page: Path) -> tuple[Block, ...]:
    """The blocks of one page."""
    path = page.relative_to(ROOT).as_posix()
    found: list[Block] = []
    for token in _tokens(page):
        if token.type == "fence" and token.map is not None:
            language, _, rest = token.info.partition(" ")
            title = re.search(r'title="([^"]*)"', rest)
            found.append(Block(path, token.map[0] + 2, language, title[1] if title else "", token.content))
    return tuple(found)


def indented(page: Path) -> list[str]:
    """Blocks of indented code, as which a fence inside an admonition is read: no test would find that."""
    return [token.content for token in _tokens(page) if token.type == "code_block"]


def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").parse(page.read_text("utf-8"))
