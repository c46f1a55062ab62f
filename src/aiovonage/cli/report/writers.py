"""Writes reports as CSV, JSON Lines and Excel."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Protocol

LARGEST_SHEET = 1_048_576
"""The most rows of an Excel sheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The first characters of cells that a spreadsheet evaluates (OWASP, "CSV Injection")."""


class Writer(Protocol):
    """Writes rows of a report."""

    def write(self, row: dict[str, Any]) -> None:
        """Write a row, given as values by column name."""
        ...

    def close(self) -> None:
        """Write everything to the file."""
        ...


def writer_of(path: Path, suffix: str, columns: list[str]) -> Writer:
    """The writer for the suffix of a file."""
    if suffix in {".jsonl", ".ndjson"}:
        return JsonLines(path)
    return Workbook(path, columns) if suffix == ".xlsx" else Csv(path, columns)


class Csv:
    """CSV for spreadsheets. A cell that would be a formula is prefixed with an apostrophe."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._columns = columns
        self._rows.writerow([harmless(name) for name in columns])

    def write(self, row: dict[str, Any]) -> None:
        self._rows.writerow([harmless(row.get(name)) for name in self._columns])

    def close(self) -> None:
        self._file.close()


class JsonLines:
    """JSON Lines, with unchanged values."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        self._file.close()


class Workbook:
    """An Excel workbook. All cells are text, so that numbers keep their digits and nothing is a formula."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        from xlsxwriter import Workbook as Book

        self._book = Book(str(path), {"constant_memory": True})
        self._columns = columns
        self._sheet: Any = None
        self._next = LARGEST_SHEET

    def write(self, row: dict[str, Any]) -> None:
        if self._next >= LARGEST_SHEET:
            self._begin_sheet()
        for place, name in enumerate(self._columns):
            if (value := row.get(name)) is not None and value != "":
                self._sheet.write_string(self._next, place, str(value)[:32_767])
        self._next += 1

    def close(self) -> None:
        if self._sheet is None:
            self._begin_sheet()
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        for place, name in enumerate(self._columns):
            self._sheet.write_string(0, place, name)
        self._next = 1


def harmless(value: object) -> str:
    """A value as text that no spreadsheet evaluates as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
