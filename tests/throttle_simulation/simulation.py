"""Which rate controller comes closest to what a server permits? A simulation on a virtual clock.

The server is a token bucket (R tokens a second, B at most; an accepted request takes one, a refused one takes none and
is told to wait `retry_after` whole seconds). It decides when a request arrives, half its latency (20 to 200 ms,
uniform) after it left. The client's tasks always have work. Nothing sleeps: two runs with one seed are the same run.

    python -m tests.throttle_simulation            # every table, some minutes
    python -m tests.throttle_simulation --quick    # fewer cases, under a minute
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.shared.controller import SharedRateController
from aiovonage._core.throttle.stores.ledger import Ledger

LATENCY = (0.02, 0.2)
"""Seconds between a request and its answer: the least and the most."""

WARM_UP, WINDOW = 60.0, 600.0
"""Seconds: what is measured is the ten minutes after the first minute."""


class Controller(Protocol):
    """What a client asks before each request, and tells after each answer. Times are in seconds."""

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave."""

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now, if there is one."""

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request was answered, and not by a 429."""

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request was answered 429."""


# The controllers to compare with -------------------------------------------------------------------------------------


class SleepPerTask:
    """(a) Each task sleeps for itself when it is answered 429; nobody else knows."""

    def next_send(self, now: float) -> float:
        return now

    def try_send(self, now: float) -> bool:
        return True

    def on_accepted(self, sent_at: float, now: float) -> None:
        pass

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        pass


class Gate:
    """(b) One gate for all tasks, and nothing else."""

    def __init__(self) -> None:
        self.closed_until = 0.0

    def next_send(self, now: float) -> float:
        return max(now, self.closed_until)

    def try_send(self, now: float) -> bool:
        return now >= self.closed_until

    def on_accepted(self, sent_at: float, now: float) -> None:
        pass

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        self.closed_until = max(self.closed_until, now + (1.0 if retry_after is None else retry_after))


class Paced(Gate):
    """(c) The gate, and requests that leave one by one at a given rate."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self._next = 0.0

    def next_send(self, now: float) -> float:
        return max(now, self._next, self.closed_until)

    def try_send(self, now: float) -> bool:
        if now < self._next or now < self.closed_until:
            return False
        self._next = max(self._next, now - 0.02) + 1.0 / self.rate
        return True


class AIMD(Paced):
    """(d) The rate grows by a fixed step each second, and is halved at a 429."""

    STEP, BACK_OFF = 1.0, 0.5

    def __init__(self) -> None:
        super().__init__(10.0)
        self._grown_at = 0.0

    def on_accepted(self, sent_at: float, now: float) -> None:
        if now > self._grown_at:
            self.rate += self.STEP * min(1.0, now - self._grown_at)
            self._grown_at = now

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        # One closing is one signal: the other requests that were under way say the same.
        if now >= self.closed_until:
            self.rate = max(0.5, self.rate * self.BACK_OFF)
        super().on_throttled(sent_at, now, retry_after)
        self._grown_at = self.closed_until


