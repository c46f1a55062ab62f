"""What is true: which number is in which campaign or engagement, since when, and what the carriers decide.

Nothing is forgotten, so that the oracle can ask what was true at any moment.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from math import inf

import attrs

from tests.simulation.plan import Rules


@attrs.define
class Stay:
    """A number in a campaign or an engagement.

    Attributes:
        place: Where.
        by: Who brought it there: the client, another actor, or somebody before the history began.
        since: When the API took it.
        decided: When the carriers decide; infinite where they never do.
        approved: What they decide.
        leaving: Since when it is on its way out.
        until: When it was gone.
    """

    place: str
    by: str
    since: float
    decided: float = 0.0
    approved: bool = True
    leaving: float = inf
    until: float = inf

    def there(self, at: float) -> bool:
        """Whether it was there at that moment."""
        return self.since <= at < self.until

    def is_approved(self, at: float) -> bool:
        """Whether the carriers had approved it."""
        return self.there(at) and self.approved and self.decided <= at

    def is_rejected(self, at: float) -> bool:
        """Whether the carriers had rejected it."""
        return self.there(at) and not self.approved and self.decided <= at


class World:
    """The world. What happens in it later happens when `advance` reaches its moment.

    Args:
        rules: How it works.
        dice: For what the carriers decide.

    Attributes:
        now: The time.
        stays: The campaigns that each number was in.
        engaged: The engagements that each number was in.
        touched: When another actor did something to a number of the input.
    """

    def __init__(self, rules: Rules, dice: random.Random) -> None:
        self.rules = rules
        self.now = 0.0
        self.stays: dict[str, list[Stay]] = {}
        self.engaged: dict[str, list[Stay]] = {}
        self.touched: dict[str, list[float]] = {}
        self._dice = dice
        self._to_come: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment."""
        self._serial += 1
        heapq.heappush(self._to_come, (moment, self._serial, action))

    def advance(self, moment: float) -> None:
        """Let happen what happens until a moment."""
        while self._to_come and self._to_come[0][0] <= moment:
            at, _, action = heapq.heappop(self._to_come)
            self.now = max(self.now, at)
            action()
        self.now = max(self.now, moment)

    def link(self, number: str, campaign: str, by: str) -> Stay:
        """Link a number; the carriers will decide."""
        delay = inf if self._dice.random() < self.rules.never else self._dice.uniform(*self.rules.decide)
        approved = self._dice.random() >= self.rules.reject
        stay = Stay(campaign, by, self.now, self.now + delay, approved)
        current = self.current(number)
        if current is not None:
            current.until = self.now
        self.stays.setdefault(number, []).append(stay)
        return stay

    def unlink(self, stay: Stay) -> None:
        """Take a number out of its campaign, at once or after a while."""
        if stay.leaving == inf:
            stay.leaving = self.now
            stay.until = self.now + self.rules.unlinking

    def engage(self, number: str, engagement: str, by: str) -> Stay:
        """Add a number to an engagement."""
        stay = Stay(engagement, by, self.now)
        self.engaged.setdefault(number, []).append(stay)
        return stay

    def current(self, number: str) -> Stay | None:
        """Where a number is linked now."""
        return _last_there(self.stays.get(number, ()), self.now)

    def engagement_of(self, number: str) -> Stay | None:
        """Which engagement a number is in now."""
        return _last_there(self.engaged.get(number, ()), self.now)


def _last_there(stays: Sequence[Stay], at: float) -> Stay | None:
    return next((stay for stay in reversed(stays) if stay.there(at)), None)
