"""A row of a file, and how the file is understood."""

from __future__ import annotations

from typing import NamedTuple

import attrs


@attrs.define(kw_only=True)
class Understanding:
    """How a file is understood.

    Attributes:
        form: Its format, for messages: `CSV`, `JSON Lines`, `JSON`, `Excel`.
        words: What else was found out, for messages.
        header: The names of its columns; empty for none.
        number_name: The name of the number column; empty for none.
        number_place: The index of that column; None if each entry is just a number.
        has_brand, has_campaign: Whether there are such columns.
        target_places: The indexes of these columns.
        widest: The number of cells of the longest row so far.
    """

    form: str
    words: list[str] = attrs.field(factory=list)
    header: tuple[str, ...] = ()
    number_name: str = ""
    number_place: int | None = None
    has_brand: bool = False
    has_campaign: bool = False
    target_places: frozenset[int] = frozenset()
    widest: int = 0

    def __str__(self) -> str:
        return ", ".join([self.form, *self.words])


class Row(NamedTuple):
    """A row of a file.

    Attributes:
        line: The line where it begins, from 1.
        given: The value in the number column.
        cells: The whole row, in the order of the header.
        brand_id, campaign_id, country: The values of these columns; None if the file has no such column.
    """

    line: int
    given: object
    cells: tuple[object, ...] = ()
    brand_id: str | None = None
    campaign_id: str | None = None
    country: str | None = None
