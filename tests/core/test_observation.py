"""What the log, hooks and OpenTelemetry are told of requests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from aiovonage import ConnectionFailed, NotFound, RequestEvent, ResponseEvent, ThrottleEvent, Vonage
from aiovonage.api.ten_dlc.models import LinkNumber

TEMPLATE = "/v1/10dlc/brands/{brand_id}/campaigns/{campaign_id}/numbers/{number}"
OK = httpx.Response(200, json={"number": "14155550110"}, headers={"X-Request-Id": "r-1"})
SLOW_DOWN = httpx.Response(429, headers={"Retry-After": "0.01"})


def client(*answers: httpx.Response | Exception, **options: Any) -> Vonage:
    """A client whose requests are answered in this order."""
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return Vonage(api_key="key", api_secret="s3cr3t", transport=httpx.MockTransport(answer), **options)


pytestmark = pytest.mark.usefixtures("no_backoff")


async def test_hooks_are_told_of_every_attempt() -> None:
    events: list[object] = []
    hooks = dict.fromkeys(("on_request", "on_response", "on_throttle"), events.append)
    async with client(httpx.Response(503), SLOW_DOWN, OK, **hooks) as vonage:
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
    requests = [event for event in events if isinstance(event, RequestEvent)]
    responses = [event for event in events if isinstance(event, ResponseEvent)]
    (throttle,) = [event for event in events if isinstance(event, ThrottleEvent)]
    assert [event.attempt for event in requests] == [1, 2, 3]
    assert {event.operation for event in requests} == {"ten_dlc.get_number"}
    assert {(event.method, event.origin, event.path) for event in requests} == {
        ("GET", "https://api-eu.vonage.com", TEMPLATE)
    }
    assert [(event.request, event.status) for event in responses] == list(zip(requests, [503, 429, 200], strict=True))
    assert responses[-1].request_id == "r-1"
    assert all(event.elapsed >= 0 and event.error is None for event in responses)
    assert (throttle.host, throttle.waiting) == ("https://api-eu.vonage.com", 0)
    assert 0 < throttle.closed_for <= 1
    assert [type(event).__name__ for event in events] == [
        *["RequestEvent", "ResponseEvent"] * 2,
        "ThrottleEvent",
        *["RequestEvent", "ResponseEvent"],
    ]


async def test_a_request_that_is_not_answered_is_told_with_its_error() -> None:
    told: list[ResponseEvent] = []
    async with client(httpx.ConnectError("no route"), max_retries=0, on_response=told.append) as vonage:
        with pytest.raises(ConnectionFailed) as caught:
            await vonage.ten_dlc.get_number("B", "C", "14155550110")
    assert [(event.status, event.error) for event in told] == [(None, caught.value)]


async def test_a_hook_that_fails_costs_no_request(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise LookupError("in a hook")

    async with client(SLOW_DOWN, OK, on_request=fail, on_response=fail, on_throttle=fail) as vonage:
        found = await vonage.ten_dlc.get_number("B", "C", "14155550110")
    assert found.number == "14155550110"
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(failures) == 5
    assert all(record.exc_info is not None and record.name == "aiovonage" for record in failures)


async def test_one_line_a_request_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "aiovonage")
    async with client(OK, httpx.Response(404), max_retries=0) as vonage:
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
        with pytest.raises(NotFound):
            await vonage.ten_dlc.get_number("B", "C", "14155550111")
    lines = [record.getMessage() for record in caplog.records if record.name == "aiovonage"]
    assert len(lines) == 2
    assert lines[0].startswith(f"ten_dlc.get_number: GET https://api-eu.vonage.com{TEMPLATE} answered 200 in 0.0")
    assert "answered 404" in lines[1]
    assert "1415555011" not in "".join(lines)


async def test_a_closed_gate_is_one_line_at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiovonage")
    async with client(SLOW_DOWN, OK) as vonage:
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aiovonage.throttle", logging.INFO)
    assert "answered 429" in record.getMessage()


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """OpenTelemetry's providers, set for this test: the spans' exporter and the metrics' reader."""
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider(metric_readers=[reader])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: tracers)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: meters)
    monkeypatch.setattr("opentelemetry.metrics._internal.get_meter_provider", lambda: meters)
    yield spans, reader
    meters.shutdown()
    tracers.shutdown()


async def test_spans_follow_the_conventions_of_http_clients(exported: tuple[Any, Any]) -> None:
    from opentelemetry import trace
    from opentelemetry.trace import SpanKind, StatusCode

    spans, _ = exported
    async with client(SLOW_DOWN, OK, httpx.ReadError("cut"), max_retries=1) as vonage:
        with trace.get_tracer("test").start_as_current_span("parent") as parent:
            await vonage.ten_dlc.get_number("B", "C", "14155550110")
            with pytest.raises(ConnectionFailed):
                await vonage.ten_dlc.link_number("B", "C", LinkNumber(country="US", number="14155550110"))
    refused, answered, broken = spans.get_finished_spans()[:3]
    assert {span.name for span in (refused, answered)} == {f"GET {TEMPLATE}"}
    assert answered.kind is SpanKind.CLIENT
    assert answered.parent.span_id == parent.get_span_context().span_id
    assert answered.attributes == {
        "http.request.method": "GET",
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "url.template": TEMPLATE,
        "url.scheme": "https",
        "server.address": "api-eu.vonage.com",
        "server.port": 443,
        "vonage.operation": "ten_dlc.get_number",
        "vonage.request_id": "r-1",
    }
    assert (refused.attributes["error.type"], refused.status.status_code) == ("429", StatusCode.ERROR)
    assert broken.attributes["error.type"] == "ConnectionFailed"
    assert "http.response.status_code" not in broken.attributes
    assert 0 <= answered.end_time - answered.start_time < 1e9


async def test_metrics_count_durations_and_closings(exported: tuple[Any, Any]) -> None:
    _, reader = exported
    async with client(SLOW_DOWN, OK, OK) as vonage:
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
    (scope,) = reader.get_metrics_data().resource_metrics[0].scope_metrics
    points = {metric.name: metric.data.data_points for metric in scope.metrics}
    durations = points["http.client.request.duration"]
    assert {point.attributes["http.response.status_code"]: point.count for point in durations} == {429: 1, 200: 2}
    (closings,) = points["aiovonage.throttle.closings"]
    assert (closings.value, closings.attributes["server.address"]) == (1, "api-eu.vonage.com")
    assert points["aiovonage.throttle.closed"][0].value > 0


async def test_without_a_provider_nothing_is_watched() -> None:
    async with client(OK) as vonage:
        await vonage.ten_dlc.get_number("B", "C", "14155550110")
        assert not vonage._session.observation.wanted
