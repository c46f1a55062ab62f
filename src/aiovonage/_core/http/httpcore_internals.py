"""What httpcore does not offer: a connection of its own with another HTTP/1.1 in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpcore

if TYPE_CHECKING:
    from types import TracebackType


class _Unlocked:
    """A lock that is always free, without the two turns of the event loop that anyio's takes."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


_UNLOCKED = _Unlocked()


def put_inside(origin: httpcore.Origin, inner: httpcore.AsyncConnectionInterface) -> httpcore.AsyncConnectionInterface:
    """A connection of httpcore's, whose `handle_async_request` respx replaces, that hands all requests to another.

    It is used by one request at a time, so that its lock is taken off. Where a release of httpcore has no such insides,
    requests go straight to the other: with all the care, but respx cannot mock them.
    """
    outer = httpcore.AsyncHTTPConnection(origin)
    if getattr(outer, "_connection", outer) is not None or not hasattr(outer, "_request_lock"):
        return inner
    outer._connection = inner
    outer._request_lock = _UNLOCKED  # type: ignore[assignment]
    return outer
