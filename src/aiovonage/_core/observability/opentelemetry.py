"""OpenTelemetry spans and metrics (extra `otel`), following its semantic conventions for HTTP clients.

Names contain the template of a path, never ids, numbers or queries. So the attribute `url.full` is omitted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, StatusCode

from aiovonage._version import __version__

if TYPE_CHECKING:
    from aiovonage._core.observability.events import ResponseEvent, ThrottleEvent

_OF_THE_API = ("opentelemetry.trace", "opentelemetry.metrics")

_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
"""Seconds, as the conventions recommend for request durations."""


def is_set_up() -> bool:
    """Whether the application has set a provider. The API's own default providers record nothing."""
    providers = (trace.get_tracer_provider(), metrics.get_meter_provider())
    return not all(type(provider).__module__.startswith(_OF_THE_API) for provider in providers)


class Telemetry:
    """A span and a duration for each attempt of a request, and counters of the throttle.

    It uses the providers that the application has set by the first request.
    """

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("aiovonage", __version__)
        meter = metrics.get_meter("aiovonage", __version__)
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._closings = meter.create_counter(
            "aiovonage.throttle.closings",
            unit="{closing}",
            description="How often a 429 paused the requests to a host.",
        )
        self._closed_for = meter.create_counter(
            "aiovonage.throttle.closed", unit="s", description="How long 429s paused the requests to a host."
        )

    def answered(self, event: ResponseEvent) -> None:
        """Record the span and the duration of an attempt."""
        ended = time.time_ns()
        sent = event.request
        attributes: dict[str, str | int] = {
            "http.request.method": sent.method,
            "url.template": sent.path,
            **_server(sent.origin),
        }
        if event.status is not None:
            attributes["http.response.status_code"] = event.status
        failed = event.error is not None or (event.status or 0) >= 400
        if failed:
            attributes["error.type"] = type(event.error).__name__ if event.error is not None else str(event.status)
        span = self._tracer.start_span(
            f"{sent.method} {sent.path}",
            kind=SpanKind.CLIENT,
            start_time=ended - int(event.elapsed * 1e9),
            attributes={**attributes, "vonage.operation": sent.operation},
        )
        if span.is_recording():
            if sent.attempt > 1:
                span.set_attribute("http.request.resend_count", sent.attempt - 1)
            if event.request_id is not None:
                span.set_attribute("vonage.request_id", event.request_id)
            if failed:
                span.set_status(StatusCode.ERROR)
        span.end(ended)
        self._duration.record(event.elapsed, attributes)

    def throttled(self, event: ThrottleEvent) -> None:
        """Count a pause after a 429."""
        attributes = _server(event.host)
        self._closings.add(1, attributes)
        self._closed_for.add(event.closed_for, attributes)


def _server(origin: str) -> dict[str, str | int]:
    parts = urlsplit(origin)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"server.address": parts.hostname or "", "server.port": port, "url.scheme": parts.scheme}
