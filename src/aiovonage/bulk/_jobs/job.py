"""The interface between a run and its job."""

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
    """The services that a run provides to its job."""

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call `attempt` until the API responds.

        Raises:
            RunStopped: when the server is down, or is not the API.
            APIError: when the API refuses the request.
        """
        ...

    async def retry(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call `attempt` and retry it a few times, without waiting for other tasks of the run.

        Raises:
            VonageError: the error of the last attempt.
        """
        ...

    def forget(self, count: int) -> None:
        """Note that `count` claimed numbers no longer need an outcome."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Stores the state of the numbers."""
        ...


class Job(Protocol):
    """A job over numbers.

    Attributes:
        run: The identity of the run, for its journal: the job and its target.
        batch: The most numbers that are sent together.
        until: How far accepted numbers are followed: `accepted` or `approved`.
        wanted: The statuses that count as success.
        asks_alone: Whether numbers can be checked one by one, and not only with a list.
        follows: Whether any of its numbers are followed after the API has accepted them.
    """

    run: Mapping[str, str]
    batch: int
    until: str
    wanted: AbstractSet[Status]
    asks_alone: bool
    follows: bool

    def attach(self, desk: Desk) -> None:
        """Connect the job to its run. Called once, when the run begins."""
        ...

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        """Process some numbers of one target.

        Args:
            entries: The numbers.
            now: The event loop's time.

        Raises:
            TransportError, ServerError, DecodeError, PaginationError: when the state of all of them is unknown.
            RateLimited: when none of them was sent.
            VonageError: when the run cannot continue.
        """
        ...

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        """Check the state of numbers of one target that may have been sent. Raises the same errors as `send`."""
        ...

    def checks_together(self, target: Target, count: int) -> bool:
        """Whether `count` numbers of a target are checked with one list."""
        ...

    def follow(self, target: Target) -> FollowRule | None:
        """Return the rule for following accepted numbers of a target; None if they are not followed."""
        ...

    def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        """Yield numbers to process after those of the input."""
        ...
