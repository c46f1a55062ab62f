"""The sandbox as an ASGI application: faults, rate limit, routing, authentication, validation, handler."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import orjson

from aiovonage.sandbox.aimed import AimedFault, AimedFaults
from aiovonage.sandbox.asgi import Receive, Scope, Send, lifespan, receive_body, send_bytes
from aiovonage.sandbox.authentication import Account, Authentication
from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.clock import Clock
from aiovonage.sandbox.connection import cut
from aiovonage.sandbox.faults import Fault, FaultInjector, Faults
from aiovonage.sandbox.handlers.all_namespaces import handler_of, seed
from aiovonage.sandbox.handlers.applications import public_key_of
from aiovonage.sandbox.handlers.registry import Call, Response
from aiovonage.sandbox.inspection import contents
from aiovonage.sandbox.intermediary import Page, page
from aiovonage.sandbox.problems import ProblemResponse, documented_error, not_found, problem, throttled, wrong_verb
from aiovonage.sandbox.rate_limit import TokenBucket
from aiovonage.sandbox.routing import Router
from aiovonage.sandbox.specs import SpecOperation, operations
from aiovonage.sandbox.state import State
from aiovonage.sandbox.validation import Validator


class SandboxApp:
    """The stand-in for all APIs.

    Args:
        account: The credentials that it accepts.
        faults: The faults that it injects.
        rate: Requests per second above which it responds with 429; None for no limit.
        burst: Requests that it admits at once.
        retry_after: The `Retry-After` of a 429, in seconds; None for none.
        behaviour: The rules it follows where the documents leave a choice.
        clock: A monotonic clock, in seconds. Everything but the expiry of tokens follows it.
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
        self._delayed: set[asyncio.Future[bool]] = set()
        self.statuses: Counter[int] = Counter()
        self.injected: Counter[str] = Counter()
        self._faults = faults
        self._limit = (rate, burst, retry_after)
        self._operations = operations()
        self._router = Router(self._operations)
        self._validators: dict[SpecOperation, Validator] = {}
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new sandbox, with the same credentials."""
        rate, burst, self._retry_after = self._limit
        self._injector = FaultInjector(self._faults)
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
        """Make the next calls of an operation fail: see `Sandbox.fail_next`."""
        self._aimed.add(operation, fault, retry_after=retry_after, times=times)

    def wake(self) -> None:
        """End the delay of all requests, since the server is closing and their clients are gone."""
        for future in self._delayed:
            if not future.done():
                future.set_result(False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        path: str = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace").partition("?")[0]
        if path.startswith("/_sandbox/"):
            await _send(send, Response(200, self._inspect(scope, path)))
            return
        fault = self._injector.fault()
        if (delay := self._injector.latency()) and not await self._delay(delay):
            return
        aimed = self._aim(scope["method"], path) if self._aimed else None
        if aimed is not None:
            fault = aimed.fault
        if fault is not None:
            self.injected[fault.value] += 1
        if fault is Fault.DROPPED:
            await cut(send, receive)
            return
        body = await receive_body(receive)
        if fault is Fault.INTERMEDIARY:
            await self._send_page(send, page(self._injector.intermediary() if aimed is None else str(aimed.kind)))
        elif fault is Fault.ERROR and aimed is None:
            await self._send_error(send)
        else:
            response, headers = self._respond(scope, path, body, fault, aimed)
            self.statuses[response.status] += 1
            if fault is Fault.LOST:
                await cut(send, receive)
            else:
                await _send(send, response, headers)

    def _respond(
        self, scope: Scope, path: str, body: bytes, fault: Fault | None, aimed: AimedFault | None
    ) -> tuple[Response, dict[str, str]]:
        try:
            if aimed is not None and isinstance(aimed.kind, int):
                operation, _ = self._find(scope["method"], path)
                raise documented_error(operation, aimed.kind, aimed.retry_after)
            if fault is Fault.THROTTLED or (self._bucket is not None and not self._bucket.admits()):
                raise throttled(self._retry_after)
            return self._handle(scope, path, body), {}
        except ProblemResponse as error:
            return self._error(error), error.headers

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

    def _handle(self, scope: Scope, path: str, raw: bytes) -> Response:
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
        handler = handler_of(operation.id)
        if handler is None:
            raise problem(
                501, "#not-implemented", "Not Implemented", f"The sandbox does not implement {operation.id} yet"
            )
        return handler(Call(operation, self.state, self._injector, path, values, body))

    def _check_page_size(self, values: dict[str, Any]) -> None:
        limit, given = self._behaviour.max_page_size, values.get("page_size")
        if limit is not None and given is not None and given > limit:
            wrong = {"field": "page_size", "description": f"Field 'page_size' must be at most {limit}"}
            raise problem(
                400,
                "#invalid-parameters",
                "There were some issues with the submitted data",
                "The page is too large, please ask for fewer items",
                invalid_parameters=[wrong],
            )

    async def _delay(self, delay: float) -> bool:
        """Wait. Returns False if the server is closing."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(delay, _wake, future)
        self._delayed.add(future)
        try:
            return await future
        finally:
            timer.cancel()
            self._delayed.discard(future)

    def _error(self, error: ProblemResponse) -> Response:
        body = error.body
        if "instance" in body:
            body = {**body, "instance": f"{self._ids.getrandbits(128):032x}"}
        return Response(error.status, body)

    async def _send_error(self, send: Send) -> None:
        status = self._injector.random.choice((500, 502, 503))
        if status == 502:
            await self._send_page(send, page("502-page"))
            return
        self.statuses[status] += 1
        failure = problem(status, "#internal-error", "Internal Error", "There was an error processing your request")
        await _send(send, self._error(failure))

    async def _send_page(self, send: Send, shown: Page) -> None:
        self.statuses[shown.status] += 1
        await send_bytes(send, shown.status, shown.media_type, shown.content, shown.headers)

    def _inspect(self, scope: Scope, path: str) -> Any:
        if path == "/_sandbox/reset":
            self.reset()
        query = parse_qs(scope["query_string"].decode())
        numbers, posts = (query.get(name) == ["1"] for name in ("numbers", "posts"))
        return contents(self.state, self.statuses, self.injected, numbers=numbers, posts=posts)

    def _public_key(self, application_id: str) -> str | None:
        return public_key_of(self.state, self.account.application_id, application_id)


def _wake(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(True)


async def _send(send: Send, response: Response, headers: dict[str, str] | None = None) -> None:
    body = response.body
    content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    await send_bytes(send, response.status, response.media_type.encode() if content else b"", content, headers)
