"""A file that cannot be read."""

from __future__ import annotations

from aiovonage.errors import VonageError


class FileError(VonageError):
    """A file cannot be read as it is. The message names the file, the line where there is one, and what to do.

    Attributes:
        line: The line of the file; None where no line is to blame.
        sent: How many numbers had been sent, or may have been, when it was found.
    """

    def __init__(self, path: str, problem: str, *, line: int | None = None) -> None:
        where = f"{shown_path(path)}, line {line:,}" if line is not None else shown_path(path)
        super().__init__(f"{where}: {problem}")
        self.line: int | None = line
        self.sent: int = 0


def shown_path(path: str) -> str:
    """The name of a file for people."""
    return "standard input" if path == "-" else path
