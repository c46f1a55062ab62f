"""Outcomes to a CSV or JSON Lines file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import attrs

from aiovonage.bulk import LinkOutcome
from aiovonage.cli.text_input import JSON_LINES

FIELDS = ("number", "status", "code", "title", "detail")


class Report:
    """Writes outcomes as they come.

    Args:
        path: The file. A name that ends in `.jsonl` or `.ndjson` is JSON Lines, anything else CSV.
    """

    def __init__(self, path: Path) -> None:
        self._json = path.suffix.lower() in JSON_LINES
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)
        if not self._json:
            self._csv.writerow(FIELDS)

    def write(self, outcome: LinkOutcome) -> None:
        """One outcome."""
        problem = outcome.problem
        if self._json:
            entry = {
                "number": outcome.number,
                "status": outcome.status,
                "problem": attrs.asdict(problem) if problem else None,
            }
            self._file.write(json.dumps(entry) + "\n")
        else:
            said = (problem.code, problem.title, problem.detail) if problem else (None, None, None)
            self._csv.writerow([outcome.number, outcome.status, *(text or "" for text in said)])

    def write_all(self, outcomes: Iterable[LinkOutcome]) -> None:
        """Many outcomes."""
        for outcome in outcomes:
            self.write(outcome)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
