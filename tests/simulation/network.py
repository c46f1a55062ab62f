"""The transport of one life of the client: requests take time, get lost, or are answered by somebody in between.

What was sent before a crash may still arrive after it: requests travel in the world's time, not in the client's.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable
from math import inf
from urllib.parse import unquote, urlsplit

import attrs

from aiovonage._core.http.protocol import Request, Response
from aiovonage.errors import ConnectionFailed
from tests.simulation.clock import Clock
from tests.simulation.plan import NOT_OF_THE_API, Weather
from tests.simulation.server import Answer, Server
from tests.simulation.world import World

NEVER = 100_000.0
"""Seconds after which a connection without an answer breaks, if the client has not given up."""

_HTML = (("content-type", "text/html"),)
_GATEWAY = (("content-type", "application/json"),)
_TARGETS = re.compile(r"/numbers(?:/([^/?]+))?$")


@attrs.define
class Exchange:
    """A request and what became of it, as the world has seen it.

    Attributes:
        life: Which life of the client has sent it.
        kind: What it is: link, unlink, add, remove, get, list, or other.
        numbers: The numbers that it speaks of; none for lists.
        sent: When the client sent it.
        fault: What went wrong with it.
        carried_out: When the API carried it out, or refused it.
        status: What the API answered; None where the API has not seen it.
        body: ... and its body.
        told: What the client was told, or None where it got no answer.
        garbled: Whether half of the answer's body was missing.
        ended: When the client knew: by an answer, a broken connection, or because it gave up.
    """

    life: int
    kind: str
    numbers: tuple[str, ...]
    sent: float
    fault: str | None = None
    carried_out: float = inf
    status: int | None = None
    body: bytes = b""
    told: int | None = None
    garbled: bool = False
    ended: float = inf

    def __str__(self) -> str:
        words = [self.kind.ljust(7), ",".join(self.numbers)]
        words.append(f"the API says {self.status} at {self.carried_out:.3f}," if self.status is not None else "")
        words.append(f"the client is told {self.told or 'nothing'} at {self.ended:.3f}")
        words.append(f"({self.fault})" if self.fault is not None else "")
        return " ".join(word for word in words if word)

    @property
    def is_genuine(self) -> bool:
        """Whether the client was told what the API has said."""
        return self.told is not None and self.told == self.status and not self.garbled


class Network:
    """A transport.

    Args:
        server: What it leads to.
        world: Whose time requests travel in.
        clock: The client's time.
        weather: What goes wrong.
        dice: When.
        life: Which life of the client uses it.
        log: Where all requests are written down.

    Attributes:
        sent: How many requests were sent.
        on_send: Called before each.
    """

    def __init__(
        self,
        server: Server,
        world: World,
        clock: Clock,
        weather: Weather,
        dice: random.Random,
        life: int,
        log: list[Exchange],
    ) -> None:
        self._server = server
        self._world = world
        self._clock = clock
        self._weather = weather
        self._dice = dice
        self._life = life
        self._log = log
        self.sent: int = 0
        self.on_send: Callable[[], None] = lambda: None

    async def send(self, request: Request) -> Response:
        """Send a request and read the answer to its end."""
        self.sent += 1
        self.on_send()
        exchange = self._begin(request)
        try:
            return await self._exchanged(exchange, request)
        except asyncio.CancelledError:
            exchange.ended = self._clock.now  # the client has given it up
            raise

    async def _exchanged(self, exchange: Exchange, request: Request) -> Response:
        fault = exchange.fault = self._draw()
        there, back = (self._dice.uniform(*self._weather.latency) for _ in range(2))
        if fault == "refused":
            await asyncio.sleep(there)
            exchange.ended = self._clock.now
            raise ConnectionFailed("could not connect", sent=False)
        if fault in NOT_OF_THE_API or fault in {"timeout", "error", "throttled", "unauthorized"}:
            await asyncio.sleep(there + back)
            return self._told(exchange, self._instead(fault))
        if fault == "silent":
            await self._silence(exchange)
        if fault == "dropped":
            await asyncio.sleep(there + back)
            raise self._broken(exchange)
        if fault == "late":
            there += self._dice.uniform(1.0, 60.0)
        answers: list[Answer] = []
        self._world.at(self._clock.now + there, lambda: answers.append(self._arrived(exchange, request)))
        await asyncio.sleep(there)
        self._world.advance(self._clock.now + 1e-6)
        if fault == "silent_after":
            await self._silence(exchange)
        await asyncio.sleep(back)
        if fault == "lost" or answers[0].cut:
            raise self._broken(exchange)
        if fault == "error_after":
            status = self._dice.choice([502, 504])
            return self._told(exchange, Answer(status, b"<html><h1>Bad Gateway</h1></html>", _HTML))
        answer = answers[0]
        if fault == "garbled" and answer.body:
            exchange.garbled = True
            answer = attrs.evolve(answer, body=answer.body[: len(answer.body) // 2])
        return self._told(exchange, answer)

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _begin(self, request: Request) -> Exchange:
        path = urlsplit(request.target).path
        found = _TARGETS.search(path)
        is_campaign = "/10dlc/" in path
        numbers: tuple[str, ...] = ()
        kind = "other"
        if found is not None and found.group(1):
            kind, numbers = {"GET": "get", "DELETE": "unlink"}.get(request.method, "other"), (unquote(found.group(1)),)
        elif found is not None:
            verbs = {"POST": "link"} if is_campaign else {"POST": "add", "DELETE": "remove"}
            kind = {"GET": "list", **verbs}.get(request.method, "other")
            if request.body:
                sent = json.loads(request.body)
                numbers = (sent["number"],) if "number" in sent else tuple(sent["numbers"])
        exchange = Exchange(self._life, kind, numbers, self._clock.now)
        self._log.append(exchange)
        return exchange

    def _draw(self) -> str | None:
        now = self._clock.now
        for begins, ends, fault in self._weather.outages:
            if begins <= now < ends:
                return fault
        drawn = self._dice.random()
        for fault, share in self._weather.shares.items():
            if drawn < share:
                return fault
            drawn -= share
        return None

    def _arrived(self, exchange: Exchange, request: Request) -> Answer:
        if exchange.ended != inf:  # to the client, what it has given up is as much a stranger as another actor
            for number in exchange.numbers:
                self._world.touched.setdefault(number, []).append(self._world.now)
        answer = self._server.answer(request.method, request.target, request.body)
        exchange.fault = exchange.fault or answer.fault
        if answer.carried_out:
            exchange.carried_out, exchange.status, exchange.body = self._world.now, answer.status, answer.body
        return answer

    async def _silence(self, exchange: Exchange) -> None:
        await asyncio.sleep(NEVER)
        raise self._broken(exchange)

    def _broken(self, exchange: Exchange) -> ConnectionFailed:
        exchange.ended = self._clock.now
        return ConnectionFailed("the connection was closed without an answer")

    def _told(self, exchange: Exchange, answer: Answer) -> Response:
        exchange.told, exchange.ended = answer.status, self._clock.now
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        return Response(answer.status, headers, answer.body)

    def _instead(self, fault: str) -> Answer:
        """The answer that somebody gives instead of the API, or the API instead of doing it."""
        choose = self._dice.choice
        page = b"<!DOCTYPE html><html><body>Please log in</body></html>"
        if fault == "error":
            problem = {"type": "https://developer.vonage.com/api-errors#internal-error", "title": "Internal Error"}
            headers = (("retry-after", "7"),) if choose([True, False]) else ()
            return Answer(choose([500, 503]), json.dumps(problem).encode(), (*_GATEWAY, *headers))
        if fault == "throttled":
            problem = {"type": "https://developer.vonage.com/api-errors#throttled", "title": "Too many requests"}
            headers = (("retry-after", str(choose([1, 5]))),) if choose([True, False]) else ()
            return Answer(429, json.dumps(problem).encode(), (*_GATEWAY, *headers))
        refused = (
            b'{"type":"https://developer.vonage.com/api-errors#unauthorized","title":"Invalid credentials supplied"}'
        )
        answers = {
            "unauthorized": [Answer(401, refused, _GATEWAY)],
            "login": [Answer(s, b"", (("location", "https://login.example/"),)) for s in (302, 307)],
            "page": [Answer(200, page, _HTML)],
            "missing_page": [Answer(404, page, _HTML)],
            "missing_json": [Answer(404, b'{"message":"no Route matched with those values"}', _GATEWAY)],
            "forbidden_page": [Answer(403, page, _HTML), Answer(403, b'{"message":"Forbidden"}', _GATEWAY)],
            "proxy_auth": [Answer(407, page, _HTML), Answer(407, b"", ())],
            "timeout": [Answer(408, b"", ()), Answer(408, b'{"message":"Request timed out"}', _GATEWAY)],
            "early": [Answer(425, b"", ())],
        }
        return choose(answers[fault])
