"""Numbers from a CSV or JSON Lines file, or from standard input."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

import click

from aiovonage.bulk.numbers import parse_number
from aiovonage.cli.text_input import JSON_LINES, text_input

COLUMNS = ("number", "msisdn", "phone", "phone_number")
"""The names of a column of numbers that are known without `--column`."""


class NumbersFile:
    """The numbers of a file, read lazily.

    A name that ends in `.jsonl` or `.ndjson` is JSON Lines, one that ends in `.csv` is CSV; standard input and other
    names are JSON Lines when they begin with a brace, and else CSV. A CSV has a header, or is a list of numbers, one to
    a line.

    Args:
        path: The file; `-` for standard input.
        column: The column or member that holds the numbers. Default: the one with a usual name, or the only one.

    Raises:
        click.UsageError: for a file that cannot be read, or without the column.
    """

    def __init__(self, path: str, column: str | None = None) -> None:
        self.path = path
        self._column = column
        self._suffix = Path(path).suffix.lower()
        self._once = path == "-" or (Path(path).exists() and not Path(path).is_file())  # a pipe cannot be read twice
        if not self._once:
            with text_input(self.path) as file:
                next(self._entries(file), None)  # a missing column is found before anything is sent

    def __iter__(self) -> Iterator[object]:
        with text_input(self.path) as file:
            yield from self._entries(file)

    def count(self) -> int | None:
        """How many numbers the file holds; None for what can be read only once, as standard input."""
        return None if self._once else sum(1 for _ in self)

    def _entries(self, file: TextIO) -> Iterator[object]:
        if self._suffix in JSON_LINES:
            return self._json_lines(file)
        if self._suffix == ".csv":
            return self._csv(file)
        first = file.readline()
        lines = chain([first], file)
        return self._json_lines(lines) if first.lstrip().startswith("{") else self._csv(lines)

    def _csv(self, lines: Iterable[str]) -> Iterator[str]:
        rows = csv.reader(lines)
        try:
            header = [name.strip() for name in next(rows, [])]
            if not header:
                raise click.UsageError(f"{self.path} is empty: it needs a header line with the column of the numbers")
            if self._column is None and len(header) == 1 and isinstance(parse_number(header[0], "US"), int):
                yield header[0]  # a list of numbers, which has no header
                index = 0
            else:
                index = self._index(header)
            for row in rows:
                if row:
                    yield row[index].strip() if index < len(row) else ""
        except csv.Error as error:
            raise click.UsageError(f"{self.path}, line {rows.line_num}: no CSV ({error})") from None

    def _index(self, header: list[str]) -> int:
        if self._column is not None:
            if self._column not in header:
                raise click.UsageError(f"{self.path} has no column {self._column!r}; it has: {', '.join(header)}")
            return header.index(self._column)
        usual = [index for index, name in enumerate(header) if name.lower() in COLUMNS]
        if len(header) == 1 and not usual and not any(char.isdigit() for char in header[0]):
            return 0
        if len(usual) != 1:
            raise click.UsageError(
                f"{self.path} has no column {' or '.join(COLUMNS)}; it has: {', '.join(header)}. "
                "Say which one with --column"
            )
        return usual[0]

    def _json_lines(self, lines: Iterable[str]) -> Iterator[object]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line)
            except json.JSONDecodeError as error:
                raise click.UsageError(f"{self.path}, line {number}: no JSON ({error.msg})") from None
            if not isinstance(entry, dict):
                yield entry
                continue
            names = [self._column] if self._column is not None else [name for name in COLUMNS if name in entry]
            if not names or names[0] not in entry:
                wanted = self._column or " or ".join(COLUMNS)
                raise click.UsageError(f"{self.path}, line {number}: no member {wanted}. Say which one with --column")
            yield entry[names[0]]
