"""Reports requests and responses to the log, to hooks, and to OpenTelemetry if it is installed."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from aiovonage._core.observability.events import RequestEvent, ResponseEvent, ThrottleEvent

if TYPE_CHECKING:
    from aiovonage._core.http.protocol import Request, Response
    from aiovonage._core.observability.opentelemetry import Telemetry
    from aiovonage._core.operation import Operation
    from aiovonage.errors import APIError, TransportError

logger: logging.Logger = logging.getLogger("aiovonage")

Event = TypeVar("Event")
Hook: TypeAlias = Callable[[Event], object]
Exchange: TypeAlias = "Callable[[Request], Awaitable[Response]]"


class Observation:
    """Reports the requests of a client.

    Args:
        on_request: Called before each attempt of a request.
        on_response: Called after each attempt, whatever its result.
        on_throttle: Called when a 429 pauses the requests.
    """

    def __init__(
        self,
        on_request: Hook[RequestEvent] | None = None,
        on_response: Hook[ResponseEvent] | None = None,
        on_throttle: Hook[ThrottleEvent] | None = None,
    ) -> None:
        self._on_request = on_request
        self._on_response = on_response
        self._on_throttle = on_throttle

    @property
    def wanted(self) -> bool:
        """Whether anything receives reports of requests."""
        return self._has_receivers or logger.isEnabledFor(logging.DEBUG)

    @cached_property
    def _has_receivers(self) -> bool:
        return self._on_response is not None or self._on_request is not None or self._telemetry is not None

    async def watch(self, exchange: Exchange, operation: Operation[Any], attempt: int, request: Request) -> Response:
        """Send a request, and report it.

        Args:
            exchange: Sends it.
            operation: Its operation.
            attempt: The number of the attempt, from 1.
            request: The request.
        """
        sent = RequestEvent(
            operation=operation.id,
            method=operation.method,
            origin=request.origin,
            path=operation.path_template,
            attempt=attempt,
        )
        _call(self._on_request, sent)
        began = time.monotonic()
        try:
            response = await exchange(request)
        except BaseException as error:
            self._report(ResponseEvent(request=sent, error=error, elapsed=time.monotonic() - began))
            raise
        elapsed = time.monotonic() - began
        request_id = response.header("x-request-id")
        self._report(ResponseEvent(request=sent, status=response.status, elapsed=elapsed, request_id=request_id))
        return response

    def retrying(
        self, operation: Operation[Any], failure: APIError | TransportError, attempt: int, seconds: float
    ) -> None:
        """Log that a failed request will be sent again.

        Args:
            operation: Its operation.
            failure: Its error. The text of a response is not logged, since it may quote the request.
            attempt: The number of the failed attempt, from 1.
            seconds: The wait before the next attempt.
        """
        if logger.isEnabledFor(logging.INFO):
            status = getattr(failure, "status", None)
            how = f"was answered {status}" if status is not None else f"failed ({type(failure).__name__})"
            logger.info("%s %s; it is sent again in %.2f s (attempt %d)", operation.id, how, seconds, attempt + 1)

    def throttled(self, event: ThrottleEvent) -> None:
        """Report that a 429 paused the requests."""
        _call(self._on_throttle, event)
        if self._telemetry is not None:
            self._telemetry.throttled(event)

    @cached_property
    def _telemetry(self) -> Telemetry | None:
        """OpenTelemetry, if it is installed and the application set a provider before the first request."""
        if find_spec("opentelemetry") is None or find_spec("opentelemetry.metrics") is None:
            return None
        from aiovonage._core.observability.opentelemetry import Telemetry, is_set_up

        return Telemetry() if is_set_up() else None

    def _report(self, event: ResponseEvent) -> None:
        sent = event.request
        logger.debug(
            "%s: %s %s%s %s in %.3f s (attempt %d)",
            sent.operation,
            sent.method,
            sent.origin,
            sent.path,
            f"answered {event.status}" if event.error is None else f"failed: {_words(event.error)}",
            event.elapsed,
            sent.attempt,
        )
        if self._telemetry is not None:
            self._telemetry.answered(event)
        _call(self._on_response, event)


def _call(hook: Hook[Event] | None, event: Event) -> None:
    """Call a hook. An exception is logged, so that a faulty hook does not make the request fail."""
    if hook is None:
        return
    try:
        hook(event)
    except Exception:
        logger.exception("the hook %r failed", hook)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
