"""Pauses Python's garbage collector while a large body is decoded.

Each of the many objects that a body turns into is alive and part of no cycle. But the collector starts whenever 700
objects were made, and looked at those of a page of 1,000 numbers again and again, which took more than half of the
time.

The pause lasts some milliseconds, in which only log handlers of the user run in this thread. The collector is one for
all threads: a thread that turns it off at that very moment would find it on again.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 16_384
"""Bytes of a body for which the pause is worth it."""


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the collector within, if it is not paused already."""
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()
