"""The life of a request, from arguments to a model."""

from __future__ import annotations

import asyncio
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import attrs

from aiovonage._core.codec import json_text
from aiovonage._core.codec.body_type import wrong_body
from aiovonage._core.codec.form import encode_form
from aiovonage._core.http.extra_headers import Headers, user_agent_header
from aiovonage._core.http.protocol import Request, Response
from aiovonage._core.http.received_headers import ReceivedHeaders
from aiovonage._core.http.resolve import DeferredTransport
from aiovonage._core.page_reading import page_of
from aiovonage._core.pagination import Pager
from aiovonage._core.partial import read_partial
from aiovonage._core.raw import RawResponse
from aiovonage._core.retry.hints import hint
from aiovonage._core.retry.policy import MAX_RETRY_AFTER, may_repeat, wait_before_retry
from aiovonage._core.retry.recovery import Recovery
from aiovonage._core.retry.retry_after import LONGEST_CREDIBLE, LONGEST_WAIT, retry_after
from aiovonage._core.retry.timed_out import timed_out
from aiovonage._error_text import is_page, text_of
from aiovonage._problem import Problem
from aiovonage.errors import APIError, DecodeError, NotFound, RateLimited, TransportError, error_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiovonage._core.auth.schemes import Authenticator
    from aiovonage._core.codec.codec import Codec
    from aiovonage._core.codec.model import Model
    from aiovonage._core.drift.watch import DriftWatch
    from aiovonage._core.event_loop.deadline import Deadlines
    from aiovonage._core.http.protocol import Transport
    from aiovonage._core.observability.observer import Observation
    from aiovonage._core.operation import Operation
    from aiovonage._core.pagination import Page
    from aiovonage._core.retry.policy import RetryBudget
    from aiovonage._core.retry.recovery import Retry
    from aiovonage._core.throttle.queue import RequestQueue
    from aiovonage._core.throttle.throttle import Throttle

_CONTENT_TYPE = (b"Content-Type", b"application/json")
_FORM_TYPE = (b"Content-Type", b"application/x-www-form-urlencoded")
_NO_QUERY: Mapping[str, object] = MappingProxyType({})
_NO_HOSTS: Mapping[str, str] = MappingProxyType({})

T = TypeVar("T")


