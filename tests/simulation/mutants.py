"""Clients that are broken on purpose. An oracle that misses one of them would miss the same fault in the real client.

Each stands between the run and the rest of the history, so that it does not depend on how the jobs are written.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import attrs

from aiovonage._core.http.protocol import Request, Response, Transport
from aiovonage.bulk import LinkOutcome, Status
from aiovonage.errors import TransportError


class Client(Protocol):
    """What a history lets stand between the run and the rest."""

    def transport(self, network: Transport) -> Transport:
        """What the client sends its requests over."""
        ...

    def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        """What the run reports."""
        ...


class Honest:
    """The client as it is."""

    def transport(self, network: Transport) -> Transport:
        """The network itself."""
        return network

    def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        """What the run reports."""
        return run


class _OnTheWay:
    """A transport over another one."""

    def __init__(self, network: Transport) -> None:
        self._network = network

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        return await self._network.send(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._network.aclose()


class Hasty(Honest):
    """Calls a number linked that the API has only accepted."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield attrs.evolve(outcome, status=Status.LINKED) if outcome.status == "accepted" else outcome


class Optimist(Honest):
    """Calls everything linked, unlinked, added or removed that failed or was refused."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            bad = outcome.status in {"rejected", "conflict", "failed"}
            yield attrs.evolve(outcome, status=Status.ALREADY_LINKED) if bad else outcome


class Repeater(Honest):
    """Sends a request again, without asking, when its answer is lost."""

    def transport(self, network: Transport) -> Transport:
        class Again(_OnTheWay):
            async def send(self, request: Request) -> Response:
                try:
                    return await self._network.send(request)
                except TransportError:
                    return await self._network.send(request)

        return Again(network)


class Blind(Honest):
    """Takes each number for unknown to the API, instead of asking about it."""

    def transport(self, network: Transport) -> Transport:
        class NotFound(_OnTheWay):
            async def send(self, request: Request) -> Response:
                number = request.target.rpartition("/")[2]
                if request.method == "GET" and number.isdigit():
                    return _problem(404, number)
                return await self._network.send(request)

        return NotFound(network)


class Gullible(Honest):
    """Takes the pages of gateways for the API's answers."""

    def transport(self, network: Transport) -> Transport:
        class Believing(_OnTheWay):
            async def send(self, request: Request) -> Response:
                response = await self._network.send(request)
                is_foreign = b"developer.vonage.com" not in response.body
                if response.status in {403, 404} and is_foreign:
                    number = request.target.partition("?")[0].rpartition("/")[2]
                    if request.body:
                        number = str(json.loads(request.body).get("number", ""))
                    return _problem(404 if request.method == "DELETE" else 422, number)
                return response

        return Believing(network)


class Forgetful(Honest):
    """Does not report one of the outcomes."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        first = True
        async for outcome in run:
            if not first:
                yield outcome
            first = False


class Talkative(Honest):
    """Reports an outcome twice."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield outcome
            yield outcome


class Stuck(Honest):
    """Waits for something that never comes."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield outcome
        await asyncio.Event().wait()


class Spinning(Honest):
    """Turns in circles without waiting."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield outcome
        while True:  # noqa: ASYNC110 - this is the fault
            await asyncio.sleep(0)


class Littering(Honest):
    """Leaves a task behind."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield outcome
        self._task = asyncio.create_task(asyncio.sleep(3600.0))


class Clumsy(Honest):
    """Lets an error out that is not one of the package's."""

    async def outcomes(self, run: AsyncIterator[LinkOutcome]) -> AsyncIterator[LinkOutcome]:
        async for outcome in run:
            yield outcome
        raise KeyError("status")


class Insistent(Honest):
    """Asks about each number a hundred times."""

    def transport(self, network: Transport) -> Transport:
        class Asking(_OnTheWay):
            async def send(self, request: Request) -> Response:
                if request.method == "GET":
                    for _ in range(99):
                        await self._network.send(request)
                return await self._network.send(request)

        return Asking(network)


MUTANTS: tuple[Callable[[], Client], ...] = (
    Hasty,
    Optimist,
    Repeater,
    Blind,
    Gullible,
    Forgetful,
    Talkative,
    Stuck,
    Spinning,
    Littering,
    Clumsy,
    Insistent,
)


def _problem(status: int, number: str) -> Response:
    kind = "#not-found" if status == 404 else "/10dlc#invalid-number-data"
    problem = {"type": f"https://developer.vonage.com/api-errors{kind}", "title": "No", "detail": f"ID '{number}'"}
    return Response(status, [(b"content-type", b"application/problem+json")], json.dumps(problem).encode())
