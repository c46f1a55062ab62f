"""What everything that uses Postgres needs to know of its URL and its errors."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiovonage._core.hidden_url import HiddenUrl

_PERMANENT = (
    "password authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "invalid port number",
    "could not translate host name",
    "failed to resolve host",
)
"""Parts of messages. Postgres sends no error code when it refuses a connection."""


def name_of(url: HiddenUrl) -> str | None:
    """What a URL (`postgresql://...`, as libpq reads it) leads to, without the password; None if it is not valid."""
    import psycopg

    with suppress(psycopg.Error):  # its message may quote the password
        parts = psycopg.conninfo.conninfo_to_dict(url)
        port = f":{parts['port']}" if parts.get("port") else ""
        return f"postgresql://{parts.get('host') or 'localhost'}{port}/{parts.get('dbname') or ''}"
    return None


def is_permanent(message: str) -> bool:
    """Whether an error to connect is one that no retry mends."""
    return any(words in message for words in _PERMANENT)
