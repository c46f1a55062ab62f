"""A URL with a password in it."""

from __future__ import annotations


class HiddenUrl(str):
    """A URL with a password in it: it does not show in a traceback's local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"
