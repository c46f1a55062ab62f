"""A lease, as seen by its holder: nothing is sent after it ends, even if the process was frozen in between."""

from __future__ import annotations

import time
from typing import Any

import attrs

from aiovonage._core.http.protocol import Request, Response, Stage, Transport
from aiovonage.jobs._errors import LeaseLost
from aiovonage.jobs._store import Unit

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


def _clocks() -> tuple[float, float]:
    """Read two clocks. The first keeps running while the machine is suspended, if the system has such a clock. The
    second, the wall clock, also covers a virtual machine that was frozen and had its wall clock corrected afterwards.
    """
    steady = time.clock_gettime(_BOOTTIME) if _BOOTTIME is not None else time.monotonic()
    return steady, time.time()


@attrs.define(eq=False)
class Lease:
    """The lease on a unit of work.

    Attributes:
        unit: The unit.
        seconds: How long it lasts from each renewal.
        lost: Whether the store has reported that it ended.
    """

    unit: Unit
    seconds: float
    lost: bool = False
    _asked_at: tuple[float, float] = attrs.field(factory=_clocks)

    @property
    def margin(self) -> float:
        """Seconds before the end of the lease in which nothing is sent any more: a request takes time to arrive."""
        return 0.1 * self.seconds

    @property
    def left(self) -> float:
        """Seconds that are left, by whichever clock shows less. They count from before the lease was requested."""
        if self.lost:
            return 0.0
        elapsed = max(now - then for now, then in zip(_clocks(), self._asked_at, strict=True))
        return max(0.0, self.seconds - elapsed)

    def renewed(self, asked_at: tuple[float, float]) -> None:
        """Note that the store renewed the lease on a request made at this time."""
        self._asked_at = asked_at

    def check(self) -> None:
        """Check that a request may still be sent.

        Raises:
            LeaseLost: if it is too late.
        """
        if self.left <= self.margin:
            self.lost = True
            raise LeaseLost(
                f"the lease on chunk {self.unit.number} of job {self.unit.job} has ended: this worker was frozen, or "
                "could not reach its database. Another worker goes on with it"
            )


asked_at = _clocks


class LeasedRequest(Request):
    """A request that is sent only while a lease is held. Transports signal when they are about to send it."""

    __slots__ = ("_lease", "_original", "_stage")

    def __init__(self, original: Request, lease: Lease) -> None:
        self._original = original
        self._lease = lease
        super().__init__(original.method, original.origin, original.target, original.headers, original.body)

    def _get(self) -> Stage:
        return self._stage

    def _set(self, stage: Stage) -> None:
        if stage == "sent":
            self._lease.check()
        self._stage: Stage = stage
        self._original.stage = stage

    stage: Any = property(_get, _set)


@attrs.frozen
class LeasedTransport:
    """A transport that sends requests which change something only while a lease is held.

    Attributes:
        inner: The transport that sends the requests.
        lease: The lease.
    """

    inner: Transport
    lease: Lease

    async def send(self, request: Request) -> Response:
        """Send a request.

        Raises:
            LeaseLost: if the lease is over, or nearly so. The request was not sent.
        """
        if request.method == "GET":
            return await self.inner.send(request)
        return await self.inner.send(LeasedRequest(request, self.lease))

    async def aclose(self) -> None:
        """Do nothing: the connections belong to the client."""
