"""Logs of a worker, for people or for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO


class JsonLines(logging.Formatter):
    """Formats each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            members["error"] = self.formatException(record.exc_info)
        return json.dumps(members, ensure_ascii=False)


def log_to(stream: TextIO, form: str) -> None:
    """Log this package from INFO up, and other packages from WARNING up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    if not root.handlers:  # otherwise --debug has set up its own handler
        root.addHandler(handler)
        root.setLevel(logging.WARNING)
        logging.getLogger("aiovonage").setLevel(logging.INFO)
