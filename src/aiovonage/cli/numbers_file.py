"""Numbers from a CSV or JSON Lines file, or from standard input."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

COLUMNS = ("number", "msisdn", "phone", "phone_number")
"""The names of a column of numbers that are known without `--column`."""


class NumbersFile:
    """The numbers of a file, read lazily.

    Args:
        path: The file; `-` for standard input. A name that ends in `.jsonl` or `.ndjson` is JSON Lines, anything else
            CSV.
        column: The column or member that holds the numbers. Default: the one with a usual name, or the only one.

    Raises:
        click.UsageError: for a file that cannot be read, or without the column.
    """

    def __init__(self, path: str, column: str | None = None) -> None:
        self.path = path
        self._column = column
        self._json = Path(path).suffix.lower() in {".jsonl", ".ndjson"}
        if path != "-":
            with self._open() as file:
                next(self._entries(file), None)  # a missing column is found before anything is sent

    def __iter__(self) -> Iterator[object]:
        with self._open() as file:
            yield from self._entries(file)

    def count(self) -> int | None:
        """How many numbers the file holds; None for standard input."""
        return None if self.path == "-" else sum(1 for _ in self)

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        if self.path == "-":
            yield sys.stdin
            return
        try:
            with Path(self.path).open(encoding="utf-8-sig", newline="") as file:
                yield file
        except OSError as error:
            raise click.UsageError(f"{self.path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise click.UsageError(f"{self.path} is no text in UTF-8") from None

    def _entries(self, file: TextIO) -> Iterator[object]:
        return self._json_lines(file) if self._json else self._csv(file)

    def _csv(self, file: TextIO) -> Iterator[str]:
        rows = csv.reader(file)
        header = [name.strip() for name in next(rows, [])]
        if not header:
            raise click.UsageError(f"{self.path} is empty: it needs a header line with the column of the numbers")
        index = self._index(header)
        for row in rows:
            if row:
                yield row[index].strip() if index < len(row) else ""

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

    def _json_lines(self, file: TextIO) -> Iterator[object]:
        for number, line in enumerate(file, start=1):
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
