"""Reading the journal of a run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from pathlib import Path

from aiovonage._problem import Problem
from aiovonage.bulk._errors import JournalError
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._journal.file import (
    SINCE_FORMAT_1,
    entries_of,
    identity_in,
    open_to_read,
    path_of,
    problem_from,
    sqlite_errors,
    status_of,
)
from aiovonage.bulk._outcome import LinkOutcome, Status

_OUTCOMES = """
SELECT number, status, words.word, problem, brand, campaign, reported
FROM numbers JOIN targets ON targets.id = target LEFT JOIN words ON words.id = numbers.word
LEFT JOIN problems USING (number, target)
"""
_OUTCOMES_1 = """
SELECT number, status, NULL, problem, '', '', reported FROM numbers LEFT JOIN problems USING (number)
"""


class Journal:
    """The outcomes in a journal: the complete report of all its runs.

        for outcome in Journal("links.db"):
            print(outcome.number, outcome.status)

    You can read it during the run. Reading does not change the file.

    Args:
        path: The journal file.

    Attributes:
        path: The journal file.
        run: The identity of the run: the job, its target, the origin of the server and the account.

    Raises:
        JournalError: if the file is not a journal, or cannot be read.
    """

    __module__ = "aiovonage.bulk"

    def __init__(self, path: str | Path) -> None:
        self.path: Path = path_of(path)
        if not self.path.exists():
            raise JournalError(f"{self.path}: there is no such journal")
        with sqlite_errors(self.path), closing(open_to_read(self.path)) as database:
            entries = entries_of(database, self.path)
        self.run: dict[str, str] = identity_in(entries)
        self._old = entries["format"] == "1"
        self._wanted: AbstractSet[Status] = wanted(self.run.get("job", ""), entries.get("until", "accepted"))

    def __iter__(self) -> Iterator[LinkOutcome]:
        """Iterate over all outcomes: of valid numbers in numerical order, of duplicates, then of invalid entries."""
        query = _OUTCOMES_1 if self._old else _OUTCOMES
        with sqlite_errors(self.path), closing(open_to_read(self.path)) as database:
            for row in database.execute(f"{query} WHERE status > 0 ORDER BY number"):
                yield self._outcome(row)
            for row in database.execute(f"{query} WHERE reported > 0 ORDER BY number"):
                brand, campaign = self._target(row[4], row[5])
                repeated = LinkOutcome(str(row[0]), Status.DUPLICATE, brand_id=brand, campaign_id=campaign)
                yield from [repeated] * row[6]
            yield from self._invalid(database)

    def outcomes_of(
        self, numbers: Sequence[int], brand_id: str | None = None, campaign_id: str | None = None
    ) -> dict[int, LinkOutcome]:
        """Return the outcomes of some numbers.

        Args:
            numbers: The numbers, in E.164 without the plus.
            brand_id: The brand; None for a journal of one campaign or engagement.
            campaign_id: The campaign; None for a journal of one campaign or engagement.

        Returns:
            The outcome of each number that has one.
        """
        query = f"{_OUTCOMES_1 if self._old else _OUTCOMES} WHERE status > 0 "
        query += "AND number IN (SELECT value FROM json_each(?))"
        arguments = [json.dumps(list(numbers))]
        if not self._old and brand_id is not None and campaign_id is not None:
            query += " AND brand = ? AND campaign = ?"
            arguments += [brand_id, campaign_id]
        with sqlite_errors(self.path), closing(open_to_read(self.path)) as database:
            return {row[0]: self._outcome(row) for row in database.execute(query, arguments)}

    def _invalid(self, database: sqlite3.Connection) -> Iterator[LinkOutcome]:
        query = "SELECT given, reported, NULL, '', '' FROM invalid ORDER BY given"
        if not self._old:
            query = (
                "SELECT given, reported, reason, brand, campaign FROM invalid JOIN targets ON id = target "
                "ORDER BY given"
            )
        for given, reported, reason, brand, campaign in database.execute(query):
            problem = Problem(title=reason) if reason else None
            brand_id, campaign_id = self._target(brand, campaign)
            outcome = LinkOutcome(given, Status.INVALID, problem, brand_id=brand_id, campaign_id=campaign_id)
            yield from [outcome] * (1 + reported)

    def _outcome(self, row: tuple[int, int, str | None, str | None, str, str, int]) -> LinkOutcome:
        number, code, word, problem, brand, campaign, _ = row
        status = status_of(SINCE_FORMAT_1.get(code, code) if self._old else code, self.path)
        brand_id, campaign_id = self._target(brand, campaign)
        outcome = LinkOutcome(
            str(number),
            status,
            problem_from(problem),
            carrier_status=word,
            brand_id=brand_id,
            campaign_id=campaign_id,
        )
        return outcome.judged(self._wanted)

    def _target(self, brand: str, campaign: str) -> tuple[str | None, str | None]:
        return brand or self.run.get("brand"), campaign or self.run.get("campaign")
