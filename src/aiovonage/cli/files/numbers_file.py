"""The numbers of a file: what the file is understood to be, and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from aiovonage.cli.files.csv_table import DELIMITERS, SAMPLE_LINES, CsvTable
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.json_entries import Entry, json_array, json_lines, members
from aiovonage.cli.files.kinds import ZIP, refuse_other_kinds
from aiovonage.cli.files.layout import Layout, NoColumn, TableRow, find_layout, is_blank, is_number
from aiovonage.cli.files.names import BRAND, CAMPAIGN, COUNTRY, NUMBER, simple_name
from aiovonage.cli.files.options import ReadingOptions
from aiovonage.cli.files.source import Source, can_be_read_again, opened
from aiovonage.cli.files.text import Text
from aiovonage.cli.files.totals import is_total, may_be_total
from aiovonage.cli.files.workbook import Workbook

JSON_LINES = frozenset({".jsonl", ".ndjson"})
"""How the name of a file ends that is JSON Lines."""


@attrs.define(kw_only=True)
class Understanding:
    """What a file was taken to be.

    Attributes:
        form: Its form, for people: `CSV`, `JSON Lines`, `JSON`, `Excel`.
        words: What was found out, for people, without the form.
        header: The names of its columns; empty where they have none.
        number_name: The name of the column of numbers; empty where it has none.
        number_place: The place of that column, from 0; None where an entry is nothing but a number.
        has_brand, has_campaign: Whether there are such columns.
        target_places: The places of these columns.
        widest: How many cells the longest row so far has.
    """

    form: str
    words: list[str] = attrs.field(factory=list)
    header: tuple[str, ...] = ()
    number_name: str = ""
    number_place: int | None = None
    has_brand: bool = False
    has_campaign: bool = False
    target_places: frozenset[int] = frozenset()
    widest: int = 0

    def __str__(self) -> str:
        return ", ".join([self.form, *self.words])


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        line: The line where it begins, counted from 1.
        given: What stands where the number is expected.
        cells: The whole row, in the order of the header.
        brand_id, campaign_id, country: What the row says of its target; None where the file has no such column.
    """

    line: int
    given: object
    cells: tuple[object, ...] = ()
    brand_id: str | None = None
    campaign_id: str | None = None
    country: str | None = None


