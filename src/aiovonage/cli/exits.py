"""Exit codes, and errors reported as one line."""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NoReturn

import click

from aiovonage.cli.warning_lines import warnings_as_lines
from aiovonage.errors import (
    ConfigurationError,
    ConnectionFailed,
    Forbidden,
    InvalidValue,
    NotFound,
    TimedOut,
    Unauthorized,
    VonageError,
)

Command = Callable[..., Any]


class Exit(IntEnum):
    """The exit codes of commands."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    STOPPED = 3


_HINTS: list[tuple[type[Exception], str]] = [
    (
        ConfigurationError,
        "credentials come from VONAGE_API_KEY and VONAGE_API_SECRET, or VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY; "
        "other settings from the options; see --help",
    ),
    (InvalidValue, "nothing was sent; `aiovonage operations NAMESPACE.METHOD` says what an operation takes"),
    (Unauthorized, "check VONAGE_API_KEY and VONAGE_API_SECRET (or VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY)"),
    (Forbidden, "the account may lack the capability; ask Vonage's support, quoting the request id"),
    (NotFound, "check the ids: it does not exist, or belongs to another account"),
    (ConnectionFailed, "is the host reachable? --base-url sets it"),
    (TimedOut, "is the host reachable? --base-url sets it, and --timeout how long a response may take"),
]


def hint(error: Exception) -> str | None:
    """What the user can do about an error."""
    from aiovonage.bulk._errors import JournalError
    from aiovonage.cli.files.errors import FileError
    from aiovonage.jobs._errors import JobsError

    if isinstance(error, JournalError):
        if _is_in_use(error):
            return "wait until the other run has ended, or stop it"
        return "give --journal another file, or repeat the command that has written this journal"
    if isinstance(error, JobsError):
        return None  # its message says what to do
    if isinstance(error, FileError):
        if not error.sent:
            return "nothing was sent"
        return f"{error.sent:,} numbers above it were sent; with --journal, the same command continues after them"
    if not isinstance(error, VonageError | OSError):
        return "this is a bug in aiovonage; --debug shows where"
    return next((text for kind, text in _HINTS if isinstance(error, kind)), None)


def code_of(error: Exception) -> Exit:
    """The exit code for an error: USAGE if the command was wrong, STOPPED if a run could not go on."""
    from aiovonage.bulk._errors import JournalError
    from aiovonage.cli.files.errors import FileError
    from aiovonage.jobs._errors import StoreUnavailable

    if isinstance(error, FileError):
        return Exit.STOPPED if error.sent else Exit.USAGE
    if (isinstance(error, JournalError) and _is_in_use(error)) or isinstance(error, StoreUnavailable):
        return Exit.STOPPED
    return Exit.USAGE if isinstance(error, ConfigurationError | InvalidValue) else Exit.STOPPED


def _is_in_use(error: Exception) -> bool:
    return "in use by another run" in str(error)


def fail(error: Exception, *, debug: bool, code: Exit = Exit.STOPPED) -> NoReturn:
    """Print an error as one line, with a hint, and exit."""
    if debug:
        traceback.print_exception(error)
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(" ".join(str(error).split()) or type(error).__name__, err=True)
    if text := hint(error):
        click.echo(f"hint: {text}", err=True)
    sys.exit(code)


def report_errors(command: Command) -> Command:
    """Report every error of a command as one line with a hint and an exit code. --debug shows the traceback, too."""

    @click.option("--debug", is_flag=True, help="Log every request, and show tracebacks.")
    @functools.wraps(command)
    def guarded(*args: Any, debug: bool, **options: Any) -> Any:
        if debug:
            logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s: %(message)s")
            logging.getLogger("httpcore").setLevel(logging.INFO)
        try:
            with warnings_as_lines():
                return command(*args, **options)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(Exit.STOPPED)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader has closed the pipe, as `head` does; click exits quietly
            fail(error, debug=debug, code=code_of(error))

    return guarded
