"""Stops a run whose numbers are all refused for the same reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiovonage.bulk._errors import RunStopped
from aiovonage.bulk._outcome import Status

if TYPE_CHECKING:
    from aiovonage.bulk._outcome import LinkOutcome


class Refusals:
    """Counts identical consecutive refusals.

    Args:
        most: The count that ends the run; None for no limit.

    Attributes:
        in_a_row: The current count.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._kind: tuple[str | None, str | None] | None = None
        self.in_a_row: int = 0

    def count(self, outcome: LinkOutcome) -> RunStopped | None:
        """Count the outcome of a sent number. Returns an error if there were too many refusals."""
        problem = outcome.problem
        if outcome.status != Status.REJECTED or outcome.carrier_status is not None or problem is None:
            self._kind, self.in_a_row = None, 0
            return None
        kind = problem.code, problem.title
        self.in_a_row = self.in_a_row + 1 if kind == self._kind else 1
        self._kind = kind
        if self._most is None or self.in_a_row < self._most:
            return None
        words = ": ".join(text for text in (problem.title, problem.detail) if text) or str(problem.code)
        return RunStopped(
            f"{self.in_a_row} numbers in a row were refused for the same reason ({words}). The others are pending: "
            "remove the cause and make the same call again, with retry={'rejected'} for the refused ones (max_refusals "
            "sets the limit)"
        )
