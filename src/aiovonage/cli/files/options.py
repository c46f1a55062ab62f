"""How the user says a file is to be read."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ReadingOptions:
    """How a file is to be read. What is None is detected.

    Attributes:
        delimiter: The character between the fields of a CSV file.
        encoding: The encoding of the text, by its name in Python.
        column: The name of the number column, or its position from 1.
        header_line: The line of the header, from 1; 0 for a file without a header.
        sheet: The sheet of a workbook.
    """

    delimiter: str | None = None
    encoding: str | None = None
    column: str | None = None
    header_line: int | None = None
    sheet: str | None = None
