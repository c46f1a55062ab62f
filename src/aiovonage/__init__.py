"""Async SDK for Vonage's provisioning APIs.

from aiovonage import Vonage

async with Vonage() as vonage:
    async for brand in vonage.ten_dlc.list_brands():
        print(brand.brand_id, brand.display_name)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aiovonage._version import __version__

if TYPE_CHECKING:
    from aiovonage._client import Vonage
    from aiovonage._core.codec.codec import decode, encode
    from aiovonage._core.codec.model import Model
    from aiovonage._core.codec.null import NULL
    from aiovonage._core.codec.unknown_value import UnknownValueWarning
    from aiovonage._core.drift.differences import Drift
    from aiovonage._core.observability.events import RequestEvent, ResponseEvent, ThrottleEvent
    from aiovonage._core.pagination import Page, Pager
    from aiovonage._core.partial import FailedItem, PartialFailure, PartialResult
    from aiovonage._core.raw import RawResponse
    from aiovonage._core.throttle.snapshot import ThrottleSnapshot
    from aiovonage._core.throttle.throttle import Throttle
    from aiovonage._core.waiter import WaiterFailed, WaiterTimedOut
    from aiovonage.errors import (
        APIError,
        BadRequest,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        DecodeError,
        Forbidden,
        InvalidParameter,
        InvalidValue,
        NotFound,
        PaginationError,
        Problem,
        RateLimited,
        ResponseTooLarge,
        ServerError,
        ThrottleTimeout,
        TimedOut,
        TransportError,
        Unauthorized,
        UnprocessableContent,
        VonageError,
    )

_HOME = {
    "Vonage": "aiovonage._client",
    "decode": "aiovonage._core.codec.codec",
    "encode": "aiovonage._core.codec.codec",
    "NULL": "aiovonage._core.codec.null",
    "Model": "aiovonage._core.codec.model",
    "UnknownValueWarning": "aiovonage._core.codec.unknown_value",
    "Drift": "aiovonage._core.drift.differences",
    "RequestEvent": "aiovonage._core.observability.events",
    "ResponseEvent": "aiovonage._core.observability.events",
    "ThrottleEvent": "aiovonage._core.observability.events",
    "Page": "aiovonage._core.pagination",
    "Pager": "aiovonage._core.pagination",
    "FailedItem": "aiovonage._core.partial",
    "PartialFailure": "aiovonage._core.partial",
    "PartialResult": "aiovonage._core.partial",
    "RawResponse": "aiovonage._core.raw",
    "Throttle": "aiovonage._core.throttle.throttle",
    "ThrottleSnapshot": "aiovonage._core.throttle.snapshot",
    "WaiterFailed": "aiovonage._core.waiter",
    "WaiterTimedOut": "aiovonage._core.waiter",
    "APIError": "aiovonage.errors",
    "BadRequest": "aiovonage.errors",
    "ConfigurationError": "aiovonage.errors",
    "Conflict": "aiovonage.errors",
    "ConnectionFailed": "aiovonage.errors",
    "DecodeError": "aiovonage.errors",
    "Forbidden": "aiovonage.errors",
    "InvalidParameter": "aiovonage.errors",
    "InvalidValue": "aiovonage.errors",
    "NotFound": "aiovonage.errors",
    "PaginationError": "aiovonage.errors",
    "Problem": "aiovonage.errors",
    "RateLimited": "aiovonage.errors",
    "ResponseTooLarge": "aiovonage.errors",
    "ServerError": "aiovonage.errors",
    "ThrottleTimeout": "aiovonage.errors",
    "TimedOut": "aiovonage.errors",
    "TransportError": "aiovonage.errors",
    "Unauthorized": "aiovonage.errors",
    "UnprocessableContent": "aiovonage.errors",
    "VonageError": "aiovonage.errors",
}
"""The module that defines each public name, imported when the name is first used: `import aiovonage` stays cheap."""

__all__ = [
    "NULL",
    "APIError",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "DecodeError",
    "Drift",
    "FailedItem",
    "Forbidden",
    "InvalidParameter",
    "InvalidValue",
    "Model",
    "NotFound",
    "Page",
    "Pager",
    "PaginationError",
    "PartialFailure",
    "PartialResult",
    "Problem",
    "RateLimited",
    "RawResponse",
    "RequestEvent",
    "ResponseEvent",
    "ResponseTooLarge",
    "ServerError",
    "Throttle",
    "ThrottleEvent",
    "ThrottleSnapshot",
    "ThrottleTimeout",
    "TimedOut",
    "TransportError",
    "Unauthorized",
    "UnknownValueWarning",
    "UnprocessableContent",
    "Vonage",
    "VonageError",
    "WaiterFailed",
    "WaiterTimedOut",
    "__version__",
    "decode",
    "encode",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
