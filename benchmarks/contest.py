"""Measures contestants side by side: in rounds, each once a round, so that all see the same noise."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable

import attrs

Contestant = Callable[[], Awaitable[float]]
"""Runs once, and gives seconds per item."""


@attrs.frozen
class Figures:
    """What each contestant took, round by round, in seconds per item."""

    rounds: dict[str, list[float]]

    def median(self, name: str) -> float:
        """Seconds per item."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """How often the time of another goes into that of one: the median of the rounds' ratios."""
        return statistics.median(b / a for a, b in zip(self.rounds[name], self.rounds[to], strict=True))

    def spread(self, name: str, to: str) -> str:
        """The least and the greatest ratio of a round."""
        ratios = [b / a for a, b in zip(self.rounds[name], self.rounds[to], strict=True)]
        return f"{min(ratios):.2f} to {max(ratios):.2f}"


async def contest(contestants: dict[str, Contestant], rounds: int) -> Figures:
    """Run all of them in each round, after one that does not count."""
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            seconds = await run()
            if number:
                figures[name].append(seconds)
    return Figures(figures)
