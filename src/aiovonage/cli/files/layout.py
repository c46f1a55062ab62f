"""Finds the header and the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from aiovonage.bulk._input.numbers import parse_number
from aiovonage.cli.files.names import BRAND, CAMPAIGN, COUNTRY, NUMBER, simple_name
from aiovonage.cli.files.options import ReadingOptions

TableRow = tuple[int, list[object]]
"""The line where a row begins, and its cells."""


@attrs.frozen(kw_only=True)
class Layout:
    """Which columns hold what.

    Attributes:
        number: The index of the number column.
        header: The names of the columns; None if there is no header.
        header_line: The line of the header; 0 if there is none.
        brand, campaign, country: The indexes of these columns; None if there are none.
        guess: What was concluded from the contents, for messages; empty if the header said it.
        valid: How many rows of the sample have a valid number in the number column.
    """

    number: int
    header: tuple[str, ...] | None = None
    header_line: int = 0
    brand: int | None = None
    campaign: int | None = None
    country: int | None = None
    guess: str = ""
    valid: int = 0


class NoColumn(Exception):
    """The number column is not clear. The message has the problem and the remedy."""


def is_number(cell: object, country: str | None) -> bool:
    """Whether a cell holds a number of the country, or in international form."""
    return isinstance(parse_number(cell, country), int)


def is_blank(cells: Iterable[object]) -> bool:
    """Whether all cells are empty."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def find_layout(rows: Sequence[TableRow], options: ReadingOptions, country: str | None) -> Layout:
    """Find the header and the columns.

    Args:
        rows: The first rows of the table.
        options: How the user says the file is to be read.
        country: The country of the numbers, as `parse_number` takes it.

    Raises:
        NoColumn: if the number column is not clear.
    """
    filled = [(line, cells) for line, cells in rows if not is_blank(cells)]
    if options.header_line is not None:
        return _below_a_known_header(filled, options, country)
    first = next((index for index, (_, cells) in enumerate(filled) if any(is_number(c, country) for c in cells)), None)
    above = filled[: len(filled) if first is None else first]
    headers = [index for index, (_, cells) in enumerate(above) if _numbers_in(cells, options)]
    if headers:  # a title has fewer cells than the header below it
        index = max(headers, key=lambda index: (sum(not is_blank([cell]) for cell in above[index][1]), -index))
        line, cells = above[index]
        return _with_header(line, cells, [row for _, row in filled[index + 1 :]], options, country)
    if options.column is not None and not options.column.isdigit():
        raise NoColumn(_no_such_column(options.column, above))
    if first is None:
        raise NoColumn(_nothing_found(filled))
    return _by_contents(filled, first, options, country)


def _below_a_known_header(filled: Sequence[TableRow], options: ReadingOptions, country: str | None) -> Layout:
    assert options.header_line is not None
    if options.header_line == 0:
        return _by_contents(filled, 0, options, country)
    below = [cells for line, cells in filled if line > options.header_line]
    for line, cells in filled:
        if line == options.header_line:
            if _numbers_in(cells, options):
                return _with_header(line, cells, below, options, country)
            return _by_contents([row for row in filled if row[0] >= line], 1, options, country)
    raise NoColumn(f"--header-line {options.header_line} is blank, or is not the first line of a row")


def _with_header(
    line: int, cells: Sequence[object], below: Sequence[Sequence[object]], options: ReadingOptions, country: str | None
) -> Layout:
    places = _numbers_in(cells, options)
    valid = {place: _valid(below, place, country) for place in places}
    if len(places) > 1:  # `number` may be the number of the row
        places = [place for place in places if valid[place]]
    names = _names(cells)
    if len(places) != 1:
        found = ", ".join(names[place] for place in valid)
        raise NoColumn(f"the columns {found} may all hold the numbers. Say which one with --column")
    return _layout(line, cells, places[0], valid[places[0]])


def _by_contents(filled: Sequence[TableRow], first: int, options: ReadingOptions, country: str | None) -> Layout:
    """The layout of a table without a recognised header: the only column that holds phone numbers."""
    data = [cells for _, cells in filled[first:]]
    width = max((len(cells) for cells in data), default=0)
    if options.column is not None:
        if not options.column.isdigit() or not 1 <= int(options.column) <= max(width, 1):
            raise NoColumn(
                f"there is no header with the column {options.column!r}. Without a header, --column takes the position "
                f"of the column, from 1 to {width}"
            )
        places = [int(options.column) - 1]
    else:
        places = [place for place in range(width) if _valid(data, place, country)]
    if not places:
        raise NoColumn(_nothing_found(filled))
    if len(places) > 1:
        raise NoColumn(
            f"the columns {', '.join(str(place + 1) for place in places)} all hold phone numbers. Say which one with "
            "--column, or write one number per line"
        )
    place, valid = places[0], _valid(data, places[0], country)
    above = filled[:first]
    if above and _is_header(above[-1][1], place):
        line, cells = above[-1]
        layout = _layout(line, cells, place, valid)
        return attrs.evolve(layout, guess="" if options.column else "the only one that holds phone numbers")
    guess = "" if options.column or width == 1 else f"column {place + 1}, the only one that holds phone numbers"
    return Layout(number=place, valid=valid, guess=guess)


def _layout(line: int, cells: Sequence[object], number: int, valid: int) -> Layout:
    def place(known: frozenset[str]) -> int | None:
        found = [index for index, cell in enumerate(cells) if index != number and simple_name(cell) in known]
        return found[0] if len(found) == 1 else None

    return Layout(
        number=number,
        header=tuple(_names(cells)),
        header_line=line,
        brand=place(BRAND),
        campaign=place(CAMPAIGN),
        country=place(COUNTRY),
        valid=valid,
    )


def _numbers_in(cells: Sequence[object], options: ReadingOptions) -> list[int]:
    """The indexes of the columns that may hold the numbers, by their names."""
    if options.column is not None:
        exact = [index for index, cell in enumerate(cells) if str(cell).strip() == options.column.strip()]
        wanted = simple_name(options.column)
        return exact or [index for index, cell in enumerate(cells) if wanted and simple_name(cell) == wanted]
    return [index for index, cell in enumerate(cells) if simple_name(cell) in NUMBER]


def _valid(rows: Sequence[Sequence[object]], place: int, country: str | None) -> int:
    return sum(place < len(cells) and is_number(cells[place], country) for cells in rows)


def _is_header(cells: Sequence[object], place: int) -> bool:
    """Whether a row above the numbers is a header: its cell has letters and no digits, unlike a malformed number."""
    cell = str(cells[place]) if place < len(cells) and cells[place] is not None else ""
    return any(char.isalpha() for char in cell) and not any(char.isdigit() for char in cell)


def _names(cells: Sequence[object]) -> list[str]:
    return [str(cell).strip() if cell is not None else "" for cell in cells]


def _no_such_column(column: str, rows: Sequence[TableRow]) -> str:
    if not rows:
        return f"there is no header, and so no column {column!r}. --column also takes the position of a column, from 1"
    widest = max(rows, key=lambda row: sum(bool(str(cell).strip()) for cell in row[1] if cell is not None))
    return f"there is no column {column!r}; it has: {', '.join(name for name in _names(widest[1]) if name)}"


def _nothing_found(rows: Sequence[TableRow]) -> str:
    if not rows:
        return "it is empty: it needs a column of phone numbers"
    names = [name for name in _names(rows[0][1]) if name]
    return (
        f"no column has a usual name, such as number or phone, and none holds phone numbers; the first line has: "
        f"{', '.join(names)}. Say which column with --column"
    )
