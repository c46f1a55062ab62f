"""Errors of jobs."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError, DecodeError, VonageError


class JournalError(ConfigurationError):
    """The journal cannot be used: it is not an SQLite database, it is damaged, in use, deleted or of another run, or
    the disk is full. It contains everything that was reported before.
    """

    __module__ = "aiovonage.bulk"


class RunStopped(VonageError):
    """The run could not continue: the server is down or keeps responding with 429, a gateway responds instead of the
    API, or the API refuses everything for the same reason. The other numbers are pending; the same call with the
    journal resumes the run.

    Attributes:
        passing: Whether the cause may be temporary, such as an outage.
    """

    __module__ = "aiovonage.bulk"

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing: bool = passing


class NotTheAPI(DecodeError):
    """A response from an intermediary, such as a gateway, and not from the API. It says nothing about a number.

    Attributes:
        sent: Whether it may be the response to a request that changes something.
    """

    __module__ = "aiovonage.bulk"

    sent: bool = True
