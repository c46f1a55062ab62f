"""What this package needs of httpcore's connections and httpcore has no API for: one of them with another HTTP/1.1
connection inside.

Requests go through `httpcore.AsyncHTTPConnection` because respx replaces its `handle_async_request`. Two of its private
attributes are set: the connection inside, and the lock in front of it, since a connection of our pool carries one
request at a time and anyio's lock costs two iterations of the event loop.

It fails closed. Where httpcore has renamed the first attribute, requests go straight to the connection that would be
inside, with all its checks; only respx cannot mock them, and one warning says so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from types import TracebackType

logger: logging.Logger = logging.getLogger("aiovonage.transport")

_warned: set[str] = set()


class _Unlocked:
    """A lock that is always free."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


_UNLOCKED = _Unlocked()


def connection_around(
    origin: httpcore.Origin, inner: httpcore.AsyncConnectionInterface
) -> httpcore.AsyncConnectionInterface:
    """A connection of httpcore that passes all requests on to another."""
    outer: Any = httpcore.AsyncHTTPConnection(origin)
    if not hasattr(outer, "_connection"):
        _warn_once(f"httpcore {httpcore.__version__}")
        return inner
    outer._connection = inner
    if hasattr(outer, "_request_lock"):
        outer._request_lock = _UNLOCKED
    connection: httpcore.AsyncConnectionInterface = outer
    return connection


def _warn_once(version: str) -> None:
    if version not in _warned:
        _warned.add(version)
        logger.warning(
            "%s is not supported: respx cannot mock requests of the default transport. Install the version of httpcore "
            "that aiovonage was tested with",
            version,
        )
