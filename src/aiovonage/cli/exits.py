"""Exit codes, and errors as one line."""

from __future__ import annotations

import sys
import traceback
from enum import IntEnum

import click

from aiovonage.bulk.errors import JournalError
from aiovonage.core.errors import (
    ConfigurationError,
    ConnectionFailed,
    Forbidden,
    NotFound,
    TimedOut,
    Unauthorized,
    VonageError,
)


class Exit(IntEnum):
    """What the exit code of a command means."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    STOPPED = 3


_HINTS: list[tuple[type[VonageError], str]] = [
    (JournalError, "give --journal another file, or make the same call as the run that it is of"),
    (ConfigurationError, "credentials come from VONAGE_API_KEY and VONAGE_API_SECRET, or from the options; see --help"),
    (Unauthorized, "check VONAGE_API_KEY and VONAGE_API_SECRET"),
    (Forbidden, "the account may lack the capability; ask Vonage's support, quoting the request id"),
    (NotFound, "check the brand and the campaign: aiovonage call ten_dlc.list_brands"),
    (ConnectionFailed, "is the host reachable? --base-url says which one is asked"),
    (TimedOut, "is the host reachable? --base-url says which one is asked"),
]


def hint(error: Exception) -> str | None:
    """What the user can do about an error."""
    return next((text for kind, text in _HINTS if isinstance(error, kind)), None)


def fail(error: Exception, *, debug: bool, code: Exit = Exit.STOPPED) -> None:
    """Say what went wrong in one line, with a hint, and exit."""
    if debug:
        traceback.print_exception(error)
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(" ".join(str(error).split()) or type(error).__name__, err=True)
    if text := hint(error):
        click.echo(f"hint: {text}", err=True)
    sys.exit(code)
