"""The Python names of what the specs name."""

from __future__ import annotations

import keyword
import re

from codegen.spec import snake

RESERVED = frozenset({"self", "extra"})
"""Names that a member cannot have: the first argument of `__init__`, and the member that keeps the unknown."""


def member_name(wire: str) -> str:
    """The attribute for a member of a schema or a parameter: `links` for `_links`, `self_` for `self`."""
    name = snake(wire)
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def enum_member_name(value: object) -> str:
    """The member of an enum for a value: `VALUE_2FA` for `2FA`, `USERS_BATCH_GET` for `users:batchGet`."""
    name = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(value))).strip("_").upper()
    return f"VALUE_{name}" if not name or name[0].isdigit() or keyword.iskeyword(name) else name
