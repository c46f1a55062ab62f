"""Keeps the rows of a pipe on disk until the report is written."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator

from aiovonage.cli.files.understanding import Row


class Spool:
    """Rows in a temporary file, which only this process can access and which disappears with it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - open as long as the run

    def add(self, row: Row) -> None:
        """Keep a row."""
        self._file.write(json.dumps(row, default=str) + "\n")

    def __iter__(self) -> Iterator[Row]:
        self._file.flush()
        self._file.seek(0)
        for line in self._file:
            number, given, cells, *target = json.loads(line)
            yield Row(number, given, tuple(cells), *target)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
