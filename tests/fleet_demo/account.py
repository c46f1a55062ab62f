"""Whether the file, the journal and the sandbox agree about every number."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs
from rich.table import Table

from aiovonage.jobs import JobOutcome
from aiovonage.sandbox import Sandbox

LINKED = frozenset({"linked", "already_linked"})

CARRIERS_SAID = {"APPROVED": "linked", "LINKED": "linked", "REJECTED": "rejected"}
"""What an outcome must say, by the sandbox's word for a number."""


@attrs.frozen
class Account:
    """The account of every number.

    Attributes:
        rows: The rows of the file.
        outcomes: How many outcomes the journal has, by status.
        without: Rows without an outcome, and outcomes without a row.
        untrue: Outcomes that are not what the sandbox says.
        twice: Numbers that were sent again though the API had carried out the first request.
        unknown: Numbers in the sandbox that the journal does not know.
    """

    rows: int
    outcomes: Counter[str]
    without: int
    untrue: int
    twice: int
    unknown: int

    @property
    def agrees(self) -> bool:
        """Whether all of it agrees."""
        return not (self.without or self.untrue or self.twice or self.unknown)

    def table(self) -> Table:
        """The account, for people."""
        table = Table(title="The account of every number", title_justify="left", show_header=False, box=None)
        table.add_column(justify="right")
        table.add_row(f"{self.rows:,}", "rows in the file")
        for status, count in sorted(self.outcomes.items(), key=lambda pair: -pair[1]):
            table.add_row(f"{count:,}", status.replace("_", " "))
        for count, words in (
            (self.without, "rows without exactly one outcome"),
            (self.untrue, "outcomes that the sandbox contradicts"),
            (self.twice, "numbers sent again though the API had them"),
            (self.unknown, "numbers in the sandbox that no outcome names"),
        ):
            style = "green" if count == 0 else "bold red"
            table.add_row(f"[{style}]{count:,}[/]", words)
        return table


def texts_of(file: Path) -> list[str]:
    """The numbers of the file, as they stand there."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter=";") if len(row) > 3 and row[3]]
    return [row[1] for row in rows[1:]]


def account_of(file: Path, outcomes: Sequence[JobOutcome], sandbox: Sandbox) -> Account:
    """Compare them. The sandbox is asked for nothing: its state is read."""
    texts = texts_of(file)
    given = [outcome.given for outcome in outcomes]
    without = sum(one != other for one, other in zip(texts, given, strict=False)) + abs(len(texts) - len(given))
    state = sandbox.state
    untrue, known = 0, set()
    for outcome in outcomes:
        if outcome.status in {"invalid", "duplicate"}:
            continue
        known.add(outcome.number)
        found = state.numbers.get(outcome.number)
        if found is None or found.campaign_id != outcome.campaign_id:
            untrue += 1
            continue
        said = "linked" if outcome.status in LINKED else str(outcome.status)
        untrue += said != CARRIERS_SAID.get(str(found.status), "accepted")
    return Account(
        rows=len(texts),
        outcomes=Counter(str(outcome.status) for outcome in outcomes),
        without=without,
        untrue=untrue,
        twice=sum(times > 1 for times in state.posts.values()),
        unknown=len(set(state.numbers) - known),
    )
