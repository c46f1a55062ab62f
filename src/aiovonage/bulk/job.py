"""What a run does with the numbers that it has taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiovonage.bulk.breaker import Breaker
from aiovonage.bulk.journal import Claimed
from aiovonage.bulk.outcome import LinkOutcome


class Job(Protocol):
    """A job over numbers.

    Attributes:
        run: What the run is, for its journal: the job and its target.
        batch: How many numbers are done at once.
    """

    run: dict[str, str]
    batch: int

    async def process(self, claimed: Sequence[Claimed], breaker: Breaker) -> list[LinkOutcome]:
        """Do some numbers, and say what became of each.

        Args:
            claimed: The numbers. Those whose claim is `SETTLE` may have been sent by an earlier run.
            breaker: Says when a request that failed may be sent again.

        Raises:
            VonageError: when the run cannot go on. Then none of the numbers has an outcome.
        """
        ...
