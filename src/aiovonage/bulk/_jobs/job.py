"""What a run does with the numbers that it has taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from aiovonage.bulk._follow.rules import FollowRule
from aiovonage.bulk._ledger import Ledger
from aiovonage.bulk._outcome import Status
from aiovonage.bulk._targets import Target
from aiovonage.bulk._work import Entry, Step

T = TypeVar("T")


class Desk(Protocol):
    """What a run lends to its job."""

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer of the API.

        Raises:
            RunStopped: when the server is out, or is not the API.
            APIError: what the API refuses.
        """
        ...

    async def retry(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Ask, and ask again a few times, without waiting for other tasks of the run.

        Raises:
            VonageError: what the last attempt has failed of.
        """
        ...

    def forget(self, count: int) -> None:
        """So many numbers that were taken need no outcome any more."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Where the state of the numbers stands."""
        ...


class Job(Protocol):
    """A job over numbers.

    Attributes:
        run: What the run is, for its journal: the job and its target.
        batch: How many numbers are sent at once.
        until: How far accepted numbers are followed: `accepted` or `approved`.
        wanted: The statuses of a number that is where it should be.
        asks_alone: Whether numbers can be asked about one by one, and not by a list only.
        follows: Whether any of its numbers are followed after the API has accepted them.
    """

    run: Mapping[str, str]
    batch: int
    until: str
    wanted: AbstractSet[Status]
    asks_alone: bool
    follows: bool

    def attach(self, desk: Desk) -> None:
        """The run begins."""
        ...

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        """Do some numbers of one target.

        Args:
            entries: The numbers.
            now: The event loop's time.

        Raises:
            TransportError, ServerError, DecodeError, PaginationError: nothing is known about any of them.
            RateLimited: none was sent.
            VonageError: the run cannot go on.
        """
        ...

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        """Ask the API what became of numbers of one target that may have been sent; raises as `send`."""
        ...

    def checks_together(self, target: Target, count: int) -> bool:
        """Whether so many numbers of a target are asked about with one list."""
        ...

    def follow(self, target: Target) -> FollowRule | None:
        """How the numbers of a target are followed that the API has accepted; None where that is all that is asked."""
        ...

    def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        """Numbers that are done after those of the input."""
        ...
