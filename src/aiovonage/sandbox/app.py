"""The sandbox as an ASGI application: faults, rate limit, route, authentication, validation, handler."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from aiovonage.sandbox.aimed import AimedFault, AimedFaults
from aiovonage.sandbox.authentication import Account, Authentication
from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.clock import Clock
from aiovonage.sandbox.connection import cut
from aiovonage.sandbox.faults import Dice, Fault, Faults
from aiovonage.sandbox.handlers import HANDLERS, Answer, Call, seed
from aiovonage.sandbox.handlers.applications import public_key_of
from aiovonage.sandbox.intermediary import Page, page
from aiovonage.sandbox.problems import Refused, failed, not_found, refused, throttled, wrong_verb
from aiovonage.sandbox.rate_limit import TokenBucket
from aiovonage.sandbox.routing import Router
from aiovonage.sandbox.specs import SpecOperation, operations
from aiovonage.sandbox.state import State
from aiovonage.sandbox.validation import Validator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SandboxApp:
    """The stand-in of all APIs.

    Args:
        account: The credentials that it takes.
        faults: What goes wrong on purpose.
        rate: Requests a second before it answers 429; None for no limit.
        burst: Requests that may come at once.
        retry_after: Seconds that a 429 asks for; None for no word of it.
        behaviour: How the world behaves where the documents leave it open.
        clock: Seconds that never go back; everything but the expiry of tokens follows it.
    """

    def __init__(
        self,
        account: Account,
        faults: Faults,
        *,
        rate: float | None = None,
        burst: float | None = None,
        retry_after: int | None = 1,
        behaviour: Behaviour | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.account = account
        self._behaviour = behaviour or Behaviour()
        self._clock = Clock(clock)
        self._resting: set[asyncio.Future[bool]] = set()
        self.statuses: Counter[int] = Counter()
        self.injected: Counter[str] = Counter()
        self._faults = faults
        self._limit = (rate, burst, retry_after)
        self._operations = operations()
        self._router = Router(self._operations)
        self._validators: dict[SpecOperation, Validator] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything but the credentials."""
        rate, burst, self._retry_after = self._limit
        self._dice = Dice(self._faults)
        self._ids = random.Random(f"{self._faults.seed}/errors")
        seconds = self._clock.seconds
        self._bucket = TokenBucket(rate, burst or max(1.0, rate), seconds) if rate is not None else None
        self._aimed = AimedFaults(tuple(operation.id for operation in self._operations))
        self.state: State = State(self._behaviour, self._clock)
        self.statuses.clear()
        self.injected.clear()
        seed(self.state)
        self._authentication = Authentication(self.account, self._public_key)

    def fail_next(self, operation: str, fault: str | int, *, retry_after: int | None = None, times: int = 1) -> None:
        """Let the next calls of an operation fail: see `Sandbox.fail_next`."""
        self._aimed.add(operation, fault, retry_after=retry_after, times=times)

    def wake(self) -> None:
        """End the waits of all requests that are delayed; nobody is left to be answered."""
        for future in self._resting:
            if not future.done():
                future.set_result(False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        path: str = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace").partition("?")[0]
        if path.startswith("/_sandbox/"):
            await _send(send, Answer(200, self._inside(scope, path)))
            return
        fault = self._dice.fault()
        if (delay := self._dice.latency()) and not await self._rest(delay):
            return
        aimed = self._aim(scope["method"], path) if self._aimed else None
        if aimed is not None:
            fault = aimed.fault
        if fault is not None:
            self.injected[fault.value] += 1
        if fault is Fault.DROPPED:
            await cut(send, receive)
            return
        body = await _body(receive)
        if fault is Fault.INTERMEDIARY:
            await self._send_page(send, page(self._dice.intermediary() if aimed is None else str(aimed.kind)))
        elif fault is Fault.ERROR and aimed is None:
            await self._fail(send)
        else:
            answer, headers = self._outcome(scope, path, body, fault, aimed)
            self.statuses[answer.status] += 1
            if fault is Fault.LOST:
                await cut(send, receive)
            else:
                await _send(send, answer, headers)

    def _outcome(
        self, scope: Scope, path: str, body: bytes, fault: Fault | None, aimed: AimedFault | None
    ) -> tuple[Answer, dict[str, str]]:
        try:
            if aimed is not None and isinstance(aimed.kind, int):
                operation, _ = self._find(scope["method"], path)
                raise failed(operation, aimed.kind, aimed.retry_after)
            if fault is Fault.THROTTLED or (self._bucket is not None and not self._bucket.admits()):
                raise throttled(self._retry_after)
            return self._answer(scope, path, body), {}
        except Refused as refusal:
            return self._error(refusal), refusal.headers

    def _find(self, method: str, path: str) -> tuple[SpecOperation, list[str]]:
        found, path_values = self._router.find(path)
        if not found:
            raise not_found(path)
        operation = found.get(method)
        if operation is None:
            raise wrong_verb(method, found)
        return operation, path_values

    def _aim(self, method: str, path: str) -> AimedFault | None:
        found, _ = self._router.find(path)
        operation = found.get(method)
        return None if operation is None else self._aimed.take(operation.id)

    def _answer(self, scope: Scope, path: str, raw: bytes) -> Answer:
        operation, path_values = self._find(scope["method"], path)
        headers = dict(scope["headers"])
        query = scope["query_string"].decode("ascii", "replace")
        self._authentication.check(operation.security, headers.get(b"authorization", b""), query)
        validator = self._validators.get(operation)
        if validator is None:
            validator = self._validators[operation] = Validator(operation)
        values = validator.parameters(path_values, query)
        if self._behaviour.page_size_error:
            self._check_page_size(values)
        body = validator.body(headers.get(b"content-type", b"").decode("latin-1"), raw)
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise refused(501, "#not-implemented", "Not Implemented", f"the sandbox has no {operation.id} yet")
        return handler(Call(operation, self.state, self._dice, path, values, body))

    def _check_page_size(self, values: dict[str, Any]) -> None:
        most, given = self._behaviour.max_page_size, values.get("page_size")
        if most is not None and given is not None and given > most:
            wrong = {"field": "page_size", "description": f"Field 'page_size' must be at most {most}"}
            raise refused(
                400,
                "#invalid-parameters",
                "There were some issues with the submitted data",
                "The page is too large, please ask for fewer items",
                invalid_parameters=[wrong],
            )

    async def _rest(self, delay: float) -> bool:
        """Wait; False if the server was closed meanwhile."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(delay, _wake, future)
        self._resting.add(future)
        try:
            return await future
        finally:
            timer.cancel()
            self._resting.discard(future)

    def _error(self, refusal: Refused) -> Answer:
        body = refusal.body
        if "instance" in body:
            body = {**body, "instance": f"{self._ids.getrandbits(128):032x}"}
        return Answer(refusal.status, body)

    async def _fail(self, send: Send) -> None:
        status = self._dice.random.choice((500, 502, 503))
        if status == 502:
            await self._send_page(send, page("502-page"))
            return
        self.statuses[status] += 1
        failure = refused(status, "#internal-error", "Internal Error", "There was an error processing your request")
        await _send(send, self._error(failure))

    async def _send_page(self, send: Send, answer: Page) -> None:
        self.statuses[answer.status] += 1
        await _send_bytes(send, answer.status, answer.media_type, answer.content, answer.headers)

    def _inside(self, scope: Scope, path: str) -> Any:
        if path == "/_sandbox/reset":
            self.reset()
        state, query = self.state, scope["query_string"].decode()
        shown: dict[str, Any] = {
            "brands": len(state.brands),
            "campaigns": {name: len(campaign.numbers) for name, campaign in state.campaigns.items()},
            "numbers": len(state.numbers),
            "engagements": {name: len(engagement.numbers) for name, engagement in state.engagements.items()},
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "faults": dict(self.injected),
        }
        if "numbers=1" in query:
            shown["linked"] = {name: list(campaign.numbers) for name, campaign in state.campaigns.items()}
            shown["number_status"] = {
                name: {number: linked.status for number, linked in campaign.numbers.items()}
                for name, campaign in state.campaigns.items()
            }
            shown["posts"] = state.posts
            shown["engaged"] = {name: list(engagement.numbers) for name, engagement in state.engagements.items()}
        if "posts=1" in query:
            shown["posts"] = state.posts
        return shown

    def _public_key(self, application_id: str) -> str | None:
        return public_key_of(self.state, self.account.application_id, application_id)


def _wake(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(True)


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(send: Send, answer: Answer, headers: dict[str, str] | None = None) -> None:
    content = (
        answer.body if isinstance(answer.body, bytes) else b"" if answer.body is None else orjson.dumps(answer.body)
    )
    await _send_bytes(send, answer.status, answer.media_type.encode() if content else b"", content, headers)


async def _send_bytes(
    send: Send, status: int, media_type: bytes, content: bytes, headers: dict[str, str] | None = None
) -> None:
    fields = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    if media_type:
        fields.append((b"content-type", media_type))
    if status != 204:
        fields.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
