"""The store as workers see it: away for a while, or it does what was asked and the answer is lost."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar
from unittest.mock import patch

from aiovonage.jobs._errors import StoreUnavailable
from aiovonage.jobs._sqlite.file import File
from tests.simulation.clock import Clock
from tests.simulation.fleet.plan import FleetPlan

T = TypeVar("T")


class Observer(Protocol):
    """Who wants to know what workers do with the store."""

    def called(self) -> None:
        """The worker whose turn it is has used the store."""
        ...


class StoreWeather:
    """What goes wrong between workers and the store.

    Args:
        plan: The history.
        clock: The time.
        dice: For which answers are lost.
        observer: Told of each use of the store.

    Attributes:
        is_worker: Whether it is a worker's turn; nothing goes wrong for the user.
        calm: Whether nothing goes wrong any more.
    """

    def __init__(self, plan: FleetPlan, clock: Clock, dice: random.Random, observer: Observer) -> None:
        self.is_worker: bool = False
        self.calm: bool = False
        self._plan = plan
        self._clock = clock
        self._dice = dice
        self._observer = observer

    def was_away(self, since: float) -> bool:
        """Whether something may have gone wrong since then."""
        return self._plan.unanswered > 0.0 or any(ends > since for _, ends in self._plan.away)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let all use of the store go through here."""
        call = File._call

        def called(file: File, function: Callable[[sqlite3.Connection], T]) -> T:
            if not self.is_worker:
                return call(file, function)
            fate = self._fate()
            if fate == "not asked":
                raise StoreUnavailable("the store is away")
            result: Any = call(file, function)
            self._observer.called()
            if fate == "no answer":
                raise StoreUnavailable("the connection was closed without an answer")
            return result  # type: ignore[no-any-return]

        with patch.object(File, "_call", called):
            yield

    def _fate(self) -> str | None:
        now = self._clock.now
        if self.calm:
            return None
        if any(begins <= now < ends for begins, ends in self._plan.away):
            return "not asked"
        if self._dice.random() < self._plan.unanswered:
            return self._dice.choice(["not asked", "no answer"])
        return None
