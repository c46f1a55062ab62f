"""One rate controller for several processes of a machine.

Its state is in a file. Whoever sends reads it, under a lock, takes the next place and writes it back. So the processes
take their places in turn, one 429 stops all of them, and what one has learnt of the limit the others know.

A process holds no more than one place in advance. Those that want more than their part so take turns, and what one
does not want is the others'.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from aiovonage._version import __version__
from aiovonage.core.rate_controller import CATCH_UP, TICK, RateController
from aiovonage.core.state_file import StateFile

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

FORGET_AFTER = 3600.0
"""Seconds after which what was known of a limit is no longer made use of."""


class SharedRateController:
    """A `RateController` that other processes use as well.

    While the file can't be used, each process goes on by itself with what was known last, and says so in the log.

    Args:
        path: The file.
        rate: Requests a second that the server permits to all of them together, if known.

    Raises:
        ConfigurationError: when the file can't be opened.
    """

    def __init__(self, path: Path, rate: float | None = None) -> None:
        self._file = StateFile(path)
        self._controller = RateController(rate)
        self._accepted = 0
        self._place: float | None = None
        self._taken: float | None = None
        self._look_at = 0.0
        self._warned = False

    @classmethod
    def in_directory(
        cls, directory: str | os.PathLike[str], lane: tuple[object, ...], rate: float | None = None
    ) -> SharedRateController:
        """The controller of a lane, which is told by its members; the file's name gives none of them away."""
        # Another version of this library may keep another state.
        name = hashlib.sha256(repr((*lane, rate, __version__)).encode()).hexdigest()[:32]
        return cls(Path(directory, f"{name}.throttle"), rate)

    @property
    def rate(self) -> float | None:
        """Requests a second that all processes together may send; None while nothing is held back."""
        return self._controller.rate

    @property
    def closed_until(self) -> float:
        """The moment at which the gate opens, or opened last."""
        return self._controller.closed_until

    def next_send(self, now: float) -> float:
        """The earliest moment at which the next request may leave: now or later."""
        return self._controller.next_send(now) if self._place is None else max(now, self._place, self.closed_until)

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now.

        Returns:
            Whether there is one. If not, ask again at `next_send`.
        """
        if self._file.version() != self._controller.changes:
            with self._shared_state(now):
                pass
        if self._controller.rate is None and now < self._look_at:
            return True  # nothing is held back: only the counts need an exchange, and that now and then
        if self._place is None or self._place < max(self.closed_until, now - CATCH_UP):
            with self._shared_state(now):
                self._place = self._controller.reserve(now)
            self._look_at = now + TICK
        if now < self._place:
            return False
        self._taken, self._place = self._place, None
        return True

    def give_back(self) -> None:
        """A request that had its place does not leave: the next one of this process takes it."""
        if self._place is None:
            self._place = self._taken

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request that left at `sent_at` was answered at `now`, and not by a 429."""
        self._accepted += 1
        if self._controller.pacing.accepted is None:
            # The count and its clock start together, in all processes.
            with self._shared_state(now):
                pass

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request that left at `sent_at` was answered 429 at `now`: close the gate of all processes, and learn."""
        with self._shared_state(now):
            self._controller.on_throttled(sent_at, now, retry_after)

    @contextmanager
    def _shared_state(self, now: float) -> Iterator[None]:
        """While this lasts, the controller's state is this process's to change."""
        with self._file.lock() as locked:
            if locked:
                self._read(now)
            else:
                self._warn("another process holds its lock")
            if self._accepted:
                self._controller.count_accepted(self._accepted, now)
                self._accepted = 0
            yield
            if locked:
                self._write()

    def _read(self, now: float) -> None:
        head = self._file.read_head()
        if head is None or now - head[1].next > FORGET_AFTER:
            return
        version, pacing = head
        known = self._controller
        if version > known.changes:
            controller = _load(self._file.read_body())
            if controller is None:
                return
            controller.closed_until = max(controller.closed_until, known.closed_until)
            self._controller = controller
        if version == self._controller.changes:  # else this process knows more than it could write
            self._controller.pacing = pacing

    def _write(self) -> None:
        version = self._controller.changes
        try:
            if version != self._file.version():
                self._file.write_body(_dump(self._controller))
            self._file.write_head(version, self._controller.pacing)
        except OSError as error:
            self._warn(error.strerror or type(error).__name__)

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            logger.warning("the file of the shared throttle can't be used, going on without it: %s", reason)


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    without = override(omit=True)
    converter.register_unstructure_hook(
        RateController, make_dict_unstructure_fn(RateController, converter, _chance=without)
    )
    converter.register_structure_hook(
        RateController, make_dict_structure_fn(RateController, converter, _chance=without)
    )
    return converter


def _dump(controller: RateController) -> bytes:
    return json.dumps(_converter().unstructure(controller)).encode()


def _load(body: bytes | None) -> RateController | None:
    """The controller; None if that is none, as of another version of this library."""
    if body is None:
        return None
    try:
        return _converter().structure(json.loads(body), RateController)
    except (ValueError, cattrs.BaseValidationError):
        return None
