"""Standard input as UTF-8, whatever the locale says."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def standard_input() -> Iterator[io.TextIOWrapper]:
    """Standard input, strictly in UTF-8, with or without a byte order mark. It stays open."""
    text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()
