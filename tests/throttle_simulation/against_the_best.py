"""How close does our controller come to the best that is possible? Two tables."""

from __future__ import annotations

from aiovonage._core.throttle.stores.ledger import Ledger
from tests.throttle_simulation.simulation import (
    LATENCY,
    WAITING,
    Client,
    Controller,
    Server,
    Sharing,
    best_pace,
    ours,
    run_alone,
    simulate,
    tasks_for,
)


def seconds_and_refused(controller: Controller, rate: float, burst: float, wait: float, count: int, seed: int,
                        start: float = 0.0, decides_at: float = 0.5) -> tuple[float, float]:  # fmt: skip
    """How long a job of so many requests takes, and which share of its requests is answered 429."""
    client = Client(controller, tasks_for(rate), starts_at=start)
    simulate(Server([(0.0, rate, burst)], wait), [client], start + 6 * count / rate + 30, seed, decides_at)
    done, refused = 0, 0
    for second, accepted in enumerate(client.accepted):
        refused += client.refused[second]
        if done + accepted >= count:
            return second + (count - done) / accepted - start, refused / (count + refused)
        done += accepted
    return float("inf"), refused / (count + refused)


def shortest(rate: float, burst: float, count: int) -> float:
    """Seconds that no client can undercut, whatever it knows: the burst at once, and the rest at the rate."""
    return (count - burst) / rate + sum(LATENCY) / 2


def run_start(
    rate: float, burst: float, wait: float, count: int, seed: int, decides_at: float = 0.5
) -> tuple[float, float]:
    """A job that knows nothing: its time by the shortest possible one, and the share that is refused."""
    seconds, refused = seconds_and_refused(ours(seed), rate, burst, wait, count, seed, decides_at=decides_at)
    return seconds / shortest(rate, burst, count), refused


def run_again(rate: float, burst: float, wait: float, count: int, seed: int) -> tuple[float, float]:
    """The same job once more, with the store of a process that has sent for two minutes before."""
    ledger = Ledger(members=1)
    simulate(Server([(0.0, rate, burst)], wait), [Client(Sharing(ledger, seed=seed), tasks_for(rate))], 120.0, seed)
    again = Sharing(ledger, seed=seed + 100)
    again.exchange(129.9, WAITING)
    seconds, refused = seconds_and_refused(again, rate, burst, wait, count, seed, start=130.0)
    return seconds / shortest(rate, burst, count), refused


def print_unknown_rate(jobs: list[tuple[float, int]], seed: int) -> None:
    """Jobs at a rate that is not known, and again with what a store knows."""
    print("\nA job at an unknown rate, then with a store: time by that of a client that knows R and B; refused")
    for rate, count in jobs:
        for burst in (rate, max(1.0, rate / 10)):
            for wait in (1.0, 2.0):
                first, refused = run_start(rate, burst, wait, count, seed)
                again, refused_again = run_again(rate, burst, wait, count, seed)
                print(
                    f"{rate:5g} {burst:5g} wait {wait:g} {count:6d} requests"
                    f"   {first:5.2f}x {refused:6.2%}   again {again:5.2f}x {refused_again:6.2%}",
                    flush=True,
                )


def print_best_pace(rates: list[float], parts: list[float], waits: list[float], seeds: range) -> None:
    """Ours beside the best constant pace."""
    print(f"\nBeside the best constant pace that is refused at most 1 %: used, refused, pauses; mean of {len(seeds)}")
    for rate in rates:
        for burst in (max(1.0, part * rate) for part in parts):
            for wait in waits:
                pace, best = best_pace(rate, burst, wait, seeds[0])
                runs = [run_alone("ours", rate, burst, wait, seed) for seed in seeds]
                used = sum(run.used for run in runs) / len(runs)
                refused = sum(run.refused for run in runs) / len(runs)
                sign = " " if used >= 0.97 * best.used and refused <= 0.01 else "*"
                print(
                    f"{rate:5g} {burst:5g} wait {wait:g}   best constant pace {pace:4.0%} of R: {best}"
                    f"   ours: {used:6.1%} {refused:6.2%}   {used / best.used:6.1%} of it{sign}",
                    flush=True,
                )
