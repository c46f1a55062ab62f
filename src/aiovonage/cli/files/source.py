"""The bytes of a file or of standard input, unpacked where they are compressed."""

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
"""Bytes from which the kind and the encoding are told."""


class Source:
    """A file that is open.

    Attributes:
        head: Its first bytes.
        stream: All of its bytes, the first ones too.
        compressed: Whether it was unpacked.
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
    """Whether it can be read from the beginning again. A pipe or a terminal can be read once."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return path != "-"  # opening it tells what is wrong
    return path != "-" and not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode))


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """A file, or standard input for `-`.

    Raises:
        FileError: for what cannot be read, also while it is read.
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
    """There is no standard input."""


def _standard_input() -> BinaryIO:
    """Standard input without Python's own buffer: a thread that waits in that one keeps the process from ending."""
    if sys.stdin is None:
        raise _Closed
    try:
        return cast(BinaryIO, io.FileIO(sys.stdin.fileno(), closefd=False))
    except (OSError, ValueError):  # it is not a file, as in tests
        return sys.stdin.buffer


def _head(raw: BinaryIO) -> bytes:
    """The first bytes. A pipe that stays open may have no more than a line."""
    head = b""
    while len(head) < HEAD and not (len(head) >= 4 and b"\n" in head):
        chunk = _read_some(raw, HEAD - len(head))
        if not chunk:
            break
        head += chunk
    return head


def _read_some(raw: BinaryIO, size: int) -> bytes:
    """What is there, without waiting for more."""
    read: bytes | None = raw.read1(size) if hasattr(raw, "read1") else raw.read(size)
    return read or b""


class _Ahead(io.RawIOBase):
    """A stream whose first bytes were read already."""

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
