"""Reads the entries of JSON Lines or of a JSON array one by one, so that a large file is never in memory as a whole.

Floats stay text: as a float, `1.20256E+10` would look like a complete phone number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiovonage.cli.files.errors import FileError

MAX_ENTRY = 1 << 24
"""The longest entry, in characters."""

_BLANK = " \t\r\n\ufeff"

Entry = tuple[int, Any]
"""The line where an entry begins, and its value."""


def json_lines(path: str, lines: Iterable[str]) -> Iterator[Entry]:
    """The value of each line.

    Raises:
        FileError: if a line is not valid JSON.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip(_BLANK):
            continue
        try:
            yield number, _DECODER.decode(line.strip(_BLANK))
        except (json.JSONDecodeError, RecursionError) as error:
            raise FileError(path, _remedy(error), line=number) from None


def json_array(path: str, lines: Iterable[str]) -> Iterator[Entry]:
    """The items of an array, or a single object. They may span many lines.

    Raises:
        FileError: if it is not valid JSON, or ends too early.
    """
    reader = _Reader(path, lines)
    if reader.peek() != "[":
        yield reader.value()
        reader.expect_end()
        return
    reader.skip()
    if reader.peek() == "]":
        reader.skip()
        reader.expect_end()
        return
    while True:
        yield reader.value()
        mark = reader.peek()
        if mark not in {",", "]"}:
            raise reader.error("a comma or ] is missing after an entry")
        reader.skip()
        if mark == "]":
            reader.expect_end()
            return


class _Reader:
    """Reads JSON values from lines of text."""

    def __init__(self, path: str, lines: Iterable[str]) -> None:
        self._path = path
        self._lines = iter(lines)
        self._text = ""
        self._at = 0
        self._line = 1

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                char = self._text[self._at]
                if char not in _BLANK:
                    return char
                self._line += char == "\n"
                self._at += 1
            if not self._more():
                return ""

    def skip(self) -> None:
        """Skip the next character."""
        self._at += 1

    def value(self) -> Entry:
        """The next value, and the line where it begins."""
        if not self.peek():
            raise self.error("the file ends in the middle: it is cut off. Get it again")
        line = self._line
        step = 1
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                # The rest of the value may be in the following lines.
                if (
                    isinstance(error, json.JSONDecodeError)
                    and self._more(step)
                    and len(self._text) - self._at < MAX_ENTRY
                ):
                    step *= 2
                    continue
                if isinstance(error, json.JSONDecodeError):
                    line += error.doc.count("\n", self._at, error.pos)
                raise FileError(self._path, _remedy(error), line=line) from None
            if end == len(self._text) and not self._text[end - 1 : end].isspace() and self._more():
                continue  # a number may continue in the next line
            self._line += self._text.count("\n", self._at, end)
            self._at = end
            return line, value

    def expect_end(self) -> None:
        """Check that nothing follows."""
        if self.peek():
            raise self.error("more text follows the end of the JSON. For one entry per line, name the file .jsonl")

    def error(self, problem: str) -> FileError:
        """An error at the current line."""
        return FileError(self._path, f"is not valid JSON: {problem}", line=self._line)

    def _more(self, count: int = 1) -> bool:
        """Add lines to the text. Returns whether there were any."""
        added = []
        for _ in range(count):
            line = next(self._lines, None)
            if line is None:
                break
            added.append(line)
        if added:
            self._text = self._text[self._at :] + "".join(added)
            self._at = 0
        return bool(added)


def members(entry: Any) -> Mapping[str, Any] | None:
    """The members of an object; None for any other entry."""
    return entry if isinstance(entry, dict) else None


def _remedy(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON: {error.msg} (column {error.colno}). Correct the line, or export the file again"
    return "the JSON is nested too deeply"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise json.JSONDecodeError(f"the member {repeated!r} is given twice", "", 0)
    return found


_DECODER = json.JSONDecoder(parse_float=str, object_pairs_hook=_object)
