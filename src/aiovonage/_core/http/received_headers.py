"""The headers of a response as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from aiovonage._core.http.protocol import Response


class ReceivedHeaders(Mapping[str, str]):
    """The headers of a response, with names in lower case. They are decoded on first use: a bulk run looks at none.

    Args:
        response: The response.
    """

    def __init__(self, response: Response) -> None:
        self._response = response

    @cached_property
    def _texts(self) -> dict[str, str]:
        return self._response.header_map()

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return repr(self._texts)
