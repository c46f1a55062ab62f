"""Errors of jobs."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError, DecodeError, VonageError


class JournalError(ConfigurationError):
    """A journal that cannot be used: not an SQLite database, damaged, in use, deleted, full disk, or of another run.
    It has everything that was reported before.
    """

    __module__ = "aiovonage.bulk"


class RunStopped(VonageError):
    """A run that could not continue: the server is down or keeps answering 429, a gateway answers instead of the
    API, or the API refuses everything for the same reason. The rest is pending; the same call with the journal resumes
    it.

    Attributes:
        passing: Whether the cause may end by itself, as an outage does.
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
