"""The end of a process at a random moment: after a time, at a request, or in the middle of a write."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import attrs

from tests.simulation import disk
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.plan import Stop

MOST_REQUESTS = 5_000
"""Requests after which a life is endless."""


@attrs.define
class Death:
    """Sees to it that the process is gone when the plan says so.

    Attributes:
        stop: What the plan says.
        directory: Where the journal is.
        loop: The loop of the process.
        network: What it sends over.
        dice: For what the power leaves of a write.
        files: The journal's files after a crash in a write; None after any other.
    """

    stop: Stop | None
    directory: Path
    loop: VirtualLoop
    network: Network
    dice: random.Random
    files: dict[str, bytes] | None = None
    _writes: int = 0

    def prepare(self, now: float) -> None:
        """Lie in wait."""
        self.network.on_send = self._sent
        if self.stop is None:
            return
        if self.stop.kind == "crash_at":
            self.loop.crash_at = now + self.stop.at
        elif self.stop.kind == "crash_in_write":
            self.loop.around = self._write

    def told(self, outcomes: int) -> None:
        """So many outcomes were reported."""
        if self.stop is not None and self.stop.kind == "crash_at_outcome" and outcomes == self.stop.at:
            self.loop.crash_now = True

    def _sent(self) -> None:
        if self.network.sent > MOST_REQUESTS:
            self.loop.ends_at = 0.0
        if self.stop is not None and self.stop.kind == "crash_at_request" and self.network.sent == self.stop.at:
            self.loop.crash_now = True

    def _write(self, run: Callable[[], None]) -> None:
        assert self.stop is not None
        self._writes += 1
        if self._writes != self.stop.at:
            run()
            return
        before = disk.read(self.directory)
        run()
        after = disk.read(self.directory)
        self.files = disk.torn(before, after, self.dice) if self.stop.torn else after
        self.loop.crash_now = True
