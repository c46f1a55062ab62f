"""Reads the lines of a text. An error in its encoding names the line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

from aiovonage.cli.files.encodings import encoding_of, known_encoding
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.source import Source


class Text:
    """The lines of a file, with their line ends.

    Attributes:
        words: The encoding, for messages.
    """

    def __init__(self, path: str, source: Source, encoding: str | None) -> None:
        self._path = path
        self._given = encoding
        self.words: str
        if encoding is None:
            self._encoding, self.words = encoding_of(source.head)
        else:
            self._encoding, self.words = known_encoding(encoding, source.head), encoding
        self._stream = source.stream

    def __iter__(self) -> Iterator[str]:
        text = io.TextIOWrapper(self._stream, encoding=self._encoding, newline="")
        number = 0
        try:
            for line in text:
                number += 1
                if "\0" in line:
                    raise FileError(self._path, self._null_byte(), line=number)
                yield line
        except UnicodeDecodeError as error:
            at = number + 1 + error.object[: error.start].count(b"\n")
            raise FileError(self._path, self._not_text(error), line=at) from None
        finally:
            with suppress(ValueError):
                text.detach()  # keeps standard input open

    def _null_byte(self) -> str:
        return (
            "a NUL byte, which no text has: the file is damaged, or in another encoding. Save it again as CSV UTF-8, "
            "or name its encoding, such as --encoding utf-16-le"
        )

    def _not_text(self, error: UnicodeDecodeError) -> str:
        if error.reason in {"unexpected end of data", "truncated data"} and error.end >= len(error.object):
            return f"the text ends in the middle of a character of {self.words}: the file is cut off. Get it again"
        byte = error.object[error.start]
        if self._given is not None:
            return f"the byte 0x{byte:02x} is not {self._given}. Name the encoding that the file has with --encoding"
        return (
            f"the byte 0x{byte:02x} is not {self.words}. If the file comes from Excel on Windows, add "
            "--encoding cp1252, or save it as CSV UTF-8"
        )