class BotocoreAdaptive:
    """(e) botocore's adaptive mode: one token bucket for all tasks, whose rate follows CUBIC on the measured rate.

    botocore's tasks back off by chance; here each waits for its own `retry_after`, as the server asks.
    """

    SCALE, BETA, SMOOTHING, LEAST = 0.4, 0.7, 0.8, 0.5

    def __init__(self) -> None:
        self._enabled = False
        self._rate, self._capacity, self._tokens, self._filled_at = self.LEAST, 1.0, 0.0, 0.0
        self._w_max, self._last_fail, self._k = 0.0, 0.0, 0.0
        self._measured, self._slot, self._count = 0.0, 0.0, 0

    def next_send(self, now: float) -> float:
        if not self._enabled:
            return now
        self._fill(now)
        return now if self._tokens >= 1 else now + (1 - self._tokens) / self._rate + 1e-9

    def try_send(self, now: float) -> bool:
        if not self._enabled:
            return True
        self._fill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def on_accepted(self, sent_at: float, now: float) -> None:
        self._clock(now)
        self._set_rate(self.SCALE * (now - self._last_fail - self._k) ** 3 + self._w_max, now)

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        self._clock(now)
        rate = min(self._measured, self._rate) if self._enabled else self._measured
        self._w_max, self._last_fail = rate, now
        self._k = (rate * (1 - self.BETA) / self.SCALE) ** (1 / 3)
        self._enabled = True
        self._set_rate(rate * self.BETA, now)

    def _clock(self, now: float) -> None:
        self._count += 1
        slot = math.floor(now * 2) / 2
        if slot > self._slot:
            rate = self._count / (slot - self._slot)
            self._measured = rate * self.SMOOTHING + self._measured * (1 - self.SMOOTHING)
            self._slot, self._count = slot, 0

    def _set_rate(self, rate: float, now: float) -> None:
        rate = min(rate, 2.0 * self._measured)
        self._fill(now)
        self._rate, self._capacity = max(rate, self.LEAST), max(rate, 1.0)
        self._tokens = min(self._tokens, self._capacity)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


# The simulation ------------------------------------------------------------------------------------------------------


class Server:
    """A token bucket. `limits` are (from when on, R, B); it refuses the share `by_chance` whatever the bucket holds."""

    def __init__(
        self, limits: list[tuple[float, float, float]], retry_after: float, *, by_chance: float = 0.0, seed: int = 0
    ) -> None:
        self._by_chance = by_chance
        self._random = random.Random(seed).random
        self.retry_after = retry_after
        self._limits = limits
        self._at = 0.0
        _, self.rate, self.burst = limits[0]
        self._tokens = self.burst

    def accepts(self, now: float) -> bool:
        """Decide on a request that arrives now."""
        while len(self._limits) > 1 and now >= self._limits[1][0]:
            self._limits = self._limits[1:]
            self._fill(self._limits[0][0])
            _, self.rate, self.burst = self._limits[0]
        if self._by_chance and self._random() < self._by_chance:
            return False
        self._fill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _fill(self, now: float) -> None:
        # Without a limit, there is no bucket: infinity times no time is no number.
        self._tokens = (
            self.burst if math.isinf(self.rate) else min(self.burst, self._tokens + (now - self._at) * self.rate)
        )
        self._at = now


class FixedWindow(Server):
    """Admits R requests in each second of its clock: not the model that our controller has of a server."""

    _second, _count = -1, 0

    def accepts(self, now: float) -> bool:
        """Decide on a request that arrives now."""
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        return self._count <= self.rate


class SlidingWindow(Server):
    """Admits a request when fewer than R were admitted in the second before it."""

    def __init__(self, limits: list[tuple[float, float, float]], retry_after: float) -> None:
        super().__init__(limits, retry_after)
        self._admitted: deque[float] = deque()

    def accepts(self, now: float) -> bool:
        """Decide on a request that arrives now."""
        while self._admitted and self._admitted[0] <= now - 1:
            self._admitted.popleft()
        if len(self._admitted) >= self.rate:
            return False
        self._admitted.append(now)
        return True


@dataclass
class Client:
    """Tasks that always have work, behind one controller. Its log has a place for each second of the run."""

    controller: Controller
    tasks: int = 64
    starts_at: float = 0.0
    idle: int = 0
    wakes_at: float = math.inf
    accepted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    closings: list[float] = field(default_factory=list)


ARRIVE, ACCEPTED, REFUSED, READY, WAKE = range(5)


