"""Does a unit of work with the machinery of `aiovonage.bulk`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, cast

import attrs

from aiovonage.bulk import UNLINK_PATIENCE
from aiovonage.bulk._jobs.link import LinkJob
from aiovonage.bulk._jobs.sync import SyncJob
from aiovonage.bulk._jobs.unlink import UnlinkJob
from aiovonage.bulk._pipeline import Following, Pipeline
from aiovonage.bulk._reconcile.campaign import Campaigns
from aiovonage.bulk._reconcile.carrier_status import LEAVING_WORDS
from aiovonage.jobs._lease import Lease, LeasedTransport
from aiovonage.jobs._ledger import UnitLedger, while_leased
from aiovonage.jobs._plans import SyncNumbers, UnlinkNumbers
from aiovonage.jobs._states import Kind
from aiovonage.jobs._store import Row

if TYPE_CHECKING:
    from aiovonage._core.session import Session
    from aiovonage.bulk._jobs.job import Job
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._plans import Plan
    from aiovonage.jobs._store import Store

CLAIMED_AHEAD = 2
"""How many numbers are recorded as sent ahead of time, for each request in flight. When a worker dies, the API must be
asked about all of them.
"""


@attrs.define(kw_only=True, eq=False)
class UnitRun:
    """One unit in progress.

    Attributes:
        store: The store.
        lease: The lease on the unit.
        plan: What the job does.
        targets: Where its numbers go.
        session: The client's session.
        pages: How many pages the lists of campaigns had when they were last read.
        concurrency: How many requests are in flight at once.
        chunk: How many numbers a unit of removals has.
        decided: How many numbers it has decided.
    """

    store: Store
    lease: Lease
    plan: Plan
    targets: dict[int, Target]
    session: Session
    pages: dict[str, int]
    concurrency: int
    chunk: int
    decided: int = 0
    stopped: bool = False
    _pipeline: Pipeline | None = None

    def stop(self) -> None:
        """Take no more numbers, and finish the requests in flight."""
        self.stopped = True
        if self._pipeline is not None:
            self._pipeline.stop()

    async def run(self) -> None:
        """Do the work of the unit.

        Raises:
            LeaseLost: if the lease has ended.
            JobsError: if the store can't be used.
            VonageError: if the work can't continue.
        """
        unit = self.lease.unit
        if unit.kind is Kind.PLAN:
            await self._plan_removals()
            return
        rows: Sequence[Row] = ()
        if unit.kind is Kind.SEND:
            rows = await while_leased(self.lease, lambda: self.store.open_rows(unit))
        ledger = UnitLedger(self.store, self.lease, rows, self.targets)
        session = attrs.evolve(self.session, transport=LeasedTransport(self.session.transport, self.lease))
        campaigns = Campaigns(session, single=self.plan.target is not None)
        campaigns.pages = self.pages
        self._pipeline = Pipeline(
            self._job(campaigns, unit.kind),
            rows,
            row=lambda row: (row, self.targets[cast("Row", row).target]),
            campaigns=campaigns,
            concurrency=self.concurrency,
            ledger=ledger,
            budget=session.budget,
            max_refusals=self.plan.max_refusals,
            ahead=CLAIMED_AHEAD * self.concurrency,
            following=Following.ONE_LOOK if unit.kind is Kind.FOLLOW else Following.NO_LOOK,
        )
        if self.stopped:
            self._pipeline.stop()
        try:
            async for group in self._pipeline.outcomes():
                self.decided += len(group)
        finally:
            await self._pipeline.close()

    def _job(self, campaigns: Campaigns, kind: Kind) -> Job:
        plan = self.plan
        if isinstance(plan, UnlinkNumbers):
            return UnlinkJob(campaigns, {}, patience=plan.patience)
        link = LinkJob(campaigns, {}, until=plan.until, patience=plan.patience)
        if not isinstance(plan, SyncNumbers):
            return link
        unlink = UnlinkJob(campaigns, {}, patience=UNLINK_PATIENCE, in_sync=True)
        target = plan.target
        assert target is not None
        return (_ReadList if kind is Kind.LIST else _FromList)(
            campaigns, link, unlink, target, {}, remove=False, dry_run=False
        )

    async def _plan_removals(self) -> None:
        target = self.plan.target
        assert target is not None
        leaving = attrs.evolve(target, country="", compliance=(), action="remove")
        planned = await while_leased(
            self.lease,
            lambda: self.store.plan_removals(self.lease.unit, leaving, sorted(LEAVING_WORDS), self.chunk),
        )
        if not planned:
            self.lease.lost = True
            self.lease.check()

    def patience(self) -> float:
        """Seconds for which the numbers of this unit are followed."""
        target = self.targets[self.lease.unit.target]
        return UNLINK_PATIENCE if target.action else float(self.plan.patience)


class _ReadList(SyncJob):
    """Reads the campaign's list and stores it for the units that send."""

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        await self._desk.persist(self._read)
        return
        yield


class _FromList(SyncJob):
    """Synchronises against a list that was read earlier."""

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        return
        yield

    async def _read(self) -> None:
        """Do nothing: another unit has read the list."""
