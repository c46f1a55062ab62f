"""What httpcore does not show of its connections. Without it all still works: slower, and less careful."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    import httpcore


class _Unlocked:
    """A lock that is always free, without the two turns of the event loop that anyio's takes."""

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass


_UNLOCKED = _Unlocked()


def take_locks_off(connection: httpcore.AsyncHTTPConnection) -> None:
    """Take the locks off a connection: it is used by one request at a time, as it is taken from the list of free ones.
    One of them is there from the start, the other when it has served a request.
    """
    connection._request_lock = _UNLOCKED  # type: ignore[assignment]
    inner: Any = getattr(connection, "_connection", None)
    if inner is not None:
        inner._state_lock = _UNLOCKED


def has_excess(connection: httpcore.AsyncHTTPConnection) -> bool:
    """Whether more came than the answer: it would be taken for the answer to the next request."""
    state: Any = getattr(getattr(connection, "_connection", None), "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])
