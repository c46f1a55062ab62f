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
    from aiovonage.client import Vonage
    from aiovonage.core.codec import decode, encode
    from aiovonage.core.drift import Drift
    from aiovonage.core.errors import (
        APIError,
        BadRequest,
        ConfigurationError,
        Conflict,
        ConnectionFailed,
        DecodeError,
        Forbidden,
        InvalidValue,
        NotFound,
        PaginationError,
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
    from aiovonage.core.events import RequestEvent, ResponseEvent, ThrottleEvent
    from aiovonage.core.model import NULL, Model
    from aiovonage.core.pagination import Page, Pager
    from aiovonage.core.partial import FailedItem, PartialFailure, PartialResult
    from aiovonage.core.problem import InvalidParameter, Problem
    from aiovonage.core.raw import RawResponse
    from aiovonage.core.throttle import Throttle
    from aiovonage.core.unknown_value import UnknownValueWarning
    from aiovonage.core.waiter import WaiterFailed, WaiterTimedOut

_MODULES = {
    "aiovonage.client": ["Vonage"],
    "aiovonage.core.codec": ["decode", "encode"],
    "aiovonage.core.drift": ["Drift"],
    "aiovonage.core.errors": [
        "APIError",
        "BadRequest",
        "ConfigurationError",
        "Conflict",
        "ConnectionFailed",
        "DecodeError",
        "Forbidden",
        "InvalidValue",
        "NotFound",
        "PaginationError",
        "RateLimited",
        "ResponseTooLarge",
        "ServerError",
        "ThrottleTimeout",
        "TimedOut",
        "TransportError",
        "Unauthorized",
        "UnprocessableContent",
        "VonageError",
    ],
    "aiovonage.core.events": ["RequestEvent", "ResponseEvent", "ThrottleEvent"],
    "aiovonage.core.model": ["NULL", "Model"],
    "aiovonage.core.pagination": ["Page", "Pager"],
    "aiovonage.core.partial": ["FailedItem", "PartialFailure", "PartialResult"],
    "aiovonage.core.problem": ["InvalidParameter", "Problem"],
    "aiovonage.core.raw": ["RawResponse"],
    "aiovonage.core.throttle": ["Throttle"],
    "aiovonage.core.unknown_value": ["UnknownValueWarning"],
    "aiovonage.core.waiter": ["WaiterFailed", "WaiterTimedOut"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

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
