"""Tells of drift as answers come, each kind of it once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aiovonage._core.drift.differences import Drift, find_drift

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiovonage._core.http.protocol import Response
    from aiovonage._core.operation import Operation

logger: logging.Logger = logging.getLogger("aiovonage.drift")


class DriftWatch:
    """What a client has seen of drift.

    Args:
        tell: Is told each difference once. What it raises is logged, and changes no call.
    """

    def __init__(self, tell: Callable[[Drift], object]) -> None:
        self._tell = tell
        self._told: set[Drift] = set()

    def look(self, operation: Operation[Any], response: Response) -> None:
        """Compare an answer with the spec of its operation. A body that is not JSON is not looked at."""
        import orjson

        try:
            body = orjson.loads(response.body) if response.body else None
        except orjson.JSONDecodeError:
            body = None
        for drift in find_drift(operation, response.status, body):
            if drift in self._told:
                continue
            self._told.add(drift)
            try:
                self._tell(drift)
            except Exception:
                logger.exception("on_drift failed")
