"""What this package needs of httpcore's connections and httpcore has no API for.

Two things are ours. The locks of a connection are replaced, since a connection of our pool carries one request at a
time, and each of anyio's locks costs two iterations of the event loop. And the bytes that h11 has received beyond the
response are inspected: they would be taken for the response to the next request (request smuggling, RFC 9112, section
11.2).

Both fail closed. Where httpcore has renamed an attribute, a connection keeps its locks and is not used again, and one
warning says so. An own connection on h11's public API was rejected, because respx mocks httpcore's.
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


def remove_locks(connection: httpcore.AsyncHTTPConnection) -> None:
    """Replace the locks of a connection. One exists from the start, the other since the first request."""
    outer: Any = connection
    if hasattr(outer, "_request_lock"):
        outer._request_lock = _UNLOCKED
    inner: Any = getattr(outer, "_connection", None)
    if hasattr(inner, "_state_lock"):
        inner._state_lock = _UNLOCKED


def may_be_reused(connection: httpcore.AsyncHTTPConnection) -> bool:
    """Whether nothing was received beyond the response. False if this version of httpcore does not tell."""
    outer: Any = connection
    try:
        if (inner := outer._connection) is None:
            return True  # it has not connected, so nothing was received
        excess, _ = inner._h11_state.trailing_data
    except (AttributeError, TypeError, ValueError):
        _warn_once(f"httpcore {httpcore.__version__}")
        return False
    return not excess


def _warn_once(version: str) -> None:
    if version not in _warned:
        _warned.add(version)
        logger.warning(
            "%s is not supported: it does not tell whether a connection can be used again, so each request opens a new "
            "one. Install the version of httpcore that aiovonage was tested with, or use transport='fast'",
            version,
        )