def simulate(  # noqa: PLR0912 - one loop over the events is the fastest
    server: Server, clients: list[Client], until: float, seed: int, decides_at: float = 0.5
) -> None:
    """Run, and leave what happened in the clients' logs.

    Args:
        decides_at: Which part of a request's latency has passed when the server decides.
    """
    uniform = random.Random(seed).random
    least, spread = LATENCY[0], LATENCY[1] - LATENCY[0]
    events: list[tuple[float, int, int, Client, float]] = []
    number = 0

    def send_what_may_leave(client: Client, now: float) -> None:
        nonlocal number
        controller = client.controller
        while client.idle and controller.try_send(now):
            client.idle -= 1
            latency = least + spread * uniform()
            number += 1
            heappush(events, (now + latency * decides_at, number, ARRIVE, client, latency))
        if client.idle:
            wake = max(controller.next_send(now), now + 1e-9)
            # An earlier wake that is still to come would only ask again.
            if wake < client.wakes_at:
                client.wakes_at = wake
                number += 1
                heappush(events, (wake, number, WAKE, client, 0.0))

    for client in clients:
        client.accepted = [0] * (int(until) + 2)
        client.refused = [0] * (int(until) + 2)
        for _ in range(client.tasks):
            number += 1
            heappush(events, (client.starts_at, number, READY, client, 0.0))
    while events:
        now, _, kind, client, value = heappop(events)
        if now > until:
            break
        if kind == ARRIVE:
            latency = value
            number += 1
            if server.accepts(now):
                client.accepted[int(now)] += 1
                heappush(
                    events, (now + latency * (1 - decides_at), number, ACCEPTED, client, now - latency * decides_at)
                )
            else:
                client.refused[int(now)] += 1
                heappush(
                    events, (now + latency * (1 - decides_at), number, REFUSED, client, now - latency * decides_at)
                )
            continue
        if kind == ACCEPTED:
            client.controller.on_accepted(value, now)
            client.idle += 1
        elif kind == REFUSED:
            if not client.closings or now >= client.closings[-1] + server.retry_after:
                client.closings.append(now)
            client.controller.on_throttled(value, now, server.retry_after)
            if isinstance(client.controller, (SleepPerTask, BotocoreAdaptive)):
                number += 1
                heappush(events, (now + server.retry_after, number, READY, client, 0.0))
            else:
                client.idle += 1
        elif kind == READY:
            client.idle += 1
        elif client.wakes_at == now:
            client.wakes_at = math.inf
        else:
            continue
        send_what_may_leave(client, now)


# Clients that share ---------------------------------------------------------------------------------------------------


WAITING = 16
"""Requests of a client that shares which always wait: there are many more tasks."""


class Sharing:
    """One of the clients that share a rate, with a store that answers in no time.

    Args:
        ledger: What the store keeps.
        rate: The rate that is known, if any.
        seed: Makes its chance repeatable.
    """

    def __init__(self, ledger: Ledger, rate: float | None = None, seed: int = 0) -> None:
        self.shared = SharedRateController("queue", rate, uniform=random.Random(seed).random)
        self._ledger = ledger

    def exchange(self, now: float, waiting: int = 0) -> None:
        """Carry out all exchanges that are due."""
        while True:
            due = self.shared.exchange_at(now, waiting)
            if due is None or due > now:
                return
            self.shared.answered(self._ledger.exchange(self.shared.ask(now, waiting), now), now)

    @property
    def pace(self) -> float | None:
        """Requests a second that all of them together may send."""
        return self.shared.pace

    @property
    def paused_until(self) -> float:
        """The moment at which the last pause ends."""
        return self.shared.paused_until

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave, as far as is known."""
        due = self.shared.exchange_at(now, WAITING)
        return max(now, min(self.shared.next_send(now), math.inf if due is None else due))

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now, if there is one."""
        self.exchange(now)
        if self.shared.try_send(now):
            return True
        self.exchange(now, WAITING)
        return self.shared.try_send(now)

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request was answered, and not by a 429."""
        self.shared.on_accepted(sent_at, now)
        self.exchange(now)

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request was answered 429."""
        self.shared.on_throttled(sent_at, now, retry_after)
        self.exchange(now)


