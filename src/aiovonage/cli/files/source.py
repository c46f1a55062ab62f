"""The bytes of a file or of standard input, decompressed if necessary."""

from __future__ import annotations

import gzip
import io
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.kinds import GZIP

HEAD = 512
"""Bytes from which format and encoding are detected."""


class Source:
    """An open file.

    Attributes:
        head: Its first bytes.
        stream: All of its bytes, including the first ones.
        compressed: Whether it was compressed.
    """

    def __init__(self, raw: BinaryIO) -> None:
        head = _head(raw)
        self.compressed: bool = head.startswith(GZIP)
        stream = _Ahead(head, raw)
        if self.compressed:
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
            head = _head(unpacked)
            stream = _Ahead(head, unpacked)
        self.head: bytes = head
        self.stream: BinaryIO = io.BufferedReader(stream, 1 << 16)


def can_be_read_again(path: str) -> bool:
    """Whether a file can be read more than once, unlike a pipe or a terminal."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return path != "-"  # opening it will report the error
    return path != "-" and not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode))


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """Open a file, or standard input for `-`.

    Raises:
        FileError: if it cannot be opened or read.
    """
    with ExitStack() as stack:
        try:
            raw: BinaryIO = _standard_input() if path == "-" else stack.enter_context(Path(path).open("rb"))
            yield Source(raw)
        except (EOFError, gzip.BadGzipFile) as error:
            raise FileError(path, f"its compressed data is damaged or cut off ({error}). Get the file again") from None
        except OSError as error:
            raise FileError(path, f"cannot be read: {error.strerror or error}") from None
        except _Closed:
            raise FileError(path, "is closed. Pipe the numbers into the command, or name a file") from None


class _Closed(Exception):
    """Standard input is closed."""


def _standard_input() -> BinaryIO:
    """Standard input without Python's buffer: a thread that is blocked in the buffer keeps the process from exiting."""
    if sys.stdin is None:
        raise _Closed
    try:
        return cast(BinaryIO, io.FileIO(sys.stdin.fileno(), closefd=False))
    except (OSError, ValueError):  # not a real file, as in tests
        return sys.stdin.buffer


def _head(raw: BinaryIO) -> bytes:
    """The first bytes. A pipe that stays open may have only one line, so more is not waited for."""
    head = b""
    while len(head) < HEAD and not (len(head) >= 4 and b"\n" in head):
        chunk = _read_some(raw, HEAD - len(head))
        if not chunk:
            break
        head += chunk
    return head


def _read_some(raw: BinaryIO, size: int) -> bytes:
    """Read what is available, without waiting for more."""
    read: bytes | None = raw.read1(size) if hasattr(raw, "read1") else raw.read(size)
    return read or b""


class _Ahead(io.RawIOBase):
    """A stream whose first bytes were already read."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._head[: len(buffer)] or _read_some(self._rest, len(buffer))
        self._head = self._head[len(chunk) :] if self._head else b""
        buffer[: len(chunk)] = chunk
        return len(chunk)
