"""The null that is sent."""

from __future__ import annotations

import enum
from typing import Final


class Null(enum.Enum):
    """The type of `NULL`."""

    NULL = None

    def __repr__(self) -> str:
        return "NULL"

    def __bool__(self) -> bool:
        return False


NULL: Final = Null.NULL
"""A JSON null to send. `None` means that a member is left out."""
