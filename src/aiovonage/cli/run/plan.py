"""The plan of a command: which job it runs, and how."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from aiovonage.bulk import BulkRun
from aiovonage.bulk._targets import Target


@attrs.frozen(kw_only=True)
class Plan:
    """The plan of a command.

    Attributes:
        operation: The operation that is sent, such as `ten_dlc.link_number`.
        path: Its first path parameters, as far as they are the same for all rows.
        run: The identity of the run in the journal, without origin and account.
        done: The status of a number that succeeded.
        target: The target of all rows; None if each row has its own campaign.
        start: Makes the run, given `vonage.bulk`, the entries, and concurrency, journal and others by name.
        country: The country of rows without a country.
        compliance: The flags of link requests.
        batch_size: The most numbers per request.
        changes: Whether the job changes anything, so that there is something to retry.
        follows: Whether the run may wait long for the carriers, so that it needs a journal.
        warning: A warning to print before anything is sent.
        plan_of_api: Makes the dry run of a job that must ask the API for its plan; None for other jobs.
    """

    operation: str
    path: tuple[str, ...]
    run: dict[str, str]
    done: str
    target: Target | None
    start: Callable[..., BulkRun]
    country: str = "US"
    compliance: tuple[str, ...] = ()
    batch_size: int = 1
    changes: bool = True
    follows: bool = False
    warning: str | None = None
    plan_of_api: Callable[..., BulkRun] | None = None
