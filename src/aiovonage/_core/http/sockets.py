"""Access to the sockets of asyncio's transports, for what asyncio has no API for."""

from __future__ import annotations

import contextlib
import select
import sys
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_left_behind: list[object] = []


def socket_poll(transport: asyncio.Transport) -> Callable[[], object]:
    """A function that tells whether a socket has data, or an end of stream, that the event loop has not seen yet; its
    result is true or false.

    The loop notices only in its next iteration that a server closed an idle connection. A request written before that
    is lost, and the client cannot know whether it was processed. httpcore polls for the same reason.
    `tests/core/test_nginx.py` reproduces it with an nginx that reloads.

    Args:
        transport: The connection. It must be open whenever the function is called.
    """
    descriptor: int = transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll") or sys.platform == "win32":
        return partial(_selected, descriptor)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return partial(poll.poll, 0)


def _selected(descriptor: int) -> object:
    return select.select([descriptor], [], [], 0)[0]


def leave_behind(parents: object) -> None:
    """Keep an object of the parent process alive after a fork. Its finalizer would change the parent's selector or wake
    the parent, both of which a forked child shares.
    """
    _left_behind.append(parents)


def close_without_loop(transport: asyncio.Transport, *, forked: bool) -> None:
    """Close the socket of a connection whose event loop is closed, or belongs to the parent of a forked process.

    The loop itself cannot be used: a closed one raises, and the parent's shares its selector with the child. uvloop
    closes its sockets with the loop and does not expose them, so a forked child keeps those open while it lives.
    """
    if forked:
        leave_behind(transport)
    else:
        with contextlib.suppress(RuntimeError):  # "Event loop is closed", raised once the transport is marked as closed
            transport.abort()
    wrapped = getattr(transport.get_extra_info("socket"), "_sock", None)  # asyncio.TransportSocket has no close()
    if wrapped is not None:
        wrapped.close()
    if not forked:
        # asyncio would warn of an unclosed transport when it is freed.
        plain = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None) or transport
        if hasattr(plain, "_sock"):
            plain._sock = None
