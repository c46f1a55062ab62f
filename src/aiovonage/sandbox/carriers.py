"""The mobile carriers, which decide on a link some time after the API has accepted it."""

from __future__ import annotations

import math
import random
from typing import Final, Literal

import attrs

from aiovonage.sandbox.checks import is_one_of, is_seconds_or_range, is_share

Words = Literal["document", "live"]

UNLINKING: Final = "UNLINKING"
"""The document has no word for a number that is being unlinked, so both vocabularies use this one."""

_PENDING = {"document": "PENDING", "live": "LINKING"}
_APPROVED = {"document": "APPROVED", "live": "LINKED"}
_REJECTED = "REJECTED"


@attrs.frozen
class Decision:
    """The carriers' decision on one link.

    Attributes:
        after: Seconds from the link to the decision; infinite if they never decide.
        status: The number's status from then on.
    """

    after: float
    status: str


@attrs.frozen(kw_only=True)
class Carriers:
    """How the carriers decide. A seed fixes the decision for each number, whatever the order of the requests.

    Attributes:
        delay: Seconds from the link to the decision, or a range of seconds as `(least, most)`.
        reject: The share of links that they reject. A rejected number stays in its campaign until it is unlinked.
        never: The share of links that they never decide.
        words: The statuses of a number: `"document"` for PENDING, APPROVED and REJECTED as in the API's document, or
            `"live"` for LINKING, LINKED and REJECTED as clients of the live API report.
        unlink_delay: Seconds that unlinking takes, or a range of them. Until then the number is UNLINKING, and cannot
            be linked elsewhere.
        seed: The seed of all random choices.
    """

    __module__ = "aiovonage.sandbox"

    delay: float | tuple[float, float] = attrs.field(default=0.0, validator=is_seconds_or_range)
    reject: float = attrs.field(default=0.0, validator=is_share)
    never: float = attrs.field(default=0.0, validator=is_share)
    words: Words = attrs.field(default="document", validator=is_one_of(("document", "live")))
    unlink_delay: float | tuple[float, float] = attrs.field(default=0.0, validator=is_seconds_or_range)
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if self.reject + self.never > 1.0:
            raise ValueError(
                f"Carriers.reject and Carriers.never must not exceed 1 together, not {self.reject!r} and {self.never!r}"
            )

    @property
    def pending(self) -> str:
        """The status of a link that is not decided yet."""
        return _PENDING[self.words]

    @property
    def approved(self) -> str:
        """The status of an approved link."""
        return _APPROVED[self.words]

    @property
    def instant(self) -> bool:
        """Whether they approve every link, and carry out every unlink, at once."""
        return not (self.delay or self.reject or self.never or self.unlink_delay)

    def decision(self, number: str, time: int) -> Decision:
        """Their decision on a number that has been linked `time` times before."""
        if not self.reject and not self.never and not isinstance(self.delay, tuple):
            return Decision(self.delay, self.approved)
        drawing = random.Random(f"{self.seed}/link/{number}/{time}")
        drawn = drawing.random()
        if drawn < self.never:
            return Decision(math.inf, self.pending)
        status = _REJECTED if drawn < self.never + self.reject else self.approved
        return Decision(_seconds(self.delay, drawing), status)

    def unlinking(self, number: str, time: int) -> float:
        """Seconds that it takes to unlink a number that had been linked `time` times before."""
        if not isinstance(self.unlink_delay, tuple):
            return self.unlink_delay
        return _seconds(self.unlink_delay, random.Random(f"{self.seed}/unlink/{number}/{time}"))


def _seconds(given: float | tuple[float, float], drawing: random.Random) -> float:
    return drawing.uniform(*given) if isinstance(given, tuple) else given
