"""The sandbox as a program, with faults of every kind; it writes down each POST before anything goes wrong with it."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TextIO

from aiovonage.sandbox import Faults, Sandbox

Message = MutableMapping[str, Any]

FAULTS = Faults(
    error_rate=0.1, dropped_connections=0.05, lost_responses=0.05, throttled=0.05, partial_failures=0.1, seed=7
)


def logged(app: Callable[..., Awaitable[None]], log: TextIO) -> Callable[..., Awaitable[None]]:
    """An application that writes down when which numbers were POSTed."""

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        if scope["method"] != "POST":
            await app(scope, receive, send)
            return
        at = time.monotonic()
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.request":
            given = json.loads(body)
            log.write(json.dumps([at, given["numbers"] if "numbers" in given else [given["number"]]]) + "\n")
            log.flush()
        read: list[Message] = [{"type": "http.request", "body": body}]

        async def again() -> Message:
            return read.pop() if read else await receive()

        await app(scope, again, send)

    return answer


async def main(log: Path) -> None:
    """Serve until the end of the process."""
    sandbox = Sandbox(faults=FAULTS, retry_after=0)
    with log.open("w") as file:
        sandbox.app = logged(sandbox.app, file)  # type: ignore[assignment]
        async with sandbox:
            sys.stdout.write(
                f"VONAGE_BASE_URL={sandbox.url}\nVONAGE_API_KEY={sandbox.api_key}\n"
                f"VONAGE_API_SECRET={sandbox.api_secret}\n"
            )
            sys.stdout.flush()
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
