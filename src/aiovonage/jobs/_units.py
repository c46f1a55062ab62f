"""Cuts a job into units of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from aiovonage.bulk._follow.rules import UntilApproved
from aiovonage.jobs._states import Kind

if TYPE_CHECKING:
    from aiovonage.jobs._plans import Plan

FIRST_SEND = 1
"""The number of the first unit that sends."""

LISTING, SENDING, PLANNING, REMOVING = range(4)
"""The phases of a synchronisation. Other jobs have a single phase. A unit is due once the job reaches its phase."""


class NewUnit(NamedTuple):
    """A unit of a new job."""

    number: int
    kind: Kind
    phase: int = 0
    first: int = 0
    last: int = 0
    target: int = 0
    first_look: float = 0.0


def units_of(plan: Plan, *, total: int, targets: Iterable[int], chunk: int) -> Iterator[NewUnit]:
    """Yield the units of a job.

    Args:
        plan: What the job does.
        total: How many numbers it has.
        targets: Where they go.
        chunk: How many numbers a unit sends.
    """
    sync = plan.verb == "sync"
    numbers = count(FIRST_SEND)
    phase = SENDING if sync else 0
    for first in range(1, total + 1, chunk):
        yield NewUnit(next(numbers), Kind.SEND, phase, first, min(first + chunk - 1, total))
    if sync:
        yield NewUnit(next(numbers), Kind.LIST, LISTING)
        if getattr(plan, "remove", False):
            yield NewUnit(next(numbers), Kind.PLAN, PLANNING)
    if plan.follows:
        for target in targets:
            yield NewUnit(
                next(numbers),
                Kind.FOLLOW,
                target=target,
                first_look=0.0 if plan.verb == "unlink" else UntilApproved(plan.patience).first,
            )
