"""Reads Excel workbooks (.xlsx) with calamine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.layout import TableRow

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_IN_MEMORY = 1 << 22


class Workbook:
    """A sheet of a workbook.

    Args:
        path: The file, for errors.
        stream: Its bytes.
        sheet: The name of the sheet; None for the only one that is neither hidden nor empty.

    Attributes:
        sheet: The name of the sheet.
        sheets: The names of all sheets.

    Raises:
        FileError: if the file cannot be read, or has several sheets to choose from.
    """

    def __init__(self, path: str, stream: BinaryIO, sheet: str | None) -> None:
        try:
            from python_calamine import CalamineWorkbook
        except ModuleNotFoundError:
            raise FileError(
                path, "is an Excel workbook, which needs python-calamine: pip install 'aiovonage[cli]'"
            ) from None
        self._path = path
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:  # calamine needs a seekable file
            shutil.copyfileobj(stream, copy)
            if copy.tell() == 0:
                raise FileError(path, "is empty")
            copy.seek(0)
            try:
                book = CalamineWorkbook.from_filelike(copy)
                self.sheets: list[str] = list(book.sheet_names)
                self.sheet: str = self._chosen(book, sheet)
                self._rows: Any = book.get_sheet_by_name(self.sheet).to_python(skip_empty_area=False)
            except FileError:
                raise
            except Exception as error:
                problem = " ".join(str(error).split()) or type(error).__name__
                raise FileError(
                    path,
                    f"is named or begins like an Excel workbook, but cannot be read as one ({problem}). It may be "
                    "damaged, cut off or protected by a password: open it in Excel, and save it as .xlsx or .csv",
                ) from None

    def __iter__(self) -> Iterator[TableRow]:
        for line, cells in enumerate(self._rows, start=1):
            yield line, [_shown(cell) for cell in cells]

    def _chosen(self, book: CalamineWorkbook, wanted: str | None) -> str:
        if wanted is not None:
            if wanted not in self.sheets:
                raise FileError(self._path, f"there is no sheet {wanted!r}; it has: {', '.join(self.sheets)}")
            return wanted
        shown = [str(sheet.name) for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible")]
        filled = [name for name in shown or self.sheets if book.get_sheet_by_name(name).height]
        if not filled:
            raise FileError(self._path, "it is empty: it needs a column of phone numbers")
        if len(filled) > 1:
            raise FileError(
                self._path,
                f"there are several sheets: {', '.join(filled)}. Say which one holds the numbers with --sheet",
            )
        return filled[0]


def _shown(cell: object) -> object:
    """A cell as Excel shows it: a whole number has no fraction, though the file stores a float."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell
