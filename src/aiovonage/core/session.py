"""The life of a request, from arguments to a model."""

from __future__ import annotations

import asyncio
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import attrs

from aiovonage._version import __version__
from aiovonage.core.errors import APIError, DecodeError, RateLimited, TimedOut, TransportError, error_class
from aiovonage.core.form import encode_form
from aiovonage.core.pagination import Pager, page_of
from aiovonage.core.partial import read_partial
from aiovonage.core.problem import Problem
from aiovonage.core.raw import RawResponse
from aiovonage.core.retry import backoff, may_repeat
from aiovonage.core.retry_after import retry_after
from aiovonage.core.transport import Request, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiovonage.core.auth import Authenticator
    from aiovonage.core.codec import Codec
    from aiovonage.core.deadline import Deadlines
    from aiovonage.core.drift_watch import DriftWatch
    from aiovonage.core.model import Model
    from aiovonage.core.observation import Observation
    from aiovonage.core.operation import Operation
    from aiovonage.core.retry import RetryBudget
    from aiovonage.core.throttle import Throttle
    from aiovonage.core.transport import Transport

_USER_AGENT = (b"User-Agent", f"aiovonage/{__version__}".encode())
_CONTENT_TYPE = (b"Content-Type", b"application/json")
_FORM_TYPE = (b"Content-Type", b"application/x-www-form-urlencoded")
_NO_QUERY: Mapping[str, object] = MappingProxyType({})