class NumbersFile:
    """The rows of a file or of standard input, read lazily.

    `check` reads a file on the disk to its end, so that a mistake in its last line is found before anything is sent. A
    pipe can be read once only.

    Args:
        path: The file; `-` for standard input.
        options: What the user says of it.
        country: The country of the numbers, as `parse_number` takes it.

    Attributes:
        understanding: What the file was taken to be; known once reading has begun.
        rows: How many rows of numbers it has; None as long as it was not read to its end.
        left_out: The lines of rows that sum up the others, and are no entries.

    Raises:
        FileError: for a file that cannot be read.
    """

    def __init__(self, path: str, options: ReadingOptions | None = None, *, country: str | None = "US") -> None:
        self.path = path
        self.understanding: Understanding | None = None
        self.rows: int | None = None
        self.left_out: list[int] = []
        self._options = options or ReadingOptions()
        self._country = country
        self._suffixes = [suffix.lower() for suffix in Path(path).suffixes]
        self.can_be_read_again: bool = can_be_read_again(path)

    def check(self) -> None:
        """Read a file on the disk to its end.

        Raises:
            FileError: for a file that cannot be read.
        """
        if self.can_be_read_again:
            for _ in self:
                pass

    def __iter__(self) -> Iterator[Row]:
        self.left_out = []
        count = 0
        with opened(self.path) as source:
            refuse_other_kinds(self.path, source.head)
            for row in self._read(source):
                count += 1
                yield row
        self.rows = count

    def _read(self, source: Source) -> Iterator[Row]:
        suffix = self._suffix()
        if source.head.startswith(ZIP) or suffix in {".xlsx", ".xlsm"}:
            yield from self._of_workbook(source)
            return
        if suffix in {".xls", ".pdf", ".ods", ".numbers"}:
            raise FileError(
                self.path, f"its name ends in {suffix}, but it is not such a file. Save it as .xlsx or .csv"
            )
        text = Text(self.path, source, self._options.encoding)
        lines = iter(text)
        first: list[str] = []
        for line in lines:
            first.append(line)
            if line.strip("\ufeff \t\r\n"):
                break
        begins = first[-1].strip("\ufeff \t\r\n")[:1] if first else ""
        everything = chain(first, lines)
        if suffix in {".csv", ".tsv"} or (begins not in {"{", "["} and suffix not in {*JSON_LINES, ".json"}):
            yield from self._of_csv(text, everything, source)
        elif begins == "[" or (begins == "{" and suffix not in JSON_LINES and not _is_value(first[-1])):
            yield from self._of_json("JSON", text, json_array(self.path, everything), source)
        else:
            yield from self._of_json("JSON Lines", text, json_lines(self.path, everything), source)

    def _suffix(self) -> str:
        suffixes = [suffix for suffix in self._suffixes if suffix != ".gz"]
        return suffixes[-1] if suffixes else ""

    def _of_csv(self, text: Text, lines: Iterable[str], source: Source) -> Iterator[Row]:
        table = CsvTable(self.path, lines, self._options, self._country, is_stream=not self.can_be_read_again)
        words = []
        if len(table.layout.header or ()) > 1 or table.delimiter != ",":
            words.append(DELIMITERS.get(table.delimiter, f"delimiter {table.delimiter!r}"))
        if table.has_sep_line:
            words.append("sep= in line 1")
        words += self._unpacked(source, text)
        yield from self._rows_of(table, table.layout, Understanding(form="CSV", words=words))

    def _of_workbook(self, source: Source) -> Iterator[Row]:
        book = Workbook(self.path, source.stream, self._options.sheet)
        rows = iter(book)
        sample = [row for row, _ in zip(rows, range(SAMPLE_LINES), strict=False)]
        try:
            layout = find_layout(sample, self._options, self._country)
        except NoColumn as problem:
            raise FileError(self.path, str(problem)) from None
        words = [f"sheet {book.sheet!r}" + (f" of {len(book.sheets)}" if len(book.sheets) > 1 else "")]
        below = (row for row in chain(sample, rows) if row[0] > layout.header_line)
        yield from self._rows_of(below, layout, Understanding(form="Excel", words=words))

    def _unpacked(self, source: Source, text: Text) -> list[str]:
        return (["unpacked by gzip"] if source.compressed else []) + [text.words]

    def _rows_of(self, table: Iterable[TableRow], layout: Layout, found: Understanding) -> Iterator[Row]:
        """The rows of a table, without those that are blank, and without the totals at its end."""
        if layout.header is not None:
            found.header = layout.header
            found.number_name = layout.header[layout.number]
            how = f" ({layout.guess})" if layout.guess else ""
            found.words += [f"column {found.number_name!r}{how}", f"header in line {layout.header_line}"]
        else:
            found.words += [*([layout.guess] if layout.guess else []), "no header"]
        found.has_brand, found.has_campaign = layout.brand is not None, layout.campaign is not None
        found.number_place = layout.number
        found.target_places = frozenset(place for place in (layout.brand, layout.campaign) if place is not None)
        self.understanding = found
        held: list[Row] = []
        number, brand, campaign, country = layout.number, layout.brand, layout.campaign, layout.country
        for line, cells in table:
            given = cells[number] if number < len(cells) else ""
            if (given is None or (isinstance(given, str) and not given.strip())) and is_blank(cells):
                continue
            if len(cells) > found.widest:  # noqa: PLR1730 - for each row of a large file
                found.widest = len(cells)
            row = Row(
                line,
                given,
                tuple(cells),
                _text_at(cells, brand) if brand is not None else None,
                _text_at(cells, campaign) if campaign is not None else None,
                _text_at(cells, country) if country is not None else None,
            )
            if (may_be_total(cells) and self._is_total(row)) or (held and self._is_below_a_total(row)):
                held.append(row)
                continue
            if held:
                yield from held
                held = []
            yield row
        self.left_out = [row.line for row in held]

    def _is_below_a_total(self, row: Row) -> bool:
        """Whether a row after a total has nothing like a number, as the figure below the word."""
        return sum(char.isdigit() for char in str(row.given)) < 7 and not is_number(row.given, self._country)

    def _is_total(self, row: Row) -> bool:
        return is_total(row.cells, valid=is_number(row.given, self._country))

    def _of_json(self, form: str, text: Text, entries: Iterator[Entry], source: Source) -> Iterator[Row]:
        first = next(entries, None)
        if first is None:
            raise FileError(self.path, "it is empty: it needs entries with phone numbers")
        line, entry = first
        wrapped = _wrapped_list(entry)
        words = self._unpacked(source, text)
        everything: Iterable[Entry] = chain([first], entries)
        if wrapped is not None:
            name, items = wrapped
            words.append(f"the list {name!r}")
            everything = ((line, item) for item in items)
            entry = items[0] if items else None
        if self._options.delimiter is not None:
            raise FileError(self.path, "it is JSON, which has no delimiter. Leave --delimiter out")
        found = Understanding(form=form, words=words)
        known = _Members(self.path, self._options.column, self._country)
        self.understanding = found
        for line, entry in everything:
            yield known.row(line, entry, found)


