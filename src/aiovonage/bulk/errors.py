"""Errors of jobs."""

from __future__ import annotations

from aiovonage.core.errors import ConfigurationError, VonageError


class JournalError(ConfigurationError):
    """A journal that cannot be used: no SQLite database, damaged, in use, full disk, or of another run. Nothing was
    sent for it.
    """


class RunStopped(VonageError):
    """A run that could not go on: the server is out, answers nothing but 429 for long, or gives answers that are not
    the API's. What has no outcome is pending, and a journal resumes it.
    """
