"""Errors of jobs."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError, DecodeError, VonageError


class JournalError(ConfigurationError):
    """A journal that cannot be used: not an SQLite database, damaged, in use, deleted, full disk, or of another run.
    What was reported before is in it.
    """

    __module__ = "aiovonage.bulk"


class RunStopped(VonageError):
    """A run that could not go on: the server is out, answers nothing but 429 for long, gives answers that are not the
    API's, or refuses everything alike. What has no outcome is pending, and the same call with the journal resumes it.

    Attributes:
        passing: Whether the cause may pass without anybody's help, as an outage does.
    """

    __module__ = "aiovonage.bulk"

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing: bool = passing


class NotTheAPI(DecodeError):
    """An answer of somebody between this machine and the API, such as a gateway: it says nothing about a number.

    Attributes:
        sent: Whether it may answer a request that changes something.
    """

    __module__ = "aiovonage.bulk"

    sent: bool = True
