"""Reads CSV strictly: an unclosed quote, or text after a closing quote, is an error."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

import attrs

from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.layout import Layout, NoColumn, TableRow, find_layout, is_blank, is_number
from aiovonage.cli.files.options import ReadingOptions

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}

SAMPLE_LINES = 200
"""The number of lines from which delimiter and layout are detected."""

_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
"""A first line that tells Excel the delimiter."""


class CsvTable:
    """A CSV file that is being read.

    Args:
        path: The file, for errors.
        lines: Its lines.
        options: How the user says it is to be read.
        country: The country of the numbers.
        is_stream: Whether lines may arrive slowly, so that it waits for as few as possible.

    Attributes:
        delimiter: The character between fields.
        layout: Which columns hold what.
        has_sep_line: Whether its first line names the delimiter.

    Raises:
        FileError: if delimiter or layout are not clear.
    """

    def __init__(
        self, path: str, lines: Iterable[str], options: ReadingOptions, country: str | None, *, is_stream: bool
    ) -> None:
        self._path = path
        self._country = country
        self._lines = iter(lines)
        self._first_line = 1
        self.has_sep_line: bool = False
        sample: list[str] = []
        first = next(self._lines, None)
        if first is not None and (found := _SEP.fullmatch(first)):
            self.has_sep_line = True
            self._first_line = 2
            options = _with_delimiter(options, found[1])
        elif first is not None:
            sample.append(first)
        self._options = options
        self.delimiter: str
        self.layout: Layout
        self.delimiter, self.layout = self._found(sample, is_stream=is_stream)
        self._sample = sample

    def __iter__(self) -> Iterator[TableRow]:
        """The rows below the header, or all rows if there is no header."""
        offset = self._first_line - 1
        reader = csv.reader(chain(self._sample, self._lines), delimiter=self.delimiter, strict=True)
        before = 0
        width = len(self.layout.header or ())
        try:
            for cells in reader:
                line = before + 1 + offset
                if reader.line_num > before + 1:
                    self._refuse_swallowed_rows(line, cells, width)
                before = reader.line_num
                if line > self.layout.header_line:
                    yield line, cells  # type: ignore[misc]
        except csv.Error as error:
            raise FileError(self._path, _remedy(error, reader.line_num + offset), line=before + 1 + offset) from None

    def _found(self, sample: list[str], *, is_stream: bool) -> tuple[str, Layout]:
        """Detect delimiter and layout from the first lines, which are added to the sample."""
        while True:
            problem: NoColumn | None = None
            if is_stream or len(sample) >= SAMPLE_LINES:
                try:
                    delimiter, layout = self._understood(sample)
                except NoColumn as found:
                    problem = found
                else:
                    if len(sample) >= SAMPLE_LINES or len(sample) > layout.header_line - self._first_line + 1:
                        return delimiter, layout  # of a stream, a row below the header is enough
            following = next(self._lines, None) if problem is None or len(sample) < SAMPLE_LINES else None
            if following is None:
                break
            sample.append(following)
        try:
            return self._understood(sample)
        except NoColumn as problem:
            self._refuse_open_quote(sample)
            raise FileError(self._path, str(problem)) from None

    def _refuse_open_quote(self, sample: list[str]) -> None:
        """Report an unclosed quote, which hides the columns, rather than missing columns."""
        if len(sample) < SAMPLE_LINES:  # the whole file
            delimiter = self._options.delimiter or ","
            reader = csv.reader(sample, delimiter=delimiter, strict=True)
            before = 0
            try:
                for _ in reader:
                    before = reader.line_num
            except csv.Error as error:
                line = before + self._first_line
                raise FileError(self._path, _remedy(error, reader.line_num + self._first_line - 1), line=line) from None

    def _understood(self, sample: list[str]) -> tuple[str, Layout]:
        """The delimiter with which most of the sample are valid rows, and the layout with it."""
        if self._options.delimiter is not None:
            return self._options.delimiter, self._layout(sample, self._options.delimiter)
        found: list[tuple[tuple[int, ...], str, Layout]] = []
        problems: list[tuple[int, NoColumn]] = []
        for order, delimiter in enumerate(DELIMITERS):
            if not any(delimiter in line for line in sample):
                continue
            try:
                layout = self._layout(sample, delimiter)
            except NoColumn as problem:
                problems.append((sum(line.count(delimiter) for line in sample), problem))
            else:
                named = layout.header is not None and not layout.guess
                found.append(((layout.valid, named, len(layout.header or ()), -order), delimiter, layout))
        if not found and not problems:
            return ",", self._layout(sample, ",")
        if not found:
            try:
                return ",", self._layout(sample, ",")
            except NoColumn:
                raise max(problems, key=lambda problem: problem[0])[1] from None
        _, delimiter, layout = max(found, key=lambda candidate: candidate[0])
        return delimiter, layout

    def _layout(self, sample: list[str], delimiter: str) -> Layout:
        return find_layout(_parsed(sample, delimiter, self._first_line), self._options, self._country)

    def _refuse_swallowed_rows(self, line: int, cells: list[str], width: int) -> None:
        """Refuse a field over several lines that looks like an unclosed quote with whole rows in it."""
        place = self.layout.number
        for cell in cells:
            for inner in cell.splitlines()[1:]:
                inside = inner.split(self.delimiter)
                if (
                    place < len(inside)
                    and (len(inside) == width or place > 0)
                    and is_number(inside[place], self._country)
                ):
                    raise FileError(
                        self._path,
                        "a quoted field begins here and goes on over lines that look like rows of their own. "
                        "Close the quote, or remove it",
                        line=line,
                    )


def _parsed(sample: list[str], delimiter: str, first_line: int) -> list[TableRow]:
    """The rows of a sample, read leniently since it may end in the middle of a row."""
    reader = csv.reader(sample, delimiter=delimiter)
    rows: list[TableRow] = []
    before = 0
    try:
        for cells in reader:
            rows.append((before + first_line, list(cells)))
            before = reader.line_num
    except csv.Error:
        pass  # reported when the file is read strictly
    return [row for row in rows if not is_blank(row[1])]


def _with_delimiter(options: ReadingOptions, delimiter: str) -> ReadingOptions:
    return options if options.delimiter is not None else attrs.evolve(options, delimiter=delimiter)


def _remedy(error: csv.Error, last: int) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return (
            f"a quoted field begins here and is not closed up to the end of the file (line {last:,}). Close the quote"
        )
    if "field larger than field limit" in text:
        return "a field is longer than 131,072 characters: a quote that begins here is probably not closed. Close it"
    if "expected after" in text:
        return (
            f"a quoted field ends in line {last:,}, but more text follows it. Close the quote where the field ends, or "
            'write quotes inside of a field twice ("")'
        )
    return f"is not valid CSV ({text})"
