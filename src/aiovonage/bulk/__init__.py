"""Bulk jobs over any number of phone numbers, with an outcome for each one."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from aiovonage.bulk._errors import JournalError, RunStopped
from aiovonage.bulk._input.numbers import ten_dlc_country
from aiovonage.bulk._journal.reader import Journal
from aiovonage.bulk._outcome import LinkOutcome, Status
from aiovonage.bulk._run import BulkRun
from aiovonage.bulk._summary import Summary
from aiovonage.bulk._targets import Link, Target, flags
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from aiovonage._core.operation import Operation
    from aiovonage._core.session import Session
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.bulk._jobs.engage import Action
    from aiovonage.bulk._jobs.job import Job
    from aiovonage.bulk._jobs.link import LinkJob
    from aiovonage.bulk._jobs.unlink import UnlinkJob
    from aiovonage.bulk._jobs.wanted import Until
    from aiovonage.bulk._reconcile.campaign import Campaigns

__all__ = ["Bulk", "BulkRun", "Journal", "JournalError", "Link", "LinkOutcome", "RunStopped", "Status", "Summary"]

CONCURRENCY = 64
"""Default number of concurrent requests."""

BATCH_SIZE = 100
"""Default batch size: the most numbers in one request of a batch job. The API documents state no limit."""

BATCH_CONCURRENCY = 4
"""Default number of concurrent batches."""

PATIENCE = 129_600.0
"""Default time to follow an accepted link, in seconds: a request that is pending for more than 36 hours may time out
(Vonage's support article 8151004865564).
"""

UNLINK_PATIENCE = 60.0
"""Default time to follow an unlinked number until the campaign no longer holds it, in seconds."""

MAX_REFUSALS = 100
"""Default number of identical consecutive refusals that end a run."""

LONG_WITHOUT_JOURNAL = 600.0
"""A run without a journal warns if its patience exceeds this many seconds: if it ends early, its state is lost."""

RETRYABLE = frozenset({Status.FAILED, Status.REJECTED, Status.CONFLICT, Status.NOT_LINKED})
"""The statuses that `retry` accepts."""

logger: logging.Logger = logging.getLogger("aiovonage.bulk")


class Bulk:
    """Bulk jobs over any number of phone numbers: `vonage.bulk`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def link_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        country: str = "US",
        compliance: Iterable[str] = (),
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        until: Until = "accepted",
        patience: float = PATIENCE,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Link numbers to a 10DLC campaign.

            run = vonage.bulk.link_numbers(
                "BLQKOPK", "C1DEB879", numbers, journal="links.db", until="approved"
            )
            async for outcome in run:
                if not outcome.ok:
                    print(outcome.number, outcome.status, outcome.problem)
            print(run.summary)

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers, as strings or numeric values. One task reads it lazily.
            country: The country of numbers in national form, `US` or `CA`: ten digits are a number of this country.
            compliance: Flags of the link request, such as `("HIPAA",)`. The first linked number decides permanently
                whether the campaign is HIPAA (Vonage's support article 4407235273876).
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable: the same call continues where it stopped.
            until: `accepted`: a number is done once the API has accepted the request. `approved`: the run follows it
                until the carriers have decided.
            patience: Seconds to follow an accepted number, from the moment the API accepted it. A number that is
                still undecided after that is `accepted` and not ok.
            retry: Statuses whose numbers the run reopens in its journal: `failed`, `rejected`, `conflict`,
                `not_linked`.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await. Its outcomes are `accepted`, `linked`, `already_linked`, `conflict`,
            `rejected`, `invalid`, `duplicate`, `failed`, and `not_linked` for a number that has left the campaign.

        Raises:
            ConfigurationError: if an argument is invalid, such as a negative `patience`.
        """
        run = self._campaign_run("link_numbers", brand_id, campaign_id)
        run["country"] = ten_dlc_country(country)
        target = Target(brand_id, campaign_id, run["country"], flags(compliance))
        self._warn(target, until, patience, journal)
        campaigns = self._campaigns(single=True)
        job = _link_job(campaigns, run, until, patience)
        return self._run(job, numbers, target, campaigns, concurrency, journal, retry, max_refusals, on_progress)

    def unlink_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        country: str = "US",
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        patience: float = UNLINK_PATIENCE,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Unlink numbers from a 10DLC campaign. Everything else works as in `link_numbers`.

        Unlinking can be asynchronous, so the run lists the campaign's numbers at the end and reports which are gone.

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers. One task reads it lazily.
            country: The country of numbers in national form.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            patience: Seconds to follow an unlinked number until it is gone. A number that the campaign still holds
                after that is `accepted` and not ok.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await. Its outcomes are `unlinked`, `not_linked`, `accepted`, `rejected`,
            `invalid`, `duplicate` and `failed`.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        _check_patience(patience)
        run = self._campaign_run("unlink_numbers", brand_id, campaign_id)
        target = Target(brand_id, campaign_id, ten_dlc_country(country))
        campaigns = self._campaigns(single=True)
        job = _unlink_job(campaigns, run, patience)
        return self._run(job, numbers, target, campaigns, concurrency, journal, retry, max_refusals, on_progress)

    def check_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        country: str = "US",
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        retry: Collection[str] = (),
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Report the state of numbers in a campaign without changing anything.

        Each number is `linked` (the carriers approved it), `accepted` (they have not decided; `carrier_status` has
        their status), `rejected` (the carriers rejected it) or `not_linked`. Only `linked` is ok.

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers. One task reads it lazily.
            country: The country of numbers in national form.
            concurrency: The maximum number of concurrent requests.
            journal: A file that stores the outcomes and makes the run resumable. A new check needs a new file.
            retry: Statuses whose numbers the run reopens in its journal.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        run = self._campaign_run("check_numbers", brand_id, campaign_id)
        target = Target(brand_id, campaign_id, ten_dlc_country(country))
        return self._check(run, numbers, target, concurrency, journal, retry, on_progress)

    def sync_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        remove: bool = False,
        dry_run: bool = False,
        country: str = "US",
        compliance: Iterable[str] = (),
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        until: Until = "accepted",
        patience: float = PATIENCE,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Make a campaign match the input: link missing numbers and, with `remove`, unlink all others.

        The run lists the campaign's numbers first; numbers that the campaign already holds need no further request.

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers. One task reads it lazily.
            remove: Unlink the campaign's numbers that are not in the input. This starts once the whole input has
                been read, and not at all if the input is empty or contains an entry that is not a valid number.
            dry_run: Change nothing: `outcome.planned` says what a run would do, `link` or `unlink`. The statuses
                are those of `check_numbers`. The run writes no journal.
            country: The country of numbers in national form.
            compliance: Flags of the link request; see `link_numbers`.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            until: When a link is done; see `link_numbers`.
            patience: Seconds to follow an accepted link.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await. It has an outcome for each entry of the input and for each removed number.

        Raises:
            ConfigurationError: if an argument is invalid, such as a journal for a dry run.
        """
        if dry_run and journal is not None:
            raise ConfigurationError("a dry run writes no journal: leave one of dry_run and journal out")
        run = self._campaign_run("sync_numbers", brand_id, campaign_id)
        run |= {"country": ten_dlc_country(country), "remove": "yes" if remove else "no"}
        target = Target(brand_id, campaign_id, run["country"], flags(compliance))
        if not dry_run:
            self._warn(target, until, patience, journal)
        from aiovonage.bulk._jobs.sync import SyncJob

        campaigns = self._campaigns(single=True)
        job = SyncJob(
            campaigns,
            _link_job(campaigns, run, until, patience),
            _unlink_job(campaigns, run, UNLINK_PATIENCE, in_sync=True),
            target,
            run,
            remove=remove,
            dry_run=dry_run,
        )
        return self._run(job, numbers, target, campaigns, concurrency, journal, retry, max_refusals, on_progress)

    def link(
        self,
        rows: Iterable[Link] | AsyncIterable[Link],
        *,
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        until: Until = "accepted",
        patience: float = PATIENCE,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Link numbers to the campaigns named in their rows. Everything else works as in `link_numbers`.

        A problem with one campaign does not end the run: its numbers are `rejected`, with the reason.

            rows = [Link("12025550101", "BLQKOPK", "C1DEB879")]
            print(await vonage.bulk.link(rows, journal="links.db"))

        Args:
            rows: Any iterable or async iterable of `Link`. One task reads it lazily.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            until: When a link is done; see `link_numbers`.
            patience: Seconds to follow an accepted link.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        run = {"job": "link", **self._account()}
        self._warn(None, until, patience, journal)
        campaigns = self._campaigns(single=False)
        job = _link_job(campaigns, run, until, patience)
        return self._run(job, rows, None, campaigns, concurrency, journal, retry, max_refusals, on_progress)

    def unlink(
        self,
        rows: Iterable[Link] | AsyncIterable[Link],
        *,
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        patience: float = UNLINK_PATIENCE,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Unlink numbers from the campaigns named in their rows. Everything else works as in `unlink_numbers`.

        Args:
            rows: Any iterable or async iterable of `Link`. One task reads it lazily.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            patience: Seconds to follow an unlinked number until it is gone.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        _check_patience(patience)
        run = {"job": "unlink", **self._account()}
        campaigns = self._campaigns(single=False)
        job = _unlink_job(campaigns, run, patience)
        return self._run(job, rows, None, campaigns, concurrency, journal, retry, max_refusals, on_progress)

    def check(
        self,
        rows: Iterable[Link] | AsyncIterable[Link],
        *,
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        retry: Collection[str] = (),
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Report the state of numbers in the campaigns named in their rows.

        Everything else works as in `check_numbers`.

        Args:
            rows: Any iterable or async iterable of `Link`. One task reads it lazily.
            concurrency: The maximum number of concurrent requests.
            journal: A file that stores the outcomes and makes the run resumable.
            retry: Statuses whose numbers the run reopens in its journal.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        run = {"job": "check", **self._account()}
        return self._check(run, rows, None, concurrency, journal, retry, on_progress)

    def add_numbers(
        self,
        engagement_id: str,
        numbers: Numbers,
        *,
        country: str | None = None,
        batch_size: int = BATCH_SIZE,
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Add numbers to an engagement, in batches that can partly succeed. Everything else works as in `link_numbers`.

        Args:
            engagement_id: The engagement.
            numbers: Any iterable or async iterable of numbers. One task reads it lazily.
            country: The country of numbers in national form, as two letters; None for numbers in international form.
            batch_size: The most numbers in one request. The API documents state no limit.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await. Its outcomes are `added`, `conflict`, `rejected`, `invalid`, `duplicate`
            and `failed`.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        return self._engage(
            "add",
            engagement_id,
            numbers,
            country,
            batch_size,
            concurrency,
            journal,
            retry,
            max_refusals,
            on_progress,
        )

    def remove_numbers(
        self,
        engagement_id: str,
        numbers: Numbers,
        *,
        country: str | None = None,
        batch_size: int = BATCH_SIZE,
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        retry: Collection[str] = (),
        max_refusals: int | None = MAX_REFUSALS,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Remove numbers from an engagement. Everything else works as in `add_numbers`.

        Args:
            engagement_id: The engagement.
            numbers: Any iterable or async iterable of numbers. One task reads it lazily.
            country: The country of numbers in national form, as two letters; None for numbers in international form.
            batch_size: The most numbers in one request. The API documents state no limit.
            concurrency: The maximum number of concurrent requests.
            journal: A file that makes the run resumable.
            retry: Statuses whose numbers the run reopens in its journal.
            max_refusals: How many identical refusals in a row end the run; None for no limit.
            on_progress: Called with the summary after each group of outcomes.

        Returns:
            A run to iterate or await. Its outcomes are `removed`, `rejected`, `invalid`, `duplicate` and
            `failed`.

        Raises:
            ConfigurationError: if an argument is invalid.
        """
        return self._engage(
            "remove",
            engagement_id,
            numbers,
            country,
            batch_size,
            concurrency,
            journal,
            retry,
            max_refusals,
            on_progress,
        )

    def _engage(
        self,
        action: Action,
        engagement_id: str,
        numbers: Numbers,
        country: str | None,
        batch_size: int,
        concurrency: int,
        journal: str | Path | None,
        retry: Collection[str],
        max_refusals: int | None,
        on_progress: Callable[[Summary], None] | None,
    ) -> BulkRun:
        from aiovonage.api.messaging_engagement.operations import ADD_NUMBERS
        from aiovonage.bulk._jobs.engage import EngagementJob

        if batch_size < 1:
            raise ConfigurationError("batch_size must be at least 1")
        run = {"job": f"{action}_numbers", "engagement": engagement_id, **self._account(ADD_NUMBERS)}
        target = Target(country=country.upper() if country else "")
        job = EngagementJob(self._session, engagement_id, action, batch_size, run)
        return self._run(job, numbers, target, None, concurrency, journal, retry, max_refusals, on_progress)

    def _check(
        self,
        run: dict[str, str],
        numbers: Numbers,
        target: Target | None,
        concurrency: int,
        journal: str | Path | None,
        retry: Collection[str],
        on_progress: Callable[[Summary], None] | None,
    ) -> BulkRun:
        from aiovonage.bulk._jobs.check import CheckJob

        campaigns = self._campaigns(single=target is not None)
        job = CheckJob(campaigns, run)
        return self._run(job, numbers, target, campaigns, concurrency, journal, retry, None, on_progress)

    def _run(
        self,
        job: Job,
        numbers: Numbers,
        target: Target | None,
        campaigns: Campaigns | None,
        concurrency: int,
        journal: str | Path | None,
        retry: Collection[str],
        max_refusals: int | None,
        on_progress: Callable[[Summary], None] | None,
    ) -> BulkRun:
        from aiovonage.bulk._journal.writer import JournalWriter
        from aiovonage.bulk._ledger import JournalLedger
        from aiovonage.bulk._pipeline import Pipeline

        if concurrency < 1:
            raise ConfigurationError("concurrency must be at least 1")
        if max_refusals is not None and max_refusals < 1:
            raise ConfigurationError("max_refusals must be at least 1, or None for no limit")
        if isinstance(numbers, str | bytes):
            raise ConfigurationError("numbers must be an iterable of numbers, not one text")
        if not hasattr(numbers, "__iter__") and not hasattr(numbers, "__aiter__"):
            raise ConfigurationError(f"numbers must be an iterable of numbers, not {type(numbers).__name__}")
        again = _statuses(retry)
        pipeline = Pipeline(
            job,
            numbers,
            row=_rows_of(target),
            campaigns=campaigns,
            concurrency=concurrency,
            ledger=JournalLedger(
                lambda: JournalWriter(journal, job.run, until=job.until, retry=again), lasts=journal is not None
            ),
            budget=self._session.budget,
            max_refusals=max_refusals,
        )
        return BulkRun(pipeline, numbers, name=job.run["job"], wanted=job.wanted, on_progress=on_progress)

    def _campaign_run(self, job: str, brand_id: str, campaign_id: str) -> dict[str, str]:
        for name, value in (("brand_id", brand_id), ("campaign_id", campaign_id)):
            if not isinstance(value, str) or not value.strip():
                raise ConfigurationError(f"{name} must be the id of a thing, as text, not {value!r}")
        return {"job": job, "brand": brand_id, "campaign": campaign_id, **self._account()}

    def _account(self, operation: Operation[Any] | None = None) -> dict[str, str]:
        """Return the origin and account of a run: a journal can only be resumed with the same ones."""
        if operation is None:
            from aiovonage.api.ten_dlc.operations import LINK_NUMBER

            operation = LINK_NUMBER
        origin = self._session.base_url or operation.host
        return {"origin": origin, "account": self._session.authenticator.account}

    def _campaigns(self, *, single: bool) -> Campaigns:
        from aiovonage.bulk._reconcile.campaign import Campaigns

        return Campaigns(self._session, single=single)

    def _warn(self, target: Target | None, until: Until, patience: float, journal: str | Path | None) -> None:
        _check_patience(patience)
        if until not in {"accepted", "approved"}:
            raise ConfigurationError(f"until must be 'accepted' or 'approved', not {until!r}")
        if until == "approved" and journal is None and patience > LONG_WITHOUT_JOURNAL:
            warnings.warn(
                f"a run that may follow numbers for {patience:,.0f} seconds has no journal: when it ends early, what "
                "it knows is lost; give it journal=, or less patience=",
                UserWarning,
                stacklevel=3,
            )
        if target is not None and target.compliance:
            logger.warning(
                "numbers are linked with compliance %s: the first number that is linked decides for the whole campaign "
                "%s, and for ever",
                ", ".join(target.compliance),
                target.campaign_id,
            )


def _rows_of(target: Target | None) -> Callable[[object], tuple[object, Target]]:
    """Return the function that reads an input entry: as a number for `target`, or as a row with its own target."""
    if target is not None:
        return lambda given: (given, target)

    def row(given: object) -> tuple[object, Target]:
        if not isinstance(given, Link):
            raise ConfigurationError(f"a row must be a Link, not {type(given).__name__}")
        return given.number, given.target

    return row


def _link_job(campaigns: Campaigns, run: Mapping[str, str], until: Until, patience: float) -> LinkJob:
    from aiovonage.bulk._jobs.link import LinkJob

    return LinkJob(campaigns, run, until=until, patience=patience)


def _unlink_job(campaigns: Campaigns, run: Mapping[str, str], patience: float, *, in_sync: bool = False) -> UnlinkJob:
    from aiovonage.bulk._jobs.unlink import UnlinkJob

    return UnlinkJob(campaigns, run, patience=patience, in_sync=in_sync)


def _check_patience(patience: float) -> None:
    if isinstance(patience, bool) or not isinstance(patience, int | float) or not patience >= 0:
        raise ConfigurationError(f"patience must be a number of seconds, 0 or more, not {patience!r}")


def _statuses(retry: Collection[str]) -> frozenset[Status]:
    given = {retry} if isinstance(retry, str) else set(retry)
    known = {str(status) for status in RETRYABLE}
    if unknown := sorted(str(status) for status in given if str(status) not in known):
        raise ConfigurationError(f"retry takes {', '.join(sorted(known))}, not {', '.join(unknown)}")
    return frozenset(Status(status) for status in given)
