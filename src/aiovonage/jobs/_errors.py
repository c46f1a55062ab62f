"""Errors that jobs raise."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError, VonageError


class JobsError(ConfigurationError):
    """The job store cannot be used (a wrong DSN, no schema or a newer one, missing privileges, a full disk), or the job
    does not exist or differs from what was asked for. The message says what to do. Nothing already stored is lost.
    """

    __module__ = "aiovonage.jobs"


class StoreUnavailable(JobsError):
    """The store does not respond at the moment: the database is down, restarting or locked. Workers wait for it."""

    __module__ = "aiovonage.jobs"


class LeaseLost(VonageError):
    """The lease on some work has ended, so another worker may hold it. Nothing more is sent or written for it."""

    __module__ = "aiovonage.jobs"
