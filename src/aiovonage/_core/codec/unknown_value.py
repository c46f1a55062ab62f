"""The warning for a value that is not in an enum of the specs. Enums grow, so the value is sent as it is."""

from __future__ import annotations

import sys
import warnings
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_PACKAGE = str(Path(__file__).resolve().parent.parent)


class UnknownValueWarning(UserWarning):
    """A value is not in the enum of the spec, but is sent. It may be newer than the spec, or a typo.

    Attributes:
        owner: The model or operation.
        member: The member or parameter.
        value: The value.
        nearest: The most similar known value.
    """

    __module__ = "aiovonage"

    def __init__(self, owner: str, member: str, value: object, nearest: object) -> None:
        super().__init__(owner, member, value, nearest)
        self.owner = owner
        self.member = member
        self.value = value
        self.nearest = nearest

    def __str__(self) -> str:
        return (
            f"{self.owner}.{self.member}: {str(self.value)!r} is not a value that the spec knows; it is sent as it is. "
            f"The nearest known value is {str(self.nearest)!r}."
        )


def warn_of_unknown(owner: str, member: str, value: object, known: Collection[object]) -> None:
    """Warn of a value that is not among the known ones, at the caller's line outside of this package."""
    text = str(value).casefold()
    nearest = max(known, key=lambda other: SequenceMatcher(None, text, str(other).casefold()).ratio())
    warnings.warn(UnknownValueWarning(owner, member, value, nearest), stacklevel=_users_level())


def _users_level() -> int:
    """How many frames up, counted from `warn_of_unknown`, the user's code is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    return level


def _is_ours(filename: str) -> bool:
    return filename.startswith((_PACKAGE, "<attrs generated"))