# The tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What came of a run, in the window that is measured.

    Attributes:
        used: The share of the permitted throughput (R times the time) that was accepted. Above 1 where a burst that
            was stored before the window was used in it.
        refused: The share of requests that were answered 429.
        closings: How often a 429 closed the gate.
    """

    used: float
    refused: float
    closings: int

    def __str__(self) -> str:
        return f"{self.used:6.1%} {self.refused:6.2%} {self.closings:4d}"


def measure(clients: list[Client], rate: float, start: float, end: float) -> Result:
    """What the clients made of their time."""
    window = slice(int(start), int(end))
    accepted = sum(sum(client.accepted[window]) for client in clients)
    refused = sum(sum(client.refused[window]) for client in clients)
    closings = sum(start <= at < end for client in clients for at in client.closings)
    return Result(accepted / (rate * (end - start)), refused / max(1, accepted + refused), closings)


def tasks_for(rate: float) -> int:
    """64 tasks, and as many more as it takes to reach the rate at a tenth of a second each."""
    return 64 if rate < 400 else 256


def ours(seed: int, rate: float | None = None) -> RateController:
    """Our controller; the seed makes its chance repeatable."""
    return RateController.for_rate(rate, random.Random(seed).random)


CONTROLLERS: dict[str, Callable[[float, int], Controller]] = {
    "ours": lambda _rate, seed: ours(seed),
    "(a) per task": lambda _rate, _seed: SleepPerTask(),
    "(b) gate": lambda _rate, _seed: Gate(),
    "(c) bucket at R": lambda rate, _seed: Paced(rate),
    "(d) AIMD": lambda _rate, _seed: AIMD(),
    "(e) botocore": lambda _rate, _seed: BotocoreAdaptive(),
    "ours, rate=R": lambda rate, seed: ours(seed, rate),
}


def run_alone(
    name: str,
    rate: float,
    burst: float,
    retry_after: float,
    seed: int,
    tasks: int | None = None,
    kind: type[Server] = Server,
) -> Result:
    """One client against a limit that does not change."""
    client = Client(CONTROLLERS[name](rate, seed), tasks or tasks_for(rate))
    simulate(kind([(0.0, rate, burst)], retry_after), [client], WARM_UP + WINDOW, seed)
    return measure([client], rate, WARM_UP, WARM_UP + WINDOW)


def run_by_chance(name: str, rate: float, by_chance: float, retry_after: float, seed: int) -> Result:
    """One client, of whose requests a share is answered 429 whatever its pace; `used` is requests a second."""
    client = Client(CONTROLLERS[name](rate, seed))
    simulate(Server([(0.0, rate, rate)], retry_after, by_chance=by_chance, seed=seed), [client], WARM_UP + WINDOW, seed)
    return measure([client], 1.0, WARM_UP, WARM_UP + WINDOW)


def seconds_for(name: str, rate: float, count: int, seed: int) -> int:
    """How long a client takes to have so many requests accepted."""
    client = Client(CONTROLLERS[name](rate, seed), tasks_for(rate))
    simulate(Server([(0.0, rate, rate)], 1.0), [client], 10 * count / rate, seed)
    return next(second for second in range(1, len(client.accepted)) if sum(client.accepted[:second]) >= count)


PACES = (1, 2, 4, 5, 6, 7, 10, 15, 20, 25, 27, 29, 30, 33, 36, 40, 45, 50, 55, 60, 65, *range(70, 101, 2), 99)
"""Percent of R at which a constant pace is tried."""


def best_pace(rate: float, burst: float, retry_after: float, seed: int) -> tuple[float, Result]:
    """The best that any constant pace can do: what latency leaves of a small burst."""
    best = (0.0, Result(0.0, 1.0, 0))
    for percent in PACES:
        client = Client(Paced(rate * percent / 100), tasks_for(rate))
        simulate(Server([(0.0, rate, burst)], retry_after), [client], WARM_UP + WINDOW, seed)
        result = measure([client], rate, WARM_UP, WARM_UP + WINDOW)
        if result.refused <= 0.01 and result.used > best[1].used:
            best = (percent / 100, result)
    return best


def run_change(rate: float, retry_after: float, factor: float, burst_factor: float, seed: int) -> tuple[float, Result]:
    """R changes after five minutes.

    Returns:
        Seconds from the change to the window (after the second 429 if R falls, after five minutes if it rises), and
        what was reached in the ten minutes from there.
    """
    change, end = 300.0, 1300.0
    client = Client(ours(seed), tasks_for(rate * max(1.0, factor)))
    limits = [(0.0, rate, rate), (change, rate * factor, rate * burst_factor)]
    simulate(Server(limits, retry_after), [client], end, seed)
    start = change + 300.0
    if factor < 1:
        closings = [at for at in client.closings if at >= change]
        start = math.ceil((closings[1] if len(closings) > 1 else change) + retry_after)
    return start - change, measure([client], rate * factor, start, start + WINDOW)


def run_pair(rate: float, retry_after: float, later: float, seed: int, *, shared: bool = False) -> tuple[float, Result]:
    """Two clients on one account, the second one coming `later`.

    Args:
        shared: They know of each other, by a store (`Throttle(shared_in=...)`).

    Returns:
        The smaller one's throughput by the other's, and what both reached, in the ten minutes after the second one's
        first minute.
    """
    start = later + WARM_UP
    ledger = Ledger(members=2)
    controllers: list[Controller] = [
        Sharing(ledger, seed=2 * seed + n) if shared else ours(2 * seed + n) for n in range(2)
    ]
    pair = [Client(controller, tasks_for(rate), starts_at=n * later) for n, controller in enumerate(controllers)]
    simulate(Server([(0.0, rate, rate)], retry_after), pair, start + WINDOW, seed)
    low, high = sorted(measure([client], rate, start, start + WINDOW).used for client in pair)
    return low / high, measure(pair, rate, start, start + WINDOW)


def band(retry_after: float) -> float:
    """The share of the permitted throughput that is asked for."""
    return 0.97 if retry_after <= 2 else 0.90


def mark(used: float, refused: float, retry_after: float) -> str:
    """A star where less than asked for was reached."""
    return " " if used >= band(retry_after) and refused <= 0.01 else "*"


def print_steady(rates: list[float], bursts: list[float], pauses: list[float], names: list[str], seed: int) -> None:
    """Each controller against limits that do not change."""
    print("\nA limit that does not change: used, refused, closings (* below the band)")
    print(f"{'R':>5} {'B':>5} {'wait':>4}  " + "  ".join(f"{name:<19}" for name in names))
    for rate in rates:
        for burst in sorted({max(1.0, factor * rate) for factor in bursts}):
            for pause in pauses:
                results = [run_alone(name, rate, burst, pause, seed) for name in names]
                cells = [f"{result}{mark(result.used, result.refused, pause)} " for result in results]
                print(f"{rate:5g} {burst:5g} {pause:4g}  " + "  ".join(cells), flush=True)


def print_small_bursts(cases: list[tuple[float, float]], seed: int, *, best: bool) -> None:
    """What is lost to latency: requests that leave evenly do not arrive evenly."""
    print("\nSmall bursts (wait 1): the best constant pace that is refused no more than 1 %, ours, and AIMD")
    for rate, burst in cases:
        cells = []
        if best:
            pace, result = best_pace(rate, burst, 1.0, seed)
            cells.append(f"{f'at {pace:.0%} of R: {result}':<34}")
        cells += [f"{name}: {run_alone(name, rate, burst, 1.0, seed)}" for name in ("ours", "(d) AIMD")]
        print(f"{rate:5g} {burst:5g}  " + "  ".join(cells), flush=True)


def print_windows(rates: list[float], pauses: list[float], seed: int) -> None:
    """Servers that count in another way than the controller thinks."""
    print("\nLimits by windows of a second: ours, and AIMD")
    for kind in (FixedWindow, SlidingWindow):
        for rate in rates:
            for pause in pauses:
                names = ("ours", "(d) AIMD")
                cells = [f"{name}: {run_alone(name, rate, rate, pause, seed, kind=kind)}" for name in names]
                print(f"{kind.__name__:<13} {rate:5g} wait {pause:2g}  " + "  ".join(cells), flush=True)


def print_by_chance(rates: list[float], shares: list[float], pauses: list[float], seed: int) -> None:
    """429s that have nothing to do with the pace; the gate alone gives what the waits permit."""
    print("\n429s by chance: requests accepted a second, refused, closings")
    for rate in rates:
        for share in shares:
            for pause in pauses:
                results = {
                    name: run_by_chance(name, rate, share, pause, seed) for name in ("ours", "(b) gate", "(d) AIMD")
                }
                cells = [f"{name}: {r.used:6.1f}/s {r.refused:6.2%} {r.closings:5d}" for name, r in results.items()]
                limit = f"R {rate:g}" if rate < 1e6 else "no limit"
                print(f"{limit:>8} {share:.0%} by chance, wait {pause:2g}  " + "   ".join(cells), flush=True)


def print_start(cases: list[tuple[float, int]], seed: int) -> None:
    """How soon a job is done that begins without knowing anything (wait 1)."""
    print("\nThe start (wait 1, B = R): seconds until so many requests are accepted, and with rate=R")
    for rate, count in cases:
        seconds = [seconds_for(name, rate, count, seed) for name in ("ours", "ours, rate=R")]
        print(f"{rate:5g} {count:5d}  ours: {seconds[0]:3d} s  rate=R: {seconds[1]:3d} s", flush=True)


def print_tasks(seed: int) -> None:
    """More tasks must not mean more 429s."""
    print("\nR = 1000, B = 1000, by the number of tasks (the gate alone beside)")
    for tasks in (256, 1024):
        for pause in (1.0, 30.0):
            cells = [f"{name}: {run_alone(name, 1000.0, 1000.0, pause, seed, tasks)}" for name in ("ours", "(b) gate")]
            print(f"{tasks:5d} tasks, wait {pause:2g}  " + "   ".join(cells), flush=True)


def print_changes(rates: list[float], pauses: list[float], seeds: range) -> None:
    """R falls by half, or doubles: the worst of several runs."""
    print(f"\nR changes: the worst of {len(seeds)} runs; from the second 429 on (halves), after five minutes (doubles)")
    for title, factor, burst_factor in (("R halves", 0.5, 1), ("R, B halve", 0.5, 0.5), ("R, B double", 2, 2)):
        for rate in rates:
            for pause in pauses:
                if factor > 1 and pause > 2:
                    continue
                runs = [run_change(rate, pause, factor, burst_factor, seed) for seed in seeds]
                after, worst = min(runs, key=lambda run: run[1].used)
                sign = mark(worst.used, worst.refused, pause)
                print(f"{title:<11} {rate:5g} wait {pause:2g}  {worst}{sign} from {after:3.0f} s on", flush=True)


def print_pairs(
    rates: list[float],
    pauses: list[float],
    seeds: range,
    starts: tuple[float, ...] = (0.0, 60.0, 300.0),
    *,
    shared: bool = False,
) -> None:
    """Two clients on one account."""
    title = "Two clients that share a store" if shared else "Two clients that do not know of each other"
    print(f"\n{title}: the smaller's throughput by the larger's, over {len(seeds)} runs; both together")
    print(f"{'R':>5} {'wait':>4} {'second':>6}  {'median':>6} {'least':>6} {'>= 0.8':>6}   used  refused")
    for rate in rates:
        for pause in pauses:
            for later in starts:
                runs = [run_pair(rate, pause, later, seed, shared=shared) for seed in seeds]
                ratios = sorted(ratio for ratio, _ in runs)
                used = sum(result.used for _, result in runs) / len(runs)
                refused = sum(result.refused for _, result in runs) / len(runs)
                fair = sum(ratio >= 0.8 for ratio in ratios)
                print(
                    f"{rate:5g} {pause:4g} {later:+6.0f}  {ratios[len(ratios) // 2]:6.2f} {ratios[0]:6.2f}"
                    f" {fair:3d}/{len(runs)}  {used:6.1%} {refused:6.2%}",
                    flush=True,
                )
