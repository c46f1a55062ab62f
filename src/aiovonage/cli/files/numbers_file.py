"""The rows of a file of numbers, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from aiovonage.cli.files.csv_table import DELIMITERS, SAMPLE_LINES, CsvTable
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.json_entries import Entry, json_array, json_lines
from aiovonage.cli.files.json_rows import JsonRows, is_json_value, wrapped_list
from aiovonage.cli.files.kinds import ZIP, refuse_other_kinds
from aiovonage.cli.files.layout import Layout, NoColumn, TableRow, find_layout, is_blank, is_number
from aiovonage.cli.files.options import ReadingOptions
from aiovonage.cli.files.source import Source, can_be_read_again, opened
from aiovonage.cli.files.text import Text
from aiovonage.cli.files.totals import is_total, may_be_total
from aiovonage.cli.files.understanding import Row, Understanding
from aiovonage.cli.files.workbook import Workbook

JSON_LINES = frozenset({".jsonl", ".ndjson"})
"""The suffixes of JSON Lines files."""


class NumbersFile:
    """The rows of a file or of standard input, read lazily.

    `check` reads a file on disk to its end, so that a mistake in its last line is found before anything is sent. A pipe
    can be read only once.

    Args:
        path: The file; `-` for standard input.
        options: How the user says it is to be read.
        country: The country of the numbers, as `parse_number` takes it.

    Attributes:
        understanding: How the file is understood; None until reading has begun.
        rows: The number of rows with numbers; None until the file was read to its end.
        left_out: The lines of totals, which are not entries.

    Raises:
        FileError: if the file cannot be read.
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
        """Read a file on disk to its end.

        Raises:
            FileError: if it cannot be read.
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
        elif begins == "[" or (begins == "{" and suffix not in JSON_LINES and not is_json_value(first[-1])):
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
        """The rows of a table, without blank rows and without the totals at its end."""
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
            digits = isinstance(given, str) and given.isdecimal()  # true of most rows, which skip the checks then
            if not digits and (given is None or (isinstance(given, str) and not given.strip())) and is_blank(cells):
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
            only_digits = digits and len(cells) == 1
            if (not only_digits and may_be_total(cells) and self._is_total(row)) or (
                held and self._is_below_a_total(row)
            ):
                held.append(row)
                continue
            if held:
                yield from held
                held = []
            yield row
        self.left_out = [row.line for row in held]

    def _is_below_a_total(self, row: Row) -> bool:
        """Whether a row after a total is part of it, such as the figure below the word: it has nothing like a
        number.
        """
        return sum(char.isdigit() for char in str(row.given)) < 7 and not is_number(row.given, self._country)

    def _is_total(self, row: Row) -> bool:
        return is_total(row.cells, valid=is_number(row.given, self._country))

    def _of_json(self, form: str, text: Text, entries: Iterator[Entry], source: Source) -> Iterator[Row]:
        first = next(entries, None)
        if first is None:
            raise FileError(self.path, "it is empty: it needs entries with phone numbers")
        line, entry = first
        wrapped = wrapped_list(entry)
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
        known = JsonRows(self.path, self._options.column, self._country)
        self.understanding = found
        for line, entry in everything:
            yield known.row(line, entry, found)


def _text_at(cells: list[object], place: int) -> str:
    cell = cells[place] if place < len(cells) else None
    return str(cell).strip() if cell is not None else ""
