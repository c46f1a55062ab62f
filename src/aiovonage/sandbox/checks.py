"""Checks of the sandbox's settings: each error names the setting and what it may be."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Any, Protocol

_FEW = 20
"""Words that a message lists beside the nearest one."""


class Setting(Protocol):
    """A setting, as attrs hands it to a validator."""

    name: str


def is_share(owner: object, setting: Setting, value: Any) -> None:
    """A share of all cases, from 0 to 1.

    Raises:
        ValueError: for anything else.
    """
    if not _is_number(value) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{_name(owner)}.{setting.name} must be a share from 0 to 1, not {value!r}")


def is_seconds(owner: object, setting: Setting, value: Any) -> None:
    """Seconds.

    Raises:
        ValueError: for anything else, and for a negative number.
    """
    if not _is_number(value) or not 0.0 <= value < math.inf:
        raise ValueError(f"{_name(owner)}.{setting.name} must be seconds, 0 or more, not {value!r}")


def is_seconds_or_range(owner: object, setting: Setting, value: Any) -> None:
    """Seconds, or the least and the most seconds.

    Raises:
        ValueError: for anything else.
    """
    low, high = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if not (_is_number(low) and _is_number(high)) or not 0.0 <= low <= high < math.inf:
        raise ValueError(f"{_name(owner)}.{setting.name} must be seconds, or (least, most) seconds, not {value!r}")


def is_one_of(words: tuple[str, ...]) -> Any:
    """A validator of a setting that is one of a few words."""

    def check(owner: object, setting: Setting, value: Any) -> None:
        if value not in words:
            raise ValueError(f"{_name(owner)}.{setting.name}: {unknown(value, words)}")

    return check


def unknown(value: object, words: tuple[str, ...]) -> str:
    """A message for a word that is not one of those known, with the nearest of them."""
    near = get_close_matches(str(value), words, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    known = f" Known: {', '.join(words)}" if len(words) <= _FEW or not near else ""
    return f"{value!r} is not known.{hint}{known}"


def _name(owner: object) -> str:
    """Whose setting it is: users set some on another class than the one that holds them."""
    return str(getattr(owner, "SET_ON", type(owner).__name__))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
