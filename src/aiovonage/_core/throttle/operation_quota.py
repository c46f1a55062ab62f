"""Detects that 429s are about one operation, while the host's other operations get through.

Some operations have an undocumented quota of their own. If its 429s paused the whole host, the others would starve. A
limit of the host hits each operation in proportion to its share of the requests; a quota of an operation always hits
that operation. So each 429 that begins a pause is weighed: how much more likely is it if the operation has its own
quota (which then causes `CAUSED` of the 429s) than by its share of the recent requests? The log likelihood ratios are
summed, and the sum never falls below 0: this is Page's CUSUM test for a change (Biometrika 41, 1954).

It uses no clock and no rate.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable

RECENT = 32
"""How many responses before a 429 represent the recent traffic."""
CAUSED = 0.7
"""The share of the 429s that an operation with its own quota causes. Other operations may have a quota as well."""
PROOF = 9.0
"""The sum at which a quota counts as proved. With only the host's limit, a false alarm happens at most once in e**9, or
8,000, times that a 429 begins a pause; a known limit begins a few pauses per minute at most."""


class OperationQuotas:
    """What the responses of a host reveal about its operations."""

    def __init__(self) -> None:
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._sums: dict[str, float] = {}
        self.on_accepted: Callable[[str], None] = self._recent.append
        """Note a response other than a 429 to a request of that operation. Several threads may call it at once."""

    def on_pause(self, operation: str) -> bool:
        """Note the first 429 of a pause.

        Returns:
            Whether that operation has a quota of its own. If so, this object stops watching it.
        """
        counts = Counter([*self._recent, operation])
        total = counts.total()
        self._recent.clear()
        for name, count in counts.items():
            part = count / total
            gain = math.log(CAUSED / part if name == operation else (1 - CAUSED) / (1 - part))
            level = max(0.0, self._sums.get(name, 0.0) + gain)
            if level:
                self._sums[name] = level
            else:
                self._sums.pop(name, None)
        if self._sums.get(operation, 0.0) < PROOF:
            return False
        self._sums.clear()
        return True
