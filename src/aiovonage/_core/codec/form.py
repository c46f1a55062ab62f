"""Bodies as a form (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping


def encode_form(members: Mapping[str, Any]) -> bytes:
    """The members of a body; a list is sent as repeated names, a boolean as `true` or `false`."""
    return urlencode([(name, _text(value)) for name, values in members.items() for value in _each(values)]).encode()


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
