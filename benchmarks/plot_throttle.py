"""Draws what the throttle does beside AIMD, on a limit that changes, from the simulation in tests.

    python -m benchmarks.plot_throttle          # writes docs/throttle.svg

Needs the dependency group `plot`. Two runs give the same file: the simulation has a seed and a virtual clock.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

from tests.throttle_simulation.simulation import AIMD, Client, Server, ours, simulate

LIMITS = [(0.0, 100.0, 100.0), (400.0, 50.0, 50.0), (800.0, 100.0, 100.0)]
"""From when on (seconds), requests a second, and burst."""
END = 1400.0
RETRY_AFTER = 2.0
SMOOTHING = 10
"""Seconds over which a rate is averaged."""
SVG = Path(__file__).resolve().parent.parent / "docs" / "throttle.svg"
COLOURS = {"aiovonage": "#5e35b1", "AIMD": "#ef6c00"}


@dataclass(frozen=True)
class Course:
    """What one controller did.

    Attributes:
        accepted: Requests that were accepted, by second.
        refused: Requests that were answered 429, by second.
    """

    accepted: list[int]
    refused: list[int]

    def used(self) -> float:
        """The share of what the server permits."""
        return sum(self.accepted) / sum(limit_at(second) for second in range(int(END)))

    def rate(self) -> list[float]:
        """Requests accepted a second, averaged."""
        seconds = range(int(END))
        windows = [self.accepted[max(0, s - SMOOTHING + 1) : s + 1] for s in seconds]
        return [sum(window) / len(window) for window in windows]

    def refused_so_far(self) -> list[int]:
        """Requests answered 429 up to each second."""
        total, sums = 0, []
        for count in self.refused[: int(END)]:
            total += count
            sums.append(total)
        return sums


def limit_at(second: float) -> float:
    """Requests a second that the server permits then."""
    return next(rate for start, rate, _ in reversed(LIMITS) if second >= start)


def run(name: str, seed: int) -> Course:
    """Simulate a controller."""
    client = Client(ours(seed) if name == "aiovonage" else AIMD())
    simulate(Server(LIMITS, RETRY_AFTER), [client], END, seed)
    return Course(client.accepted, client.refused)


def draw(courses: dict[str, Course], path: Path) -> None:
    """Write the plot."""
    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "throttle", "font.family": "sans-serif", "font.size": 10}
    figure, axes = plt.subplots(3, 1, figsize=(9, 7), sharex=True, height_ratios=[3, 3, 2], layout="constrained")
    seconds = range(int(END))
    for axis, (name, course) in zip(axes[:2], courses.items(), strict=True):
        axis.plot(
            seconds, [limit_at(s) for s in seconds], color="black", linestyle=":", label="what the server permits"
        )
        axis.plot(seconds, course.rate(), color=COLOURS[name], linewidth=1, label="what was accepted")
        axis.set_title(f"{name}: {course.used():.0%} of the limit used", loc="left")
        axis.set_ylabel("requests/s")
        axis.set_ylim(0, 125)
        axis.legend(loc="lower right", ncols=2, frameon=False)
    for name, course in courses.items():
        axes[2].plot(seconds, course.refused_so_far(), color=COLOURS[name], linewidth=1, label=name)
    axes[2].set_title("Requests answered 429, summed up", loc="left")
    axes[2].set_xlabel("seconds")
    axes[2].legend(loc="upper left", frameon=False)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_xlim(0, END)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Simulate and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=SVG, help="the file (default: docs/throttle.svg)")
    parser.add_argument("--seed", type=int, default=1, help="of the latencies and of chance (default: 1)")
    options = parser.parse_args()
    courses = {name: run(name, options.seed) for name in COLOURS}
    draw(courses, options.output)
    for name, course in courses.items():
        print(f"{name:<10} {course.used():6.1%} used, {sum(course.refused):5d} refused")


if __name__ == "__main__":
    main()
