"""The columns of a report."""

from __future__ import annotations

from typing import Any

from aiovonage.bulk import LinkOutcome
from aiovonage.bulk._targets import Target
from aiovonage.cli.files.understanding import Row, Understanding

OWN = ("line", "given", "number", "brand_id", "campaign_id", "status", "carrier_status", "code", "reason")
"""The columns of a report besides those of the input."""

CAMPAIGN = ("brand_id", "campaign_id", "carrier_status")
"""The columns that only jobs over campaigns have."""


class Columns:
    """The columns of the report of one input.

    Attributes:
        names: Their names: the line, the columns of the input other than the number, and the outcome.
    """

    def __init__(self, found: Understanding | None, *, campaign: bool) -> None:
        header = found.header if found is not None else ()
        number = found.number_place if found is not None else None
        targets = found.target_places if found is not None else frozenset()
        self._others: dict[int, str] = {}
        own = [name for name in OWN if campaign or name not in CAMPAIGN]
        taken = set(own)
        width = max(len(header), found.widest) if found is not None else 0
        for place in range(width):
            if place == number or (campaign and place in targets):
                continue
            unique = (header[place] if place < len(header) else "") or f"column {place + 1}"
            if unique in taken:
                unique = f"{unique} (input)"
            while unique in taken:
                unique += "'"
            taken.add(unique)
            self._others[place] = unique
        self.names: list[str] = ["line", *self._others.values(), *own[1:]]
        self._campaign = campaign

    def row(self, row: Row, number: int | None, target: Target | None, status: str, reason: str = "") -> dict[str, Any]:
        """A row that was not sent."""
        said: dict[str, Any] = {"line": row.line}
        for place, name in self._others.items():
            said[name] = row.cells[place] if place < len(row.cells) else None
        said["given"] = row.given
        said["number"] = str(number) if number is not None else ""
        if self._campaign:
            said["brand_id"] = target.brand_id if target is not None else row.brand_id
            said["campaign_id"] = target.campaign_id if target is not None else row.campaign_id
            said["carrier_status"] = None
        return said | {"status": status, "code": None, "reason": reason or None}

    def outcome(self, row: Row, number: int, target: Target | None, outcome: LinkOutcome) -> dict[str, Any]:
        """A row with an outcome."""
        said = self.row(row, number, target, str(outcome.status))
        if self._campaign:
            said["carrier_status"] = outcome.carrier_status
        if (problem := outcome.problem) is not None:
            said["code"] = problem.code
            said["reason"] = ": ".join(text for text in (problem.title, problem.detail) if text)
        return said
