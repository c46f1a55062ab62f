"""`python -m tests.throttle_simulation` prints the tables of the simulation."""

from __future__ import annotations

import argparse
import math
import time

from tests.throttle_simulation import simulation
from tests.throttle_simulation.against_the_best import print_best_pace, print_unknown_rate
from tests.throttle_simulation.simulation import (
    CONTROLLERS,
    print_by_chance,
    print_changes,
    print_pairs,
    print_small_bursts,
    print_start,
    print_steady,
    print_tasks,
    print_windows,
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(simulation.__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer cases, under a minute")
    parser.add_argument("--seed", type=int, default=1, help="of the latencies and of chance (default: 1)")
    options = parser.parse_args()
    seed, began = options.seed, time.perf_counter()
    print("Shares of what a token bucket permits (R a second, burst B), in the ten minutes after the first.")
    if options.quick:
        print_steady([5.0, 30.0, 170.0], [1.0], [1.0, 30.0], list(CONTROLLERS), seed)
        print_small_bursts([(30.0, 1.0), (30.0, 3.0), (170.0, 3.0)], seed, best=False)
        print_windows([30.0], [1.0], seed)
        print_by_chance([math.inf], [0.05], [0.0, 1.0], seed)
        print_changes([30.0], [2.0], range(seed, seed + 2))
        print_pairs([30.0], [1.0], range(seed, seed + 3), (0.0, 300.0))
        print_pairs([30.0], [1.0], range(seed, seed + 2), (0.0,), shared=True)
        print_start([(250.0, 5000)], seed)
        print_unknown_rate([(250.0, 5000)], seed)
        print_best_pace([30.0], [0.1], [1.0], range(seed, seed + 1))
    else:
        rates, pauses = [5.0, 30.0, 170.0, 1000.0], [1.0, 2.0, 30.0]
        print_steady(rates, [1.0], pauses, list(CONTROLLERS), seed)
        print_steady(rates, [0.1, 1 / 3, 5.0], pauses, ["ours", "(d) AIMD"], seed)
        print_small_bursts([(rate, burst) for rate in rates for burst in (1.0, 3.0)], seed, best=True)
        print_windows(rates[:3], pauses, seed)
        print_by_chance([math.inf, 170.0], [0.05, 0.02], [0.0, 1.0, 2.0], seed)
        print_tasks(seed)
        print_changes(rates[:3], pauses, range(seed, seed + 6))
        print_pairs(rates[:3], pauses, range(seed, seed + 10))
        print_pairs(rates[3:], pauses[:2], range(seed, seed + 2))
        print_pairs(rates, pauses, range(seed, seed + 2), (0.0, 60.0), shared=True)
        print_start([(30.0, 600), (250.0, 5000), (1000.0, 10000)], seed)
        print_unknown_rate([(5.0, 100), (5.0, 5000), (30.0, 600), (30.0, 5000), (250.0, 5000), (1000.0, 20000)], seed)
        print_best_pace(rates, [0.1, 0.25, 1.0], [1.0, 2.0], range(seed, seed + 2))
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
