"""A small file in which the processes of a machine keep what they share: who holds its lock reads and writes.

It has a head of fixed size, the pacing, which changes with each request, and a body of any size, which changes seldom:
the head says in which version the body is.
"""

from __future__ import annotations

import os
import struct
import time
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiovonage.core.errors import ConfigurationError
from aiovonage.core.rate_controller import Pacing

try:
    import fcntl
except ImportError:  # pragma: no cover - there is none on Windows
    fcntl = None  # type: ignore[assignment]

PATIENCE = 0.05
"""Seconds to try for the lock. It is held for microseconds, unless its holder has been stopped."""
RETRY = 0.0001
"""Seconds between two tries."""
RESPITE = 1.0
"""Seconds for which a lock that was not got is left alone."""
SAME_BOOT = 60.0
"""Seconds by which two reckonings of when the machine started may differ; its clock can be set meanwhile."""

_HEAD = struct.Struct("<Qdd?q")
_BODY = struct.Struct("<II")


class StateFile:
    """The file.

    Args:
        path: Where it is; it is made, for its user alone, if it does not exist.

    Raises:
        ConfigurationError: when it can't be opened for writing, or the platform has no locks of this kind.
    """

    def __init__(self, path: Path) -> None:
        if fcntl is None:
            raise ConfigurationError("shared_in: processes can't share a throttle on this platform")
        self._path = path
        self._try_again_at = 0.0
        self._open()

    def _open(self) -> None:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise ConfigurationError(f"shared_in: {self._path} can't be opened: {error.strerror}") from error
        self._process = os.getpid()
        weakref.finalize(self, _close, self._file, self._process)

    def version(self) -> int:
        """The body's version; 0 if there is none."""
        head = os.pread(self._file, 8, 0)
        return int.from_bytes(head, "little")

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Keep other processes out.

        Yields:
            Whether the lock was got in time.
        """
        if self._process != os.getpid():
            self._open()  # a lock taken before a fork is both processes'
        if time.monotonic() < self._try_again_at or not self._try_lock():
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _try_lock(self) -> bool:
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                now = time.monotonic()
                if now > give_up_at:
                    self._try_again_at = now + RESPITE
                    return False
                time.sleep(RETRY)
            else:
                return True

    def read_head(self) -> tuple[int, Pacing] | None:
        """The body's version, and the pacing; None in a new file, and in one from before the machine was started."""
        data = os.pread(self._file, _HEAD.size, 0)
        if len(data) < _HEAD.size:
            return None
        version, booted, next_place, wanted, accepted = _HEAD.unpack(data)
        if abs(booted - _booted_at()) > SAME_BOOT:
            return None
        return version, Pacing(next_place, wanted, None if accepted < 0 else accepted)

    def write_head(self, version: int, pacing: Pacing) -> None:
        """Replace the head."""
        accepted = -1 if pacing.accepted is None else pacing.accepted
        os.pwrite(self._file, _HEAD.pack(version, _booted_at(), pacing.next, pacing.wanted, accepted), 0)

    def read_body(self) -> bytes | None:
        """The body; None if there is none, or its writer was killed in the middle."""
        with suppress(struct.error):
            length, checksum = _BODY.unpack(os.pread(self._file, _BODY.size, _HEAD.size))
            body = os.pread(self._file, length, _HEAD.size + _BODY.size)
            if length and len(body) == length and zlib.crc32(body) == checksum:
                return body
        return None

    def write_body(self, body: bytes) -> None:
        """Replace the body."""
        os.pwrite(self._file, _BODY.pack(len(body), zlib.crc32(body)) + body, _HEAD.size)


def _booted_at() -> float:
    """When `time.monotonic` was 0: moments of different boots say nothing of each other."""
    return time.time() - time.monotonic()


def _close(file: int, process: int) -> None:
    if process == os.getpid():
        os.close(file)
