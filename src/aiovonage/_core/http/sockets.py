"""What asyncio's transports do not say or do about their sockets."""

from __future__ import annotations

import contextlib
import select
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

_left_behind: list[object] = []


class SocketPoll:
    """Asks a socket whether anything has come on it that the event loop has not seen yet.

    A server that closes an idle connection says so, but the loop hears it only in its next turn. A request that is
    written before is lost, and may have been processed for all that the client knows. httpcore polls for this reason;
    with nginx that reloads every half second, 52 of 1,900 POSTs were lost without it, and 2 with it.

    Args:
        transport: The connection. It must be open whenever the socket is asked.
    """

    __slots__ = ("_descriptor", "_poll")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._descriptor: int = transport.get_extra_info("socket").fileno()
        self._poll: Any = None
        if hasattr(select, "poll") and sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(self._descriptor, select.POLLIN)

    def is_readable(self) -> bool:
        """Whether the connection has ended, or out of turn something has come."""
        if self._poll is None:
            return bool(select.select([self._descriptor], [], [], 0)[0])
        return bool(self._poll.poll(0))


def leave_behind(parents: object) -> None:
    """Keep what belongs to the event loop of the parent process: freed, it would change the parent's selector or wake
    the parent, as a forked child shares both.
    """
    _left_behind.append(parents)


def close_without_loop(transport: asyncio.Transport, *, forked: bool) -> None:
    """Close the socket of a connection whose event loop is closed, or was the parent's before a fork.

    The loop is not touched: a closed one refuses, and the parent's shares its selector with the child. uvloop closes
    its sockets with the loop, and hides them; a forked child keeps those open for as long as it lives.
    """
    if forked:
        leave_behind(transport)
    else:
        with contextlib.suppress(RuntimeError):  # "Event loop is closed", after it has been marked as closed
            transport.abort()
    wrapped = getattr(transport.get_extra_info("socket"), "_sock", None)  # asyncio.TransportSocket has no close()
    if wrapped is not None:
        wrapped.close()
    if not forked:
        # asyncio would warn of an unclosed transport when it is freed.
        plain = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None) or transport
        if hasattr(plain, "_sock"):
            plain._sock = None
