"""Faults that the sandbox injects."""

from __future__ import annotations

import random
from enum import Enum
from typing import Any

import attrs

from aiovonage.sandbox.checks import Setting, is_one_of, is_seconds_or_range, is_share
from aiovonage.sandbox.intermediary import INTERMEDIARY_KINDS


def _are_kinds(owner: object, setting: Setting, value: Any) -> None:
    if not isinstance(value, tuple) or not value:
        kinds = ", ".join(INTERMEDIARY_KINDS)
        raise ValueError(f"Faults.{setting.name} must be a tuple of one or more of {kinds}; not {value!r}")
    for kind in value:
        is_one_of(INTERMEDIARY_KINDS)(owner, setting, kind)


@attrs.frozen(kw_only=True)
class Faults:
    """The share of requests that get each fault. The same seed and requests give the same faults.

    Attributes:
        latency: Seconds before a response, or a range of seconds as `(least, most)`.
        error_rate: The share of requests that get a 500, 502 or 503, and are not carried out.
        dropped_connections: The share whose connection is cut before they are carried out.
        lost_responses: The share that are carried out, but whose connection is cut before the response.
        throttled: The share that get a 429 although the rate limit admits them.
        partial_failures: The share of items of a batch that are refused.
        intermediary: The share that a proxy or gateway responds to instead of the API. They are not carried out.
        intermediary_kinds: What such a response may be: `"302"` and `"307"` (redirects to a login page), `"403-page"`,
            `"404-page"` and `"407-page"` (HTML), `"403-json"`, `"404-json"` and `"407-json"` (JSON of the gateway's
            own), `"408"`, `"425"`, `"200-page"` (HTML with status 200) and `"502-page"`. Default: all of them.
        seed: The seed of all random choices.
    """

    __module__ = "aiovonage.sandbox"

    latency: float | tuple[float, float] = attrs.field(default=0.0, validator=is_seconds_or_range)
    error_rate: float = attrs.field(default=0.0, validator=is_share)
    dropped_connections: float = attrs.field(default=0.0, validator=is_share)
    lost_responses: float = attrs.field(default=0.0, validator=is_share)
    throttled: float = attrs.field(default=0.0, validator=is_share)
    partial_failures: float = attrs.field(default=0.0, validator=is_share)
    intermediary: float = attrs.field(default=0.0, validator=is_share)
    intermediary_kinds: tuple[str, ...] = attrs.field(default=INTERMEDIARY_KINDS, validator=_are_kinds)
    seed: int = 0


class Fault(Enum):
    """A fault of one request. The value is its name in `Sandbox.injected`."""

    ERROR = "errors"
    DROPPED = "dropped_connections"
    LOST = "lost_responses"
    THROTTLED = "throttled"
    INTERMEDIARY = "intermediary"


class FaultInjector:
    """Draws the fault of each request."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.random: random.Random = random.Random(faults.seed)
        shares = (
            (Fault.ERROR, faults.error_rate),
            (Fault.DROPPED, faults.dropped_connections),
            (Fault.LOST, faults.lost_responses),
            (Fault.THROTTLED, faults.throttled),
            (Fault.INTERMEDIARY, faults.intermediary),
        )
        self._shares = [(fault, share) for fault, share in shares if share]

    def fault(self) -> Fault | None:
        """The fault of the next request; None for none."""
        if not self._shares:
            return None
        drawn = self.random.random()
        for fault, share in self._shares:
            if drawn < share:
                return fault
            drawn -= share
        return None

    def latency(self) -> float:
        """Seconds before the next response."""
        latency = self.faults.latency
        return self.random.uniform(*latency) if isinstance(latency, tuple) else latency

    def intermediary(self) -> str:
        """The kind of the next response from an intermediary."""
        return self.random.choice(self.faults.intermediary_kinds)

    def refuses_item(self) -> bool:
        """Whether the next item of a batch is refused."""
        return self.faults.partial_failures > 0.0 and self.random.random() < self.faults.partial_failures
