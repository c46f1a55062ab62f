"""Jobs over any number of numbers, with an outcome for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from aiovonage.bulk.errors import JournalError, RunStopped
from aiovonage.bulk.journal import Journal
from aiovonage.bulk.outcome import LinkOutcome, Status, Summary
from aiovonage.bulk.run import BulkRun
from aiovonage.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aiovonage.bulk.engage import Action
    from aiovonage.bulk.intake import Numbers
    from aiovonage.bulk.job import Job
    from aiovonage.core.session import Session

__all__ = ["Bulk", "BulkRun", "Journal", "JournalError", "LinkOutcome", "RunStopped", "Status", "Summary"]

CONCURRENCY = 64
"""How many requests are under way at once, unless told otherwise."""

BATCH_SIZE = 100
"""How many numbers a request of a batch job holds, unless told otherwise. The documents state no limit."""

BATCH_CONCURRENCY = 4
"""How many batches are under way at once, unless told otherwise."""


class Bulk:
    """The jobs, as `vonage.bulk`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def link_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        country: str = "US",
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Link numbers to a 10DLC campaign.

            run = vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", numbers, journal="links.db")
            async for outcome in run:
                if not outcome.ok:
                    print(outcome.number, outcome.status, outcome.problem)
            print(run.summary)

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers, read lazily. They are normalised to E.164 without plus.
            country: The country of the numbers, as two letters (ISO 3166-1).
            concurrency: How many requests are under way at once.
            journal: A file that makes the run resumable: the same call goes on where it stopped.
            on_progress: Called with the summary so far, after each group of outcomes.

        Returns:
            A run, to be iterated or awaited.

        Raises:
            ConfigurationError: for a concurrency below 1, or a text in the place of `numbers`.
        """
        from aiovonage.api.ten_dlc.endpoints import TenDlc
        from aiovonage.bulk.link import LinkJob

        job = LinkJob(TenDlc(self._session), brand_id, campaign_id, country)
        return self._run(job, numbers, concurrency, journal, on_progress)

    def unlink_numbers(
        self,
        brand_id: str,
        campaign_id: str,
        numbers: Numbers,
        *,
        concurrency: int = CONCURRENCY,
        journal: str | Path | None = None,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Unlink numbers from a 10DLC campaign; as `link_numbers` in everything else.

        Args:
            brand_id: The brand of the campaign.
            campaign_id: The campaign.
            numbers: Any iterable or async iterable of numbers, read lazily.
            concurrency: How many requests are under way at once.
            journal: A file that makes the run resumable.
            on_progress: Called with the summary so far, after each group of outcomes.

        Returns:
            A run, to be iterated or awaited. Its outcomes are `unlinked`, `not_linked`, `rejected`, `invalid`,
            `duplicate` and `failed`.

        Raises:
            ConfigurationError: for a concurrency below 1, or a text in the place of `numbers`.
        """
        from aiovonage.api.ten_dlc.endpoints import TenDlc
        from aiovonage.bulk.link import UnlinkJob

        # The job tells a lost answer from a number that was not linked, so it sends again itself.
        once = attrs.evolve(self._session, max_retries=0, raw=True)
        job = UnlinkJob(TenDlc(once), brand_id, campaign_id)
        return self._run(job, numbers, concurrency, journal, on_progress)

    def add_numbers(
        self,
        engagement_id: str,
        numbers: Numbers,
        *,
        batch_size: int = BATCH_SIZE,
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Add numbers to an engagement, in batches that may succeed in part; as `link_numbers` in everything else.

        Args:
            engagement_id: The engagement.
            numbers: Any iterable or async iterable of numbers, read lazily.
            batch_size: How many numbers a request holds at most. The documents state no limit.
            concurrency: How many requests are under way at once.
            journal: A file that makes the run resumable.
            on_progress: Called with the summary so far, after each group of outcomes.

        Returns:
            A run, to be iterated or awaited. Its outcomes are `added`, `rejected`, `invalid`, `duplicate` and `failed`.

        Raises:
            ConfigurationError: for a size or concurrency below 1, or a text in the place of `numbers`.
        """
        return self._engage("add", engagement_id, numbers, batch_size, concurrency, journal, on_progress)

    def remove_numbers(
        self,
        engagement_id: str,
        numbers: Numbers,
        *,
        batch_size: int = BATCH_SIZE,
        concurrency: int = BATCH_CONCURRENCY,
        journal: str | Path | None = None,
        on_progress: Callable[[Summary], None] | None = None,
    ) -> BulkRun:
        """Remove numbers from an engagement; as `add_numbers` in everything else.

        Args:
            engagement_id: The engagement.
            numbers: Any iterable or async iterable of numbers, read lazily.
            batch_size: How many numbers a request holds at most. The documents state no limit.
            concurrency: How many requests are under way at once.
            journal: A file that makes the run resumable.
            on_progress: Called with the summary so far, after each group of outcomes.

        Returns:
            A run, to be iterated or awaited. Its outcomes are `removed`, `rejected`, `invalid`, `duplicate` and
            `failed`.

        Raises:
            ConfigurationError: for a size or concurrency below 1, or a text in the place of `numbers`.
        """
        return self._engage("remove", engagement_id, numbers, batch_size, concurrency, journal, on_progress)

    def _engage(
        self,
        action: Action,
        engagement_id: str,
        numbers: Numbers,
        batch_size: int,
        concurrency: int,
        journal: str | Path | None,
        on_progress: Callable[[Summary], None] | None,
    ) -> BulkRun:
        from aiovonage.api.messaging_engagement.endpoints import Engagements
        from aiovonage.bulk.engage import EngagementJob

        if batch_size < 1:
            raise ConfigurationError("batch_size must be at least 1")
        once = attrs.evolve(self._session, max_retries=0)
        job = EngagementJob(Engagements(once), Engagements(self._session), engagement_id, action, batch_size)
        return self._run(job, numbers, concurrency, journal, on_progress)

    def _run(
        self,
        job: Job,
        numbers: Numbers,
        concurrency: int,
        journal: str | Path | None,
        on_progress: Callable[[Summary], None] | None,
    ) -> BulkRun:
        return BulkRun(
            job,
            numbers,
            concurrency=concurrency,
            journal=journal,
            on_progress=on_progress,
            budget=self._session.budget,
        )
