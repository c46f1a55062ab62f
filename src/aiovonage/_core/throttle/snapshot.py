"""The state of the throttle, as shown to users."""

from __future__ import annotations

import attrs

from aiovonage._core.throttle.phases import PhaseName


@attrs.frozen(kw_only=True)
class ThrottleSnapshot:
    """The state of the throttle for one account and host.

    Attributes:
        account: The account or application; empty if requests carry no credentials.
        host: The host, with its scheme.
        operation: The operation, if it has its own quota; None for all other operations of the host.
        phase: The phase of the throttle: "free" until the first 429, then "slow_start", "cruise", "share" or
            "random_429s".
        rate: Requests per second that may leave now; None while no limit is known. It varies around `found_rate`.
        found_rate: Requests per second that the server permits, as found or given; None while unknown. Use this number
            for `Throttle(rate=...)`.
        closed_for: Seconds until the pause after a 429 ends; 0 if there is none.
        waiting: How many tasks wait.
        throttled: How many requests have got a 429 so far.
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
