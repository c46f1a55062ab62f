"""Small bounds, so that a few numbers reach what else takes thousands: full queues, second chunks, pages of a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from unittest.mock import patch

_BOUNDS = {
    "backlog.MOST_DEFERRED": 2,
    "campaign.MANY": 2,
    "campaign.UNKNOWN_PAGES": 1,
    "follower.CHUNK": 2,
    "follower.MANY_MORE": 2,
    "follower.TOGETHER": 2,
    "follower.UNRECORDED": 2,
    "listing.PAGE_SIZE": 3,
    "pipeline.BACKLOG": 2,
    "pipeline.INTAKE": 2,
    "snapshot.CHUNK": 2,
    "sync.CHUNK": 2,
}


@contextmanager
def small_bounds() -> Iterator[None]:
    """Make the bounds of the jobs small."""
    with ExitStack() as stack:
        for bound, value in _BOUNDS.items():
            module, _, name = bound.partition(".")
            stack.enter_context(patch.object(import_module(f"aiovonage.bulk.{module}"), name, value))
        yield