@attrs.define(kw_only=True, eq=False)
class Session:
    """Sends operations. A view of a session (`attrs.evolve`) shares everything but what it changes.

    Attributes:
        authenticator: Adds credentials to requests.
        transport: Sends requests.
        throttle: Limits the rate of requests, for all tasks at once.
        budget: Limits retries to a share of the requests.
        recovery: Admits retries in turn, within the budget.
        codec: Encodes and decodes.
        deadlines: Cancel attempts that take too long.
        observation: Reports requests and responses to logs, hooks and OpenTelemetry.
        base_url: The origin for all requests, instead of the operations' own hosts.
        hosts: The origins of single namespaces, which override `base_url`.
        headers: Headers that are added to all requests.
        user_agent: The header of that name.
        allow_insecure_http: Whether a request may name an origin with plain http on another machine.
        timeout: Seconds for one attempt, from connecting to the end of the response.
        max_retries: How often a request may be sent again.
        max_retry_after: The most seconds that a 5xx may ask to wait before a retry.
        drift: Compares responses with the specs; None if nobody asked for it.
    """

    authenticator: Authenticator
    transport: Transport
    throttle: Throttle
    budget: RetryBudget
    codec: Codec
    deadlines: Deadlines
    observation: Observation
    base_url: str | None = None
    hosts: Mapping[str, str] = _NO_HOSTS
    headers: Headers = attrs.field(factory=list, repr=False)  # may contain the secrets of a gateway
    user_agent: tuple[bytes, bytes] = attrs.field(factory=lambda: user_agent_header(None))
    allow_insecure_http: bool = False
    timeout: float | None = 30.0
    max_retries: int = 4
    max_retry_after: float = MAX_RETRY_AFTER
    drift: DriftWatch | None = None
    recovery: Recovery = attrs.field(default=attrs.Factory(lambda self: Recovery(self.budget), takes_self=True))
    # The last path of plain ids, and what it was made of: a bulk run uses the same one for each number.
    _last_path: tuple[Operation[Any] | None, tuple[object, ...], str] = attrs.field(default=(None, (), ""), init=False)

    async def call(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, object] = _NO_QUERY,
        body: Model | list[Any] | None = None,
    ) -> T:
        """Send an operation and decode the response. For a list, the result is its first page.

        Raises:
            VonageError: by class; see `aiovonage.errors`.
        """
        response = await self.send(operation, path=path, query=query, body=body)
        return self._read(operation, response, query, body)

    async def call_raw(
        self,
        operation: Operation[T],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, object] = _NO_QUERY,
        body: Model | list[Any] | None = None,
    ) -> RawResponse[T]:
        """Like `call`, with status, headers and body. `call` does not use it, since most calls do not need the
        headers.
        """
        response = await self.send(operation, path=path, query=query, body=body)
        parsed = self._read(operation, response, query, body)
        return RawResponse(parsed, response.status, ReceivedHeaders(response), response.body)

    async def request(
        self,
        operation: Operation[Any],
        *,
        path: tuple[object, ...],
        query: Mapping[str, object],
        json: object,
        body: bytes | None,
        headers: Headers,
    ) -> RawResponse[Any]:
        """Send an operation that no spec describes.

        Args:
            operation: The operation, as far as it is known.
            path: The values of its path parameters.
            query: Its query.
            json: The body as a model or JSON value.
            body: The body as bytes, instead of `json`.
            headers: Headers for this request.
        """
        content = body if body is not None else self.codec.encode_bytes(json) if json is not None else b""
        response = await self.send(operation, path=path, query=query, content=content, headers=headers)
        parsed: Any = _lenient_json(response.body)
        return RawResponse(parsed, response.status, ReceivedHeaders(response), response.body)

    def paginate(
        self, operation: Operation[Page[T]], *, path: tuple[object, ...] = (), query: Mapping[str, object] = _NO_QUERY
    ) -> Pager[T]:
        """A list as a `Pager`. Nothing is sent before it is read."""

        async def fetch(query: Mapping[str, Any]) -> Page[T]:
            return await self.call(operation, path=path, query=query)

        return Pager(operation, query, fetch)

    async def send(
        self,
        operation: Operation[Any],
        *,
        path: tuple[object, ...] = (),
        query: Mapping[str, object],
        body: Model | list[Any] | None = None,
        content: bytes = b"",
        headers: Headers | None = None,
    ) -> Response:
        """Send an operation until there is a result: encode, throttle, authenticate, send, classify, retry or raise."""
        if type(self.transport) is DeferredTransport and not self.transport.is_ready:
            self.transport.load(operation.id)
        if operation.body and not isinstance(body, operation.body):
            raise wrong_body(operation.id, operation.body, body)
        scheme = self.authenticator.scheme(operation)
        target = self._path(operation, path)
        pairs = operation.query_pairs(query, self._json_text) if operation.query else []
        payload = content if body is None else self._payload(operation, body)
        origin = self.origin(operation) if self.hosts else self.base_url or operation.host
        headers = [*self.headers, *headers] if headers else self.headers
        queue = self.throttle.queue(self.authenticator.account, origin, operation.requests_per_second)
        attempt = failures = 0
        retry: Retry | None = None
        answered = lost = False
        try:
            while True:
                sent_at = queue.try_acquire(operation.id) or await queue.acquire(operation.id)
                attempt += 1
                answered = False
                failure: APIError | TransportError
                try:
                    request = self._request(operation, scheme, origin, target, pairs, payload, headers)
                    response = await (
                        self.observation.watch(self._exchange, operation, attempt, request)
                        if self.observation.wanted
                        else self._exchange(request)
                    )
                except TransportError as error:
                    failure = error.of(operation.id, repeatable=operation.idempotent)
                else:
                    answered = self._note(operation, queue, sent_at, response)
                    if response.status < 300 or response.status in operation.success:
                        return response
                    failure = self._failure(operation, response)
                if isinstance(failure, RateLimited):
                    self._throttled(queue, sent_at, failure, operation.id)
                if failures >= self.max_retries or not may_repeat(
                    failure, idempotent=operation.idempotent, max_retry_after=self.max_retry_after
                ):
                    raise _explained(failure, operation, lost=lost)
                lost = lost or (not answered and getattr(failure, "sent", True))
                if retry is not None:
                    retry.end(answered=answered)
                if not isinstance(failure, RateLimited):  # the throttle makes those wait
                    retry = await self.recovery.admit(failure, failures, self.max_retries)
                    await self._pause(operation, failure, attempt, retry)
                    failures = retry.failures
                failures += 1
        finally:
            if retry is not None:
                retry.end(answered=answered)

    def _note(self, operation: Operation[Any], queue: RequestQueue, sent_at: float, response: Response) -> bool:
        """Report a response to throttle, drift and recovery. Returns whether the server works."""
        if response.status != 429:
            queue.accepted(sent_at, operation.id)
        if self.drift is not None:
            self.drift.compare(operation, response)
        works = response.status < 500 and response.status != 408
        if works:
            self.recovery.answered()
        return works

    def _throttled(self, queue: RequestQueue, sent_at: float, failure: RateLimited, operation: str) -> None:
        asked = failure.retry_after
        closing = queue.throttled(sent_at, None if asked is None else min(asked, LONGEST_WAIT), operation)
        if closing is not None:
            self.observation.throttled(closing)

    async def _pause(
        self, operation: Operation[Any], failure: APIError | TransportError, attempt: int, retry: Retry
    ) -> None:
        """Wait before a retry. The time that it waited for its turn counts."""
        seconds = max(0.0, wait_before_retry(retry.failures, failure) - retry.waited)
        self.observation.retrying(operation, failure, attempt, seconds)
        await asyncio.sleep(seconds)

    def origin(self, operation: Operation[Any]) -> str:
        """The origin of an operation."""
        if self.hosts:
            own = self.hosts.get(operation.id.partition(".")[0])
            if own is not None:
                return own
        return self.base_url or operation.host

    def _path(self, operation: Operation[Any], values: tuple[object, ...]) -> str:
        last, known, path = self._last_path
        if operation is last and values == known:
            return path
        path = operation.url_path(values)
        if all(type(value) is str for value in values):
            self._last_path = operation, values, path
        return path

    def _payload(self, operation: Operation[Any], body: Any) -> bytes:
        if operation.form:
            return encode_form(self.codec.encode(body))
        return self.codec.encode_bytes(body)

    def _request(
        self,
        operation: Operation[Any],
        scheme: str,
        origin: str,
        target: str,
        pairs: list[tuple[str, str]],
        payload: bytes,
        extra: Headers,
    ) -> Request:
        headers = [
            self.user_agent,
            _accept(operation.accept),
            *self.authenticator.headers(scheme),
        ]
        if payload:
            headers.append(_FORM_TYPE if operation.form else _CONTENT_TYPE)
        if extra:
            named = {name.lower() for name, _ in extra}
            headers = [*(header for header in headers if header[0].lower() not in named), *extra]
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
            raise timed_out(request, self.timeout) from None

    def _failure(self, operation: Operation[Any], response: Response) -> APIError:
        body = _lenient_json(response.body)
        problem = Problem.from_json(body)
        if problem.title is None and problem.detail is None:
            problem = attrs.evolve(problem, detail=text_of(body, response.body))
        date = response.header("date")
        return error_class(response.status)(
            response.status,
            problem=problem,
            request_id=response.header("x-request-id") or problem.instance,
            retry_after=retry_after(response.header("retry-after"), body, date=date, most=LONGEST_CREDIBLE),
            headers=response.header_map(),
            body=response.body,
            operation=operation.id,
            hint=hint(response.status, is_page=is_page(response.body), date=date),
        )

    def _read(self, operation: Operation[T], response: Response, query: Mapping[str, object], body: Any) -> T:
        """Decode the response into the result of the operation."""
        markup = response.body.lstrip().startswith(b"<")
        # A 207 that is a page says nothing about its items, so all of them are unknown.
        if markup and "xml" not in operation.accept and response.status < 300 and response.status != 207:
            # An intermediary responded, so the success is not the API's.
            words = f"the response to {operation.id} ({response.status}) is a page, not JSON"
            raise DecodeError(words, body=response.body, status=response.status)
        result: Any  # the generated code guarantees that the types in `success` are `T`
        if operation.partial is not None and response.status in operation.partial.statuses:
            items = [str(item) for item in getattr(body, operation.partial.items)]
            result = read_partial(response.status, _lenient_json(response.body), items)
            if result is None:
                raise self._failure(operation, response)
        else:
            result = self._decoded(operation, response, markup=markup)
            if operation.pagination is not None:
                result = page_of(operation, query, result)
        typed: T = result
        return typed

    def _decoded(self, operation: Operation[Any], response: Response, *, markup: bool) -> Any:
        """Decode a body as the type that the spec has for the status."""
        types = operation.success
        type_ = types[response.status] if response.status in types else next(iter(types.values()))
        if type_ is None or response.status == 204:
            return None
        try:
            if markup and "xml" in operation.accept:
                from aiovonage._core.codec.xml import xml_to_json

                return self.codec.decode(type_, xml_to_json(type_, response.body))
            return self.codec.decode_bytes(type_, response.body)
        except DecodeError as error:
            error.body = response.body
            error.status = response.status
            error.add_note(f"in the response to {operation.id} ({response.status})")
            raise

    def _json_text(self, value: object) -> str:
        return self.codec.encode_bytes(value).decode()


def _explained(
    failure: APIError | TransportError, operation: Operation[Any], *, lost: bool
) -> APIError | TransportError:
    """The failure, with a note if an earlier attempt explains it."""
    if lost and operation.method == "DELETE" and isinstance(failure, NotFound):
        failure.add_note("An earlier attempt, whose response was lost, may have deleted it.")
    return failure


@cache
def _accept(media_type: str) -> tuple[bytes, bytes]:
    return b"Accept", media_type.encode()


def _lenient_json(body: bytes) -> Any:
    try:
        return json_text.loads(body)
    except json_text.NotJSON:
        return None
