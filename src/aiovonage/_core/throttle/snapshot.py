"""What a user sees of the throttle."""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.phases import PhaseName


@attrs.frozen(kw_only=True)
class ThrottleSnapshot:
    """How an account stands with a host.

    Attributes:
        account: The account or application; empty where requests carry no credentials.
        host: The host, with its scheme.
        operation: The operation, where this is about a quota of its own; None for all others of the host.
        phase: What the throttle is doing: "free" until the first 429, then "slow_start", "cruise", "share" or
            "random_429s".
        rate: Requests a second that are let through now; None while no limit is known. It varies around `found_rate`.
        found_rate: Requests a second that the server permits, as found or given; None while unknown. This is the
            number to write down for `Throttle(rate=...)`.
        closed_for: Seconds until the pause after a 429 ends; 0 if there is none.
        waiting: How many tasks wait.
        throttled: How many requests were answered 429 so far.
    """

    __module__ = "aiovonage"

    account: str = ""
    host: str
    operation: str | None = None
    phase: PhaseName = "free"
    rate: float | None
    found_rate: float | None = None
    closed_for: float
    waiting: int
    throttled: int
