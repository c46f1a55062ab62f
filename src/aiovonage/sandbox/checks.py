"""Validators for the sandbox's settings. Each error names the setting and its valid values."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Any, Protocol

_FEW = 20
"""The longest list of valid words that a message shows."""


class Setting(Protocol):
    """The part of an attrs attribute that the validators use."""

    name: str


def is_share(owner: object, setting: Setting, value: Any) -> None:
    """Check for a share, a number from 0 to 1.

    Raises:
        ValueError: if it is anything else.
    """
    if not _is_number(value) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{_name(owner)}.{setting.name} must be a share from 0 to 1, not {value!r}")


def is_seconds(owner: object, setting: Setting, value: Any) -> None:
    """Check for a number of seconds, 0 or more.

    Raises:
        ValueError: if it is anything else.
    """
    if not _is_number(value) or not 0.0 <= value < math.inf:
        raise ValueError(f"{_name(owner)}.{setting.name} must be seconds, 0 or more, not {value!r}")


def is_seconds_or_range(owner: object, setting: Setting, value: Any) -> None:
    """Check for a number of seconds, or a range of seconds.

    Raises:
        ValueError: if it is anything else.
    """
    low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if not (_is_number(low) and _is_number(high)) or not 0.0 <= low <= high < math.inf:
        raise ValueError(f"{_name(owner)}.{setting.name} must be seconds, or (least, most) seconds, not {value!r}")


def is_one_of(words: tuple[str, ...]) -> Any:
    """A validator for a setting with a fixed set of values."""

    def check(owner: object, setting: Setting, value: Any) -> None:
        if value not in words:
            raise ValueError(f"{_name(owner)}.{setting.name}: {unknown(value, words)}")

    return check


def unknown(value: object, words: tuple[str, ...]) -> str:
    """A message for an unknown word, which suggests the nearest known one."""
    near = get_close_matches(str(value), words, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = f" Known: {', '.join(words)}" if len(words) <= _FEW or not near else ""
    return f"{value!r} is not known.{hint}{known}"


def _name(owner: object) -> str:
    """The class that users know the setting by, which may not be the class that holds it."""
    return str(getattr(owner, "SET_ON", type(owner).__name__))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
