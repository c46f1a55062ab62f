"""The sandbox as an ASGI application: faults, rate limit, route, authentication, validation, handler."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from aiovonage.sandbox.authentication import Account, Authentication
from aiovonage.sandbox.connection import cut
from aiovonage.sandbox.faults import Dice, Fault, Faults
from aiovonage.sandbox.handlers import HANDLERS, Answer, Call, seed
from aiovonage.sandbox.handlers.applications import public_key_of
from aiovonage.sandbox.problems import Refused, not_found, refused, throttled, wrong_verb
from aiovonage.sandbox.rate_limit import TokenBucket
from aiovonage.sandbox.routing import Router
from aiovonage.sandbox.specs import SpecOperation, operations
from aiovonage.sandbox.state import State
from aiovonage.sandbox.validation import Validator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class SandboxApp:
    """The stand-in of all APIs.

    Args:
        account: The credentials that it takes.
        faults: What goes wrong on purpose.
        rate: Requests a second before it answers 429; None for no limit.
        burst: Requests that may come at once.
        retry_after: Seconds that a 429 asks for; None for no word of it.
    """

    def __init__(
        self, account: Account, faults: Faults, *, rate: float | None, burst: float | None, retry_after: int | None
    ) -> None:
        self.account = account
        self.state: State = State()
        self.statuses: Counter[int] = Counter()
        self.injected: Counter[str] = Counter()
        self._faults = faults
        self._limit = (rate, burst, retry_after)
        self._router = Router(operations())
        self._validators: dict[SpecOperation, Validator] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything but the credentials."""
        rate, burst, self._retry_after = self._limit
        self._dice = Dice(self._faults)
        self._bucket = TokenBucket(rate, burst or max(1.0, rate)) if rate is not None else None
        self.state = State()
        self.statuses.clear()
        self.injected.clear()
        seed(self.state)
        self._authentication = Authentication(self.account, self._public_key)

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
        if delay := self._dice.latency():
            await asyncio.sleep(delay)
        if fault is not None:
            self.injected[fault.value] += 1
        if fault is Fault.DROPPED:
            await cut(send, receive)
            return
        body = await _body(receive)
        try:
            if fault is Fault.THROTTLED or (self._bucket is not None and not self._bucket.admits()):
                raise throttled(self._retry_after)
            if fault is Fault.ERROR:
                await self._fail(send)
                return
            answer, headers = self._answer(scope, path, body), {}
        except Refused as refusal:
            answer, headers = Answer(refusal.status, refusal.body), refusal.headers
        self.statuses[answer.status] += 1
        if fault is Fault.LOST:
            await cut(send, receive)
            return
        await _send(send, answer, headers)

    def _answer(self, scope: Scope, path: str, raw: bytes) -> Answer:
        found, path_values = self._router.find(path)
        if not found:
            raise not_found(path)
        operation = found.get(scope["method"])
        if operation is None:
            raise wrong_verb(scope["method"], found)
        headers = dict(scope["headers"])
        query = scope["query_string"].decode("ascii", "replace")
        self._authentication.check(operation.security, headers.get(b"authorization", b""), query)
        validator = self._validators.get(operation)
        if validator is None:
            validator = self._validators[operation] = Validator(operation)
        values = validator.parameters(path_values, query)
        body = validator.body(headers.get(b"content-type", b"").decode("latin-1"), raw)
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise refused(501, "#not-implemented", "Not Implemented", f"the sandbox has no {operation.id} yet")
        return handler(Call(self.state, self._dice, path, values, body))

    async def _fail(self, send: Send) -> None:
        status = self._dice.random.choice((500, 502, 503))
        self.statuses[status] += 1
        if status == 502:
            await _send_bytes(send, status, b"text/html", _HTML)
        else:
            failure = refused(status, "#internal-error", "Internal Error", "There was an error processing your request")
            await _send(send, Answer(status, failure.body))

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
            shown["engaged"] = {name: list(engagement.numbers) for name, engagement in state.engagements.items()}
        if "posts=1" in query:
            shown["posts"] = state.posts
        return shown

    def _public_key(self, application_id: str) -> str | None:
        return public_key_of(self.state, self.account.application_id, application_id)


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
