"""Processes that share a rate, on a virtual clock, with a store that takes its time or does not answer."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from aiovonage._core.throttle.shared.controller import SharedRateController
from aiovonage._core.throttle.stores.ledger import SEEN_LATELY, Answer, Ask, Ledger

Outages = list[tuple[float, float]]
STALL = 1.0
"""Seconds after which a process gives an exchange up."""


@dataclass
class Store:
    """A ledger behind a network.

    Attributes:
        clock: What its clock shows, beside the true time.
        latency: Seconds from asking to the answer, at least and at most.
        outages: When it does not answer, from and to.
        refuses: Whether it then says so at once, as a closed port does.
    """

    clock: float = 5_000.0
    latency: tuple[float, float] = (0.0005, 0.005)
    outages: Outages = field(default_factory=list)
    refuses: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    seen: dict[str, float] = field(default_factory=dict)
    exchanges: int = 0

    def is_down(self, now: float) -> bool:
        """Whether it does not answer now."""
        return any(start <= now < end for start, end in self.outages)

    def exchange(self, ask: Ask, now: float) -> Answer:
        """Carry out an exchange."""
        self.exchanges += 1
        if ask.present:
            self.seen[ask.member] = now
        self.ledger.members = sum(now - seen < SEEN_LATELY for seen in self.seen.values())
        return self.ledger.exchange(ask, now + self.clock)


@dataclass
class Process:
    """One that shares the rate.

    Attributes:
        controller: Its controller.
        demand: Requests that wait at any moment; 0 for none.
        clock: What its clock shows, beside the true time.
    """

    controller: SharedRateController
    demand: int = 16
    clock: float = 0.0
    sent: list[float] = field(default_factory=list)
    asking: bool = False
    wakes_at: float = math.inf


class Fleet:
    """Some processes and their store.

    Args:
        count: How many processes.
        rate: The rate that they were given.
        store: Their store.
        seed: Makes the run repeatable.
    """

    def __init__(self, count: int, rate: float | None, store: Store | None = None, *, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.store = store or Store()
        self.processes = [
            Process(
                SharedRateController("queue", rate, store="the store", uniform=random.Random(seed * 100 + n).random),
                clock=1_000.0 * n,
            )
            for n in range(count)
        ]
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        for process in self.processes:
            self.at(self.random.uniform(0.0, 0.3), lambda process=process: self._turn(process))  # type: ignore[misc]

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment."""
        self._number += 1
        heappush(self._events, (moment, self._number, action))

    def run(self, until: float) -> None:
        """Let it go on until a moment."""
        while self._events and self._events[0][0] <= until:
            self.now, _, action = heappop(self._events)
            action()
        self.now = until

    def sent(self) -> list[float]:
        """When requests left, of all processes."""
        return sorted(moment for process in self.processes for moment in process.sent)

    def refuse(self, process: Process, retry_after: float) -> None:
        """Have a request of a process answered 429, one that has just left."""
        local = self.now + process.clock
        process.controller.on_throttled(local - 1e-6, local, retry_after)
        self._turn(process)

    def _turn(self, process: Process) -> None:
        """Send what may leave, and ask the store if it is time."""
        local = self.now + process.clock
        controller = process.controller
        while process.demand and controller.try_send(local):
            process.sent.append(self.now)
            controller.on_accepted(local, local)
            if controller.pace is None:
                break
        if not process.asking:
            due = controller.exchange_at(local, process.demand)
            if due is not None and due <= local:
                self._ask(process)
                due = None
            self._wake(process, math.inf if due is None else due - process.clock)
        if process.demand:
            soon = controller.next_send(local) - process.clock
            self._wake(process, max(soon, self.now + 0.01) if controller.pace is None else soon)

    def _wake(self, process: Process, moment: float) -> None:
        moment = max(moment, self.now + 1e-4)
        if moment >= process.wakes_at > self.now:
            return
        process.wakes_at = moment
        if moment < math.inf:
            # Timers are not exact.
            self.at(moment + self.random.expovariate(1 / 0.001), lambda: self._turn(process))

    def _ask(self, process: Process) -> None:
        controller = process.controller
        ask = controller.ask(self.now + process.clock, process.demand)
        process.asking = True
        there, back = (self.random.uniform(*self.store.latency) / 2 for _ in range(2))

        def arrive() -> None:
            if self.store.is_down(self.now):
                wait = 0.0 if self.store.refuses else STALL
                self.at(self.now + wait, lambda: self._failed(process))
                return
            answer = self.store.exchange(ask, self.now)
            self.at(self.now + back, lambda: self._answered(process, answer))

        self.at(self.now + there, arrive)

    def _answered(self, process: Process, answer: Answer) -> None:
        process.asking = False
        process.controller.answered(answer, self.now + process.clock)
        self._turn(process)

    def _failed(self, process: Process) -> None:
        process.asking = False
        process.controller.failed(self.now + process.clock, "it is down")
        self._turn(process)


def peak(moments: list[float]) -> int:
    """The most that left in any second."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
