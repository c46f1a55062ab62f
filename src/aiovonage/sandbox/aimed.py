"""Faults for the next calls of one operation."""

from __future__ import annotations

from collections import deque

import attrs

from aiovonage.sandbox.checks import unknown
from aiovonage.sandbox.faults import Fault
from aiovonage.sandbox.intermediary import INTERMEDIARY_KINDS

LOST, DROPPED = "lost", "dropped"
_FAULTS = {LOST: Fault.LOST, DROPPED: Fault.DROPPED}
KINDS = (LOST, DROPPED, *INTERMEDIARY_KINDS)


@attrs.frozen
class AimedFault:
    """The fault of one call.

    Attributes:
        kind: `"lost"`, `"dropped"`, a kind of response from an intermediary, or the HTTP status of an error.
        retry_after: The `Retry-After` of the error, in seconds; None for none.
    """

    kind: str | int
    retry_after: int | None

    @property
    def fault(self) -> Fault:
        """The kind of fault, as `Sandbox.injected` counts it."""
        if isinstance(self.kind, str):
            return _FAULTS.get(self.kind, Fault.INTERMEDIARY)
        return Fault.THROTTLED if self.kind == 429 else Fault.ERROR


class AimedFaults:
    """Queues of faults, one per operation.

    Args:
        operations: The names of all operations.
    """

    def __init__(self, operations: tuple[str, ...]) -> None:
        self._operations = operations
        self._waiting: dict[str, deque[AimedFault]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, operation: str, fault: str | int, *, retry_after: int | None, times: int) -> None:
        """Queue a fault for the next calls of an operation.

        Raises:
            ValueError: if an argument is unknown or out of range.
        """
        if operation not in self._operations:
            raise ValueError(f"operation: {unknown(operation, self._operations)}")
        if fault not in KINDS and fault not in range(400, 600):
            raise ValueError(f"fault: {unknown(fault, KINDS)}, or the status of an error, from 400 to 599")
        if retry_after is not None and retry_after < 0:
            raise ValueError(f"retry_after must be seconds, 0 or more, not {retry_after!r}")
        if times < 1:
            raise ValueError(f"times must be 1 or more, not {times!r}")
        self._waiting.setdefault(operation, deque()).extend([AimedFault(fault, retry_after)] * times)

    def take(self, operation: str) -> AimedFault | None:
        """Remove and return the fault of the next call; None if it has none."""
        waiting = self._waiting.get(operation)
        if not waiting:
            return None
        fault = waiting.popleft()
        if not waiting:
            del self._waiting[operation]
        return fault
