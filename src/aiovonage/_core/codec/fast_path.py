"""Decides when values are read and written through Structs, which pays off for much data of one type.

It takes some milliseconds to import msgspec and to generate the Structs of a page of brands, as long as it takes to
read ten pages. A program that makes a few requests, such as the command line, is better off without. So Structs are
generated for a type once so many bytes of it have been read or written.

A value that they do not suit is read or written as usual. A type for which they fail is tried ever less often: after
one more value at first, and after twice as many with each failure in a row.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

logger: logging.Logger = logging.getLogger("aiovonage.codec")

WARM = 500_000
"""Bytes of a type: with so many, what is saved makes up for what is generated, as measured with brands and numbers."""

UNDONE: Final = object()
"""What is given for a value that has to go the usual way."""

_MOST_SKIPPED = 64


class Unsuitable(Exception):
    """The Structs of a type do not suit a value."""


class FastPath:
    """The fast way to read or write values, by their type.

    Args:
        generate: Makes the function that reads or writes a type. The function may fail in any way that a value can make
            it fail: the usual way says what is wrong.
        warm: After how many bytes of a type it is made.
    """

    def __init__(self, generate: Callable[[Any], Callable[[Any], Any]], warm: int) -> None:
        self._generate = generate
        self._warm = warm
        self._by_type: dict[Any, _Type] = {}

    def take(self, type_: Any, value: Any) -> Any:
        """What the type's function gives for a value; UNDONE where there is none yet, or it fails."""
        state = self._by_type.get(type_)
        if state is None or (function := state.function) is None:
            return UNDONE
        if state.skip:
            state.skip -= 1
            return UNDONE
        try:
            done = function(value)
        except Exception:  # of msgspec, of a hook, or of a value: the usual way says what is wrong
            state.skip = state.last_skip = min(2 * state.last_skip or 1, _MOST_SKIPPED)
            return UNDONE
        state.last_skip = 0
        return done

    def count(self, type_: Any, size: int) -> None:
        """Note that a value of so many bytes went the usual way."""
        state = self._by_type.get(type_)
        if state is None:
            state = self._by_type.setdefault(type_, _Type())
        state.bytes += size
        if state.bytes > self._warm and state.function is None:
            self._make(type_, state)

    def _make(self, type_: Any, state: _Type) -> None:
        try:
            state.function = self._generate(type_)
        except Exception:  # such as an import without a free file descriptor: no reason for a request to fail
            state.bytes = 0
            logger.debug("no fast path for %s: it is read and written without", type_, exc_info=True)


class _Type:
    """What is known of a type."""

    __slots__ = ("bytes", "function", "last_skip", "skip")

    def __init__(self) -> None:
        self.bytes = 0
        self.function: Callable[[Any], Any] | None = None
        self.skip = 0
        self.last_skip = 0
