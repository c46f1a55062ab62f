"""What goes wrong on purpose."""

from __future__ import annotations

import random
from enum import Enum
from typing import Any

import attrs


def _is_share(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"Faults.{attribute.name} must be a share from 0 to 1, not {value!r}")


def _is_latency(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    low, high = value if isinstance(value, tuple) else (value, value)
    if not 0.0 <= low <= high:
        raise ValueError(f"Faults.{attribute.name} must be seconds, or (least, most) seconds, not {value!r}")


@attrs.frozen(kw_only=True)
class Faults:
    """The shares of requests that go wrong. The same seed gives the same faults to the same requests.

    Attributes:
        latency: Seconds before an answer, or the least and the most of them.
        error_rate: Requests that are answered 500, 502 or 503, and not carried out.
        dropped_connections: Requests whose connection is cut before they are carried out.
        lost_responses: Requests that are carried out, and whose connection is cut instead of an answer.
        throttled: Requests that are answered 429 though the rate limit admits them.
        partial_failures: Items of a batch that are refused.
        seed: Of the randomness.
    """

    latency: float | tuple[float, float] = attrs.field(default=0.0, validator=_is_latency)
    error_rate: float = attrs.field(default=0.0, validator=_is_share)
    dropped_connections: float = attrs.field(default=0.0, validator=_is_share)
    lost_responses: float = attrs.field(default=0.0, validator=_is_share)
    throttled: float = attrs.field(default=0.0, validator=_is_share)
    partial_failures: float = attrs.field(default=0.0, validator=_is_share)
    seed: int = 0


class Fault(Enum):
    """What goes wrong with one request."""

    ERROR = "errors"
    DROPPED = "dropped_connections"
    LOST = "lost_responses"
    THROTTLED = "throttled"


class Dice:
    """Decides what goes wrong with each request."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.random: random.Random = random.Random(faults.seed)
        shares = (
            (Fault.ERROR, faults.error_rate),
            (Fault.DROPPED, faults.dropped_connections),
            (Fault.LOST, faults.lost_responses),
            (Fault.THROTTLED, faults.throttled),
        )
        self._shares = [(fault, share) for fault, share in shares if share]

    def fault(self) -> Fault | None:
        """What goes wrong with the next request."""
        if not self._shares:
            return None
        drawn = self.random.random()
        for fault, share in self._shares:
            if drawn < share:
                return fault
            drawn -= share
        return None

    def latency(self) -> float:
        """Seconds before the next answer."""
        latency = self.faults.latency
        return self.random.uniform(*latency) if isinstance(latency, tuple) else latency

    def refuses_item(self) -> bool:
        """Whether the next item of a batch is refused."""
        return self.faults.partial_failures > 0.0 and self.random.random() < self.faults.partial_failures
