"""Cuts the connection of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx


async def cut(send: Any, receive: Callable[[], Awaitable[Any]]) -> None:
    """Close the connection of a request without a response.

    ASGI has no message for this, so it takes the socket from uvicorn's request cycle. Where there is none, as in
    process, the client gets the exception that a cut connection would cause.

    Raises:
        httpx.ReadError: if the application runs in the process of its client.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise httpx.ReadError("the sandbox has cut the connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":  # else uvicorn logs an error: no response was sent
        pass
