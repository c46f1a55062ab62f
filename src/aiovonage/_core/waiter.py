"""Waiting until something has reached a state, as the specs describe it (`x-waiter`)."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from aiovonage.errors import InvalidValue, NotFound, RateLimited, ServerError, TransportError, VonageError

if TYPE_CHECKING:
    from aiovonage._core.operation import Operation
    from aiovonage._core.pagination import Page
    from aiovonage._core.session import Session

logger: logging.Logger = logging.getLogger("aiovonage.waiter")

T = TypeVar("T")

PATIENCE = 5
"""How many polls in a row may fail for a reason that passes: no connection, 429 or 5xx."""


class WaiterFailed(VonageError):
    """What was waited for cannot come any more, unless somebody does something about it.

    Attributes:
        waiter: The method, as `ten_dlc.wait_until_campaign_active`.
        state: The state that it is in, in the API's own word.
        answer: The thing itself, as it was last seen; `None` where it was not seen.
    """

    __module__ = "aiovonage"

    def __init__(self, message: str, *, waiter: str, state: object, answer: Any) -> None:
        super().__init__(message)
        self.waiter = waiter
        self.state = state
        self.answer = answer


class WaiterTimedOut(WaiterFailed, TimeoutError):
    """What was waited for has not come within `timeout` seconds. It may still come."""

    __module__ = "aiovonage"


@attrs.frozen(kw_only=True)
class _Wanted:
    """What shows that something has reached a state.

    Attributes:
        id: Namespace and method, as `ten_dlc.wait_until_campaign_active`.
        member: Where the state stands in the thing.
        wanted: The states that are waited for, as `as_word` gives them.
        failed: The states that do not lead there.
        absent_for: For how many seconds the thing may not be visible yet.
    """

    id: str
    member: tuple[str, ...]
    wanted: frozenset[str]
    failed: frozenset[str] = frozenset()
    absent_for: float = 0.0


@attrs.frozen(kw_only=True)
class Waiter(_Wanted, Generic[T]):
    """Asks for the thing itself.

    Attributes:
        operation: The operation that gives it.
    """

    operation: Operation[T]


@attrs.frozen(kw_only=True)
class ListWaiter(_Wanted, Generic[T]):
    """Looks for the thing in a list.

    Attributes:
        operation: The operation that gives the list.
        find: The member by which the thing is found.
    """

    operation: Operation[Page[T]]
    find: tuple[str, ...]


async def wait_until(
    session: Session,
    waiter: Waiter[T] | ListWaiter[T],
    path: tuple[object, ...],
    *,
    item: object = None,
    timeout: float | None,  # noqa: ASYNC109 - it is what users call it
    every: float,
) -> T:
    """Ask until the thing is in a wanted state. Requests go through the throttle like all others.

    Args:
        session: Sends the requests.
        waiter: What to ask, and what to look for.
        path: The path parameters.
        item: What `find` must be, where the thing is one of a list.
        timeout: Seconds for all of it; `None` for ever.
        every: Seconds between two requests.

    Raises:
        WaiterFailed: for a state that does not lead to a wanted one.
        WaiterTimedOut: when it takes too long.
        VonageError: for a request that fails for good.
    """
    if not every > 0:
        raise InvalidValue(waiter.id, "every", repr(every), "must be more than 0 seconds")
    poll = _Poll(session, waiter, path, item)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            while (reached := await poll.ask()) is None:  # noqa: ASYNC110 - only asking shows the state
                await asyncio.sleep(every)
            return reached
    except TimeoutError as error:
        if not limit.expired():
            raise
        state = f"{'.'.join(waiter.member)} is still {_shown(poll.state)}" if poll.seen else "it was not seen"
        raise WaiterTimedOut(
            f"{waiter.id}: {state} after {timeout:g} seconds; give it a longer timeout, or ask again later",
            waiter=waiter.id,
            state=poll.state,
            answer=poll.answer,
        ) from poll.failure or error


class _Poll(Generic[T]):
    def __init__(
        self, session: Session, waiter: Waiter[T] | ListWaiter[T], path: tuple[object, ...], item: object
    ) -> None:
        self.answer: T | None = None
        self.state: object = None
        self.seen: bool = False
        self.failure: VonageError | None = None
        self._session = session
        self._waiter = waiter
        self._path = path
        self._item = item
        self._failures = 0
        self._began = asyncio.get_running_loop().time()

    async def ask(self) -> T | None:
        """Ask once; gives the thing if it is in a wanted state."""
        waiter = self._waiter
        try:
            answer = await self._look()
        except (TransportError, ServerError, RateLimited) as error:
            self.failure = error
            self._failures += 1
            if self._failures >= PATIENCE:
                raise
            return None
        except NotFound:
            if self.seen or self._waited() >= waiter.absent_for:
                raise
            return None
        self._failures, self.failure = 0, None
        if answer is None:
            if self.seen or self._waited() >= waiter.absent_for:
                what = self._absent()
                raise WaiterFailed(f"{waiter.id}: {what}", waiter=waiter.id, state=None, answer=self.answer)
            return None
        self.answer, self.seen, self.state = answer, True, _at(answer, waiter.member)
        word = as_word(self.state)
        logger.debug("%s: %s", waiter.id, _shown(self.state))
        if word in waiter.failed:
            wanted = " or ".join(sorted(waiter.wanted))
            raise WaiterFailed(
                f"{waiter.id}: {'.'.join(waiter.member)} is {_shown(self.state)}, which does not lead to {wanted}",
                waiter=waiter.id,
                state=self.state,
                answer=answer,
            )
        return answer if word in waiter.wanted else None

    async def _look(self) -> T | None:
        waiter = self._waiter
        if isinstance(waiter, Waiter):
            return await self._session.call(waiter.operation, path=self._path)
        async for item in self._session.paginate(waiter.operation, path=self._path):
            if _at(item, waiter.find) == self._item:
                return item
        return None

    def _absent(self) -> str:
        find = self._waiter.find if isinstance(self._waiter, ListWaiter) else ()
        return f"there is nothing whose {'.'.join(find)} is {self._item!r}" if find else "the answer is empty"

    def _waited(self) -> float:
        return asyncio.get_running_loop().time() - self._began


def as_word(state: object) -> str:
    """A state as the specs write it: `Pending review` and `PENDING_REVIEW` are the same."""
    return re.sub(r"\W+", "_", str(state)).strip("_").upper()


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = getattr(value, name, None)
    return value


def _shown(state: object) -> str:
    return "unknown" if state is None else str(state)
