"""Small bounds, so that a few numbers reach what else takes thousands: full queues, second chunks, pages of a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from aiovonage.bulk import _backlog, _pipeline
from aiovonage.bulk._follow import follower
from aiovonage.bulk._jobs import snapshot, sync
from aiovonage.bulk._reconcile import campaign, listing

_BOUNDS = (
    (_backlog, "MOST_DEFERRED", 2),
    (_pipeline, "BACKLOG", 2),
    (_pipeline, "INTAKE", 2),
    (campaign, "MANY", 2),
    (campaign, "UNKNOWN_PAGES", 1),
    (follower, "CHUNK", 2),
    (follower, "MANY_MORE", 2),
    (follower, "TOGETHER", 2),
    (follower, "UNRECORDED", 2),
    (listing, "PAGE_SIZE", 3),
    (snapshot, "CHUNK", 2),
    (sync, "CHUNK", 2),
)


@contextmanager
def small_bounds() -> Iterator[None]:
    """Make the bounds of the jobs small."""
    with ExitStack() as stack:
        for module, name, value in _BOUNDS:
            stack.enter_context(patch.object(module, name, value))
        yield
