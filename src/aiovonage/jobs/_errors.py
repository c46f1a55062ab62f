"""Errors of jobs."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError, VonageError


class JobsError(ConfigurationError):
    """A store of jobs that cannot be used: the wrong DSN, no schema or a newer one, missing privileges, a full disk; or
    a job that cannot be had as asked for. The message says what to do. What was stored before is there.
    """

    __module__ = "aiovonage.jobs"


class StoreUnavailable(JobsError):
    """The store does not answer at the moment: the database is down, restarts, or is locked. Workers wait for it."""

    __module__ = "aiovonage.jobs"


class LeaseLost(VonageError):
    """The lease on some work has ended, so that another worker may have it: nothing more is sent or written for it."""

    __module__ = "aiovonage.jobs"
