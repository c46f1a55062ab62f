"""Polls until a resource has reached a state, as the specs describe it (`x-waiter`)."""

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
"""How many polls in a row may fail for a temporary reason: no connection, 429 or 5xx."""


class WaiterFailed(VonageError):
    """The resource is in a state from which it does not reach the wanted one without intervention.

    Attributes:
        waiter: The method, such as `ten_dlc.wait_until_campaign_active`.
        state: The state, in the API's own word.
        answer: The resource, as it was last seen; None if it was not seen.
    """

    __module__ = "aiovonage"

    def __init__(self, message: str, *, waiter: str, state: object, answer: Any) -> None:
        super().__init__(message)
        self.waiter = waiter
        self.state = state
        self.answer = answer


class WaiterTimedOut(WaiterFailed, TimeoutError):
    """The resource has not reached the wanted state within `timeout` seconds. It may still do so."""

    __module__ = "aiovonage"


@attrs.frozen(kw_only=True)
class _Wanted:
    """The condition of a waiter.

    Attributes:
        id: Namespace and method, such as `ten_dlc.wait_until_campaign_active`.
        member: The path of the state in the resource.
        wanted: The states that are waited for, as returned by `as_word`.
        failed: The states that do not lead there.
        absent_for: For how many seconds the resource may not be visible yet.
    """

    id: str
    member: tuple[str, ...]
    wanted: frozenset[str]
    failed: frozenset[str] = frozenset()
    absent_for: float = 0.0


@attrs.frozen(kw_only=True)
class Waiter(_Wanted, Generic[T]):
    """Polls the resource itself.

    Attributes:
        operation: The operation that returns it.
    """

    operation: Operation[T]


@attrs.frozen(kw_only=True)
class ListWaiter(_Wanted, Generic[T]):
    """Polls a list that contains the resource.

    Attributes:
        operation: The operation that returns the list.
        find: The member that identifies the resource.
    """

    operation: Operation[Page[T]]
    find: tuple[str, ...]


async def wait_until(
    session: Session,
    waiter: Waiter[T] | ListWaiter[T],
    path: tuple[object, ...],
    *,
    item: object = None,
    timeout: float | None,  # noqa: ASYNC109 - the public name
    every: float,
) -> T:
    """Poll until the resource is in a wanted state. Requests go through the throttle like all others.

    Args:
        session: Sends the requests.
        waiter: The operation and the condition.
        path: The path parameters.
        item: The value of `find`, if the resource is in a list.
        timeout: The most seconds to wait; None for no limit.
        every: Seconds between two requests.

    Raises:
        WaiterFailed: if it is in a state that does not lead to a wanted one.
        WaiterTimedOut: if it takes too long.
        VonageError: if a request fails for good.
    """
    if not every > 0:
        raise InvalidValue(waiter.id, "every", repr(every), "must be more than 0 seconds")
    poll = _Poll(session, waiter, path, item)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            while (reached := await poll.ask()) is None:  # noqa: ASYNC110 - polling is the only way
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
        """Poll once. Returns the resource if it is in a wanted state."""
        waiter = self._waiter
        try:
            answer = await self._fetch()
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

    async def _fetch(self) -> T | None:
        waiter = self._waiter
        if isinstance(waiter, Waiter):
            return await self._session.call(waiter.operation, path=self._path)
        async for item in self._session.paginate(waiter.operation, path=self._path):
            if _at(item, waiter.find) == self._item:
                return item
        return None

    def _absent(self) -> str:
        find = self._waiter.find if isinstance(self._waiter, ListWaiter) else ()
        return f"there is nothing whose {'.'.join(find)} is {self._item!r}" if find else "the response is empty"

    def _waited(self) -> float:
        return asyncio.get_running_loop().time() - self._began


def as_word(state: object) -> str:
    """A state in the spelling of the specs: `Pending review` becomes `PENDING_REVIEW`."""
    return re.sub(r"\W+", "_", str(state)).strip("_").upper()


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = getattr(value, name, None)
    return value


def _shown(state: object) -> str:
    return "unknown" if state is None else str(state)
