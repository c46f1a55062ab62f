"""Notices that 429s are about one operation, while the others of the host get through.

Some operations have a quota of their own, which no document states. If its 429s paused the whole host, the others
would starve. A limit of the host meets each operation in proportion to its part of the requests; a quota of an
operation always meets that one. So each 429 that begins a pause is weighed: how much more probable is it if the
operation has a quota of its own (then it causes `CAUSED` of them) than by its part of the requests just before? The
logarithms are summed up, and not below 0, which is Page's CUSUM test for a change (Biometrika 41, 1954).

There is no clock, and no rate in it.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable

RECENT = 32
"""Answers before a 429 that are taken for the traffic of its time."""
CAUSED = 0.7
"""Part of the 429s that an operation with a quota of its own causes. Others may have one as well."""
PROOF = 9.0
"""Sum at which it is taken for certain. If there is only the host's limit, it is reached once in e**9, 8,000, times
that a 429 begins a pause, or less often; a limit that is known does so a few times in a minute at most."""


class OperationQuotas:
    """What the answers of a host say of its operations."""

    def __init__(self) -> None:
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._sums: dict[str, float] = {}
        self.on_accepted: Callable[[str], None] = self._recent.append
        """A request of that operation was answered, and not by a 429. Threads may call it at once."""

    def on_pause(self, operation: str) -> bool:
        """The first 429 of a pause.

        Returns:
            Whether that operation has a quota of its own. It is not watched any more then.
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
