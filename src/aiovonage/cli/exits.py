"""Exit codes, and errors as one line."""

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

from aiovonage.cli.warning_lines import warnings_are_lines
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
    """What the exit code of a command means."""

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
    (NotFound, "check the ids: the account has no such thing, or it is another account's"),
    (ConnectionFailed, "is the host reachable? --base-url says which one is asked"),
    (TimedOut, "is the host reachable? --base-url says which one is asked, --timeout how long an answer may take"),
]


def hint(error: Exception) -> str | None:
    """What the user can do about an error."""
    from aiovonage.bulk._errors import JournalError
    from aiovonage.cli.files.errors import FileError

    if isinstance(error, JournalError):
        if _is_in_use(error):
            return "wait until the other run has ended, or stop it"
        return "give --journal another file, or repeat the command that has written this journal"
    if isinstance(error, FileError):
        if not error.sent:
            return "nothing was sent"
        return f"{error.sent:,} numbers above it were sent; with --journal the same call goes on after them"
    if not isinstance(error, VonageError | OSError):
        return "this is a fault of aiovonage; --debug shows where"
    return next((text for kind, text in _HINTS if isinstance(error, kind)), None)


def code_of(error: Exception) -> Exit:
    """The exit code for an error: whether something was asked for that cannot be, or a run was stopped."""
    from aiovonage.bulk._errors import JournalError
    from aiovonage.cli.files.errors import FileError

    if isinstance(error, FileError):
        return Exit.STOPPED if error.sent else Exit.USAGE
    if isinstance(error, JournalError) and _is_in_use(error):
        return Exit.STOPPED
    return Exit.USAGE if isinstance(error, ConfigurationError | InvalidValue) else Exit.STOPPED


def _is_in_use(error: Exception) -> bool:
    return "in use by another run" in str(error)


def fail(error: Exception, *, debug: bool, code: Exit = Exit.STOPPED) -> NoReturn:
    """Say what went wrong in one line, with a hint, and exit."""
    if debug:
        traceback.print_exception(error)
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(" ".join(str(error).split()) or type(error).__name__, err=True)
    if text := hint(error):
        click.echo(f"hint: {text}", err=True)
    sys.exit(code)


def errors_are_lines(command: Command) -> Command:
    """An error is one line with a hint and an exit code, never a traceback (unless asked for with --debug)."""

    @click.option("--debug", is_flag=True, help="Log every request, and show tracebacks.")
    @functools.wraps(command)
    def guarded(*args: Any, debug: bool, **options: Any) -> Any:
        if debug:
            logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s: %(message)s")
            logging.getLogger("httpcore").setLevel(logging.INFO)
        try:
            with warnings_are_lines():
                return command(*args, **options)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(Exit.STOPPED)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever reads has enough, as `head`; click ends quietly
            fail(error, debug=debug, code=code_of(error))

    return guarded
