"""Cuts a connection in the middle of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx


async def cut(send: Any, receive: Callable[[], Awaitable[Any]]) -> None:
    """Close the connection of a request without an answer.

    Raises:
        httpx.ReadError: when there is no connection, because the application is called in-process.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)  # of uvicorn's request cycle
    if transport is None:
        raise httpx.ReadError("the sandbox has cut the connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":  # uvicorn must notice, or it complains
        pass
