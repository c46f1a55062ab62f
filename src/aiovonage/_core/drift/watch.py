"""Reports drift in the responses of a client, each difference once."""

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
    """Compares the responses of a client with the specs.

    Args:
        report: Called once for each difference. An exception from it is logged, and does not affect the call.
    """

    def __init__(self, report: Callable[[Drift], object]) -> None:
        self._report = report
        self._reported: set[Drift] = set()

    def compare(self, operation: Operation[Any], response: Response) -> None:
        """Compare a response with the spec of its operation. A body that is not valid JSON is ignored."""
        import orjson

        try:
            body = orjson.loads(response.body) if response.body else None
        except orjson.JSONDecodeError:
            body = None
        for drift in find_drift(operation, response.status, body):
            if drift in self._reported:
                continue
            self._reported.add(drift)
            try:
                self._report(drift)
            except Exception:
                logger.exception("on_drift failed")
