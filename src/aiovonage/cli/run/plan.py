"""What a command does."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from aiovonage.bulk import BulkRun
from aiovonage.bulk._targets import Target


@attrs.frozen(kw_only=True)
class Plan:
    """What a command does.

    Attributes:
        operation: What is sent, as `ten_dlc.link_number`.
        path: The first of its path parameters, as far as they are the same for all rows.
        run: What the journal says of the run, origin and account aside.
        done: The status of a number that was done.
        target: Where all rows go; None where each row says its own campaign.
        start: Makes the run, given `vonage.bulk`, the entries, and concurrency, journal and others by name.
        country: The country of rows that do not say theirs.
        compliance: The flags of link requests.
        batch_size: How many numbers a request holds at most.
        changes: Whether anything is changed, so that there is something to take up again.
        follows: Whether the run may wait for the carriers for long, and is better off with a journal.
        warning: What must be known before anything is sent.
        plan_of_api: For a job whose dry run is a plan that the API is asked for: makes the run that says it.
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
