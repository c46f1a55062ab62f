"""What the user says about a file, where it is not to be found out."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ReadingOptions:
    """How a file is to be read. None is found out.

    Attributes:
        delimiter: What stands between the fields of a CSV.
        encoding: How the text is encoded, by Python's name for it.
        column: The name of the column of numbers, or its place, counted from 1.
        header_line: The line of the header, counted from 1; 0 for a file without.
        sheet: The sheet of a workbook.
    """

    delimiter: str | None = None
    encoding: str | None = None
    column: str | None = None
    header_line: int | None = None
    sheet: str | None = None
