"""Adding numbers to an engagement, and removing them: batches that may succeed in part."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from aiovonage.api.messaging_engagement.models import AddNumbers, RemoveNumbers
from aiovonage.bulk.identity import engagement_run
from aiovonage.bulk.journal import Claim, Claimed
from aiovonage.bulk.outcome import LinkOutcome, Status, failure_outcome
from aiovonage.bulk.paged_list import PagedList
from aiovonage.bulk.persistence import stops_the_run, until_answered
from aiovonage.core.errors import APIError, VonageError
from aiovonage.core.problem import Problem

if TYPE_CHECKING:
    from aiovonage.api.messaging_engagement.endpoints import Engagements
    from aiovonage.bulk.breaker import Breaker
    from aiovonage.core.partial import PartialResult

Action = Literal["add", "remove"]

LIST_PAGE_SIZE = 500
"""How many numbers are asked for at a time when a batch is settled."""

_DONE = {"add": Status.ADDED, "remove": Status.REMOVED}
_NOT_DONE = {
    "add": Problem(title="The answer does not mention it, and the engagement does not list it"),
    "remove": Problem(title="The answer does not mention it, and the engagement still lists it"),
}


@attrs.define
class _Batch:
    """Numbers that go together.

    Attributes:
        open: Those without an outcome.
        outcomes: What became of the others.
        answered: Whether it was sent, and answered with what does not speak of all of them.
    """

    open: list[str]
    outcomes: list[LinkOutcome] = attrs.field(factory=list)
    answered: bool = False

    def close(self, outcomes: Collection[LinkOutcome]) -> None:
        """Take outcomes."""
        closed = {outcome.number for outcome in outcomes}
        self.outcomes += outcomes
        self.open = [number for number in self.open if number not in closed]


class EngagementJob:
    """Adds numbers to an engagement, or removes them, a batch at a time.

    What an answer does not mention, and every batch whose answer was lost, is settled by listing the engagement's
    numbers. A batch that is refused as a whole is halved until the number that spoils it is found.

    Args:
        api: Sends the batches, each once: the job looks before it sends again.
        lists: Lists the engagement's numbers, with retries.
        engagement_id: The engagement.
        action: Whether to add or to remove.
        batch: How many numbers a request holds at most.
    """

    def __init__(self, api: Engagements, lists: Engagements, engagement_id: str, action: Action, batch: int) -> None:
        self._api = api
        self._lists = lists
        self._engagement_id = engagement_id
        self._action = action
        self.batch = batch
        self._list = PagedList(shrinks=action == "remove")
        self.run: dict[str, str] = engagement_run(f"{action}_numbers", engagement_id)

    async def process(self, claimed: Sequence[Claimed], breaker: Breaker) -> list[LinkOutcome]:
        """Do a batch."""
        maybe_sent = any(entry.claim is Claim.SETTLE for entry in claimed)
        return await self._process([str(entry.number) for entry in claimed], breaker, maybe_sent=maybe_sent)

    async def _process(self, numbers: list[str], breaker: Breaker, *, maybe_sent: bool) -> list[LinkOutcome]:
        batch = _Batch(numbers)
        try:
            failure = await until_answered(
                lambda maybe_sent: self._attempt(batch, breaker, maybe_sent=maybe_sent),
                lambda: self._look(batch),
                breaker,
                maybe_sent=maybe_sent,
            )
        except APIError as refusal:
            if stops_the_run(refusal, self._engagement_id):
                raise
            return batch.outcomes + await self._refused(batch.open, refusal, breaker)
        if isinstance(failure, VonageError):
            batch.close([failure_outcome(number, failure) for number in batch.open])
        return batch.outcomes

    async def _attempt(self, batch: _Batch, breaker: Breaker, *, maybe_sent: bool) -> None:
        """Send what is open, after a look at what is done already."""
        if maybe_sent or batch.answered:
            await self._look(batch)
            breaker.answered()
        if not batch.open:
            return
        async with self._list.changing():
            result = await self._send(batch.open)
        batch.answered = True
        if result is not None and isinstance(result.body, dict | list):  # without JSON it speaks of no number
            batch.close([LinkOutcome(failed.item, Status.REJECTED, failed.problem) for failed in result.failed])
            batch.close(self._done(result.succeeded))
        if batch.open:
            await self._look(batch)
            problem = _NOT_DONE[self._action]
            batch.close([LinkOutcome(number, Status.FAILED, problem) for number in batch.open])

    async def _look(self, batch: _Batch) -> None:
        """Close what the engagement's own list says to be done."""
        async with self._list.still():
            batch.close(self._done(await self._settled(batch.open)))

    async def _send(self, numbers: list[str]) -> PartialResult | None:
        """Send; None for an answer without a body (204), which speaks of no number."""
        if self._action == "add":
            return await self._api.add_numbers(self._engagement_id, AddNumbers(numbers=numbers))
        return await self._api.remove_numbers(self._engagement_id, RemoveNumbers(numbers=numbers))

    async def _refused(self, numbers: list[str], refusal: APIError, breaker: Breaker) -> list[LinkOutcome]:
        """The outcomes of a batch that was refused as a whole."""
        if len(numbers) <= 1:
            return [LinkOutcome(number, Status.REJECTED, refusal.problem) for number in numbers]
        middle = len(numbers) // 2
        first = await self._process(numbers[:middle], breaker, maybe_sent=False)
        return first + await self._process(numbers[middle:], breaker, maybe_sent=False)

    async def _settled(self, numbers: Collection[str]) -> Collection[str]:
        """Those of the numbers that are where they should be, by the engagement's own list."""
        wanted = set(numbers)
        listed: set[str] = set()
        async for number in self._lists.list_numbers(self._engagement_id, page_size=LIST_PAGE_SIZE):
            if number in wanted:
                listed.add(number)
                if listed == wanted:
                    break
        return listed if self._action == "add" else wanted - listed

    def _done(self, numbers: Collection[str]) -> list[LinkOutcome]:
        return [LinkOutcome(number, _DONE[self._action]) for number in numbers]
