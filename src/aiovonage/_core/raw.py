"""A response with its status, headers and body in addition to the parsed value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


@attrs.frozen
class RawResponse(Generic[T]):
    """The result of a method of `with_raw_response`.

    Attributes:
        parsed: The result of the method itself.
        status: The HTTP status.
        headers: The headers, with names in lower case.
        body: The body as received.
    """

    __module__ = "aiovonage"

    parsed: T
    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
