"""An answer with its status, headers and body beside the parsed value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


@attrs.frozen
class RawResponse(Generic[T]):
    """What a method of `with_raw_response` gives.

    Attributes:
        parsed: What the method itself gives.
        status: The HTTP status.
        headers: The headers; names in lower case.
        body: The body as it came.
    """

    __module__ = "aiovonage"

    parsed: T
    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
