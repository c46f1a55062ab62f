"""A file that cannot be read."""

from __future__ import annotations

from aiovonage.errors import VonageError


class FileError(VonageError):
    """A file cannot be read. The message names the file, the line if there is one, and the remedy.

    Attributes:
        line: The line of the file; None if it is not about a single line.
        sent: How many numbers had been sent, or may have been, when the error was found.
    """

    def __init__(self, path: str, problem: str, *, line: int | None = None) -> None:
        where = f"{shown_path(path)}, line {line:,}" if line is not None else shown_path(path)
        super().__init__(f"{where}: {problem}")
        self.line: int | None = line
        self.sent: int = 0


def shown_path(path: str) -> str:
    """The name of a file for messages."""
    return "standard input" if path == "-" else path