class _Members:
    """The members of JSON objects: which one holds the number, and which ones the target."""

    def __init__(self, path: str, column: str | None, country: str | None) -> None:
        self._path = path
        self._column = column
        self._country = country
        self._name: str | None = None
        self._others: dict[frozenset[str], str | None] = {}

    def row(self, line: int, entry: Any, found: Understanding) -> Row:
        given = members(entry)
        if given is None:
            if isinstance(entry, list):
                raise FileError(
                    self._path, "an entry is a list. An entry is a number, or an object with one", line=line
                )
            return Row(line, entry, (entry,))
        if self._name is None:
            self._name = self._number_name(given, line)
            found.number_name = self._name
            found.header = tuple(given)
            found.words.append(f"member {self._name!r}")
            for names in (BRAND, CAMPAIGN, COUNTRY):
                self._others[names] = next((name for name in given if simple_name(name) in names), None)
            found.has_brand = self._others[BRAND] is not None
            found.has_campaign = self._others[CAMPAIGN] is not None
            found.number_place = found.header.index(self._name)
            targets = (self._others[BRAND], self._others[CAMPAIGN])
            found.target_places = frozenset(found.header.index(name) for name in targets if name is not None)
        name = self._name
        if name not in given:  # another spelling
            name = next((other for other in given if simple_name(other) == simple_name(name)), name)
        cells = tuple(given.get(column) for column in found.header)
        brand, campaign, country = (self._text(given, names) for names in (BRAND, CAMPAIGN, COUNTRY))
        return Row(line, given.get(name), cells, brand, campaign, country)

    def _text(self, given: Any, names: frozenset[str]) -> str | None:
        name = self._others.get(names)
        return None if name is None else str(given.get(name) or "").strip()

    def _number_name(self, given: Any, line: int) -> str:
        wanted = {simple_name(self._column)} if self._column is not None else NUMBER
        if self._column in given:
            return str(self._column)
        names = [name for name in given if simple_name(name) in wanted]
        if len(names) > 1:
            names = [name for name in names if is_number(given[name], self._country)] or names
        if len(names) == 1:
            return str(names[0])
        has = ", ".join(map(str, given)) or "no members"
        if names:
            problem = f"the members {', '.join(names)} may all hold the number"
        elif self._column is not None:
            problem = f"there is no member {self._column!r}; it has: {has}"
        else:
            problem = f"no member has a usual name, as number or phone; it has: {has}"
        raise FileError(self._path, f"{problem}. Say which one with --column", line=line)


def _text_at(cells: list[object], place: int) -> str:
    cell = cells[place] if place < len(cells) else None
    return str(cell).strip() if cell is not None else ""


def _is_value(line: str) -> bool:
    """Whether a line is a whole JSON value."""
    try:
        next(json_lines("", [line]), None)
    except FileError:
        return False
    return True


def _wrapped_list(entry: Any) -> tuple[str, list[Any]] | None:
    """The one list of an object that holds nothing but it and some facts: `{"numbers": [...], "count": 3}`."""
    given = members(entry)
    if given is None or any(simple_name(name) in NUMBER and not isinstance(given[name], list) for name in given):
        return None
    lists = [(name, value) for name, value in given.items() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None