@attrs.define(kw_only=True, eq=False)
class Session:
    """Sends operations. A view of a session (`attrs.evolve`) shares everything but what it changes.

    Attributes:
        authenticator: Puts credentials on requests.
        transport: Sends requests.
        throttle: Holds requests back, for all tasks at once.
        budget: Keeps retries to a share of the requests.
        codec: Encodes and decodes.
        deadlines: End attempts that take too long.
        observation: Tells who listens of what is sent and answered.
        base_url: The origin that all requests go to, instead of the operations' own hosts.
        timeout: Seconds for one attempt, from connecting to the end of the answer.
        max_retries: How often a request is sent again.
        raw: Whether methods give a `RawResponse`.
        drift: Compares answers with the specs, where somebody wants to know.
    """

    authenticator: Authenticator
    transport: Transport
    throttle: Throttle
    budget: RetryBudget
    codec: Codec
    deadlines: Deadlines
    observation: Observation
    base_url: str | None = None
    timeout: float | None = 30.0
    max_retries: int = 4
    raw: bool = False
    drift: DriftWatch | None = None

    async def call(
        self,
        operation: Operation,
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, object] | None = None,
        body: Model | list[Any] | None = None,
    ) -> Any:
        """Send an operation and read its answer.

        Raises:
            VonageError: what went wrong, by class.
        """
        response = await self.send(operation, path=path, query=query or _NO_QUERY, body=body)
        parsed = self._read(operation, response, body)
        return self._raw(parsed, response) if self.raw else parsed

    def paginate(
        self, operation: Operation, *, path: tuple[object, ...] = (), query: Mapping[str, object] | None = None
    ) -> Any:
        """A list as a `Pager`, or in a raw session its first page."""
        if self.raw:
            return self._raw_page(operation, path, query or {})

        async def fetch(query: Mapping[str, Any]) -> Any:
            return self._read(operation, await self.send(operation, path=path, query=query), None)

        return Pager(operation, query or {}, fetch)

    async def send(
        self,
        operation: Operation,
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, object],
        body: Model | list[Any] | None = None,
    ) -> Response:
        """Send an operation until it is answered: encode, throttle, authenticate, send, classify, retry or raise."""
        scheme = self.authenticator.scheme(operation)
        target = operation.url_path(path)
        pairs = operation.query_pairs(query, self._json_text) if operation.query else []
        payload = b"" if body is None else self._payload(operation, body)
        origin = self.base_url or operation.host
        lane = self.throttle.lane(self.authenticator.account, origin, operation.requests_per_second)
        watched = self.observation.wanted
        attempt = 0
        while True:
            sent_at = lane.try_acquire() or await lane.acquire()
            failure: APIError | TransportError
            try:
                request = self._request(operation, scheme, origin, target, pairs, payload)
                response = await (
                    self.observation.watch(self._exchange, operation, attempt + 1, request)
                    if watched
                    else self._exchange(request)
                )
            except TransportError as error:
                failure = error
            else:
                if response.status != 429:
                    lane.accepted(sent_at)
                if response.status < 500:
                    self.budget.earn()
                if self.drift is not None:
                    self.drift.look(operation, response)
                if response.status < 300 or response.status in operation.success:
                    return response
                failure = self._failure(operation, response)
            if isinstance(failure, RateLimited):
                closing = lane.throttled(sent_at, failure.retry_after)
                if closing is not None:
                    self.observation.throttled(closing)
            if attempt >= self.max_retries or not may_repeat(failure, idempotent=operation.idempotent):
                raise failure
            if not isinstance(failure, RateLimited):  # the gate makes those wait
                if not self.budget.spend():
                    failure.add_note("It was not sent again: too large a share of this client's requests fail.")
                    raise failure
                await asyncio.sleep(backoff(attempt, getattr(failure, "retry_after", None)))
            attempt += 1

    def _payload(self, operation: Operation, body: Any) -> bytes:
        if operation.form:
            return encode_form(self.codec.encode(body))
        return self.codec.encode_bytes(body)

    def _request(
        self, operation: Operation, scheme: str, origin: str, target: str, pairs: list[tuple[str, str]], payload: bytes
    ) -> Request:
        headers = [
            _USER_AGENT,
            _accept(operation.accept),
            *self.authenticator.headers(scheme),
        ]
        if payload:
            headers.append(_FORM_TYPE if operation.form else _CONTENT_TYPE)
        pairs = self.authenticator.query(scheme, pairs)
        target = f"{target}?{urlencode(pairs)}" if pairs else target
        return Request(operation.method, origin, target, headers, payload)

    async def _exchange(self, request: Request) -> Response:
        if self.timeout is None:
            return await self.transport.send(request)
        try:
            with self.deadlines.after(self.timeout):
                return await self.transport.send(request)
        except TimeoutError:
            raise TimedOut(f"no complete answer within {self.timeout} seconds") from None

    def _failure(self, operation: Operation, response: Response) -> APIError:
        body = _lenient_json(response.body)
        problem = Problem.from_json(body)
        return error_class(response.status)(
            response.status,
            problem=problem,
            request_id=response.header("x-request-id") or problem.instance,
            retry_after=retry_after(response.header("retry-after"), body),
            headers=response.header_map(),
            body=response.body,
            operation=operation.id,
        )

    def _read(self, operation: Operation, response: Response, body: Any) -> Any:
        """The answer as the operation's type."""
        markup = response.body.lstrip().startswith(b"<")
        admits_xml = "xml" in operation.accept
        # A 207 that is a page speaks of no item, which is told as it is.
        if markup and not admits_xml and response.status < 300 and response.status != 207:
            # Somebody in between has answered: the success that the status tells of is not the API's.
            words = f"the answer to {operation.id} ({response.status}) is a page, and no JSON"
            raise DecodeError(words, body=response.body, status=response.status)
        if operation.partial is not None and response.status in operation.partial.statuses:
            items = [str(item) for item in getattr(body, operation.partial.items)]
            result = read_partial(response.status, _lenient_json(response.body), items)
            if result is None:
                raise self._failure(operation, response)
            return result
        type_ = operation.success.get(response.status, next(iter(operation.success.values())))
        if type_ is None or response.status == 204:
            return None
        try:
            if markup and admits_xml:
                from aiovonage.core.xml import xml_to_json

                return self.codec.decode(type_, xml_to_json(type_, response.body))
            return self.codec.decode_bytes(type_, response.body)
        except DecodeError as error:
            error.body = response.body
            error.status = response.status
            error.add_note(f"in the answer to {operation.id} ({response.status})")
            raise

    async def _raw_page(
        self, operation: Operation, path: tuple[object, ...], query: Mapping[str, object]
    ) -> RawResponse[Any]:
        response = await self.send(operation, path=path, query=query)
        return self._raw(page_of(operation, query, self._read(operation, response, None)), response)

    def _raw(self, parsed: Any, response: Response) -> RawResponse[Any]:
        return RawResponse(parsed, response.status, response.header_map(), response.body)

    def _json_text(self, value: object) -> str:
        return self.codec.encode_bytes(value).decode()


@cache
def _accept(media_type: str) -> tuple[bytes, bytes]:
    return b"Accept", media_type.encode()


def _lenient_json(body: bytes) -> Any:
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
