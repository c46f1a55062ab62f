"""Makes a campaign match the numbers of the input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import attrs

from aiovonage.bulk._errors import NotTheAPI, RunStopped
from aiovonage.bulk._follow.rules import FollowRule, outcome_at
from aiovonage.bulk._jobs.check import state_of
from aiovonage.bulk._jobs.snapshot import CHUNK, Snapshot
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._outcome import Status
from aiovonage.bulk._reconcile.answers import TRANSIENT
from aiovonage.bulk._reconcile.campaign import Held
from aiovonage.bulk._reconcile.carrier_status import Standing, standing
from aiovonage.bulk._work import Step
from aiovonage.errors import TransportError

if TYPE_CHECKING:
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._jobs.link import LinkJob
    from aiovonage.bulk._jobs.unlink import UnlinkJob
    from aiovonage.bulk._reconcile.campaign import Campaigns
    from aiovonage.bulk._targets import Target
    from aiovonage.bulk._work import Entry


LISTINGS = 3
"""The most times to read the list if it changes while it is read."""


class SyncJob:
    """Links missing numbers and, with `remove`, unlinks all others.

    The job lists the campaign's numbers before it processes the first number. Listed numbers need no further request.

    Args:
        campaigns: Requests the state of the campaign.
        link: Links numbers.
        unlink: Unlinks numbers.
        target: The campaign.
        run: The identity of the run, for its journal.
        remove: Whether to unlink numbers that are not in the input.
        dry_run: Whether to send nothing; each outcome then says what would be done.
    """

    batch = 1
    asks_alone = True
    follows = True

    def __init__(
        self,
        campaigns: Campaigns,
        link: LinkJob,
        unlink: UnlinkJob,
        target: Target,
        run: Mapping[str, str],
        *,
        remove: bool,
        dry_run: bool,
    ) -> None:
        self.run = run
        self.until: str = link.until
        self.wanted: AbstractSet[Status] = wanted("sync", link.until)
        self._campaigns = campaigns
        self._link = link
        self._unlink = unlink
        self._target = target
        self._remove = remove
        self._dry_run = dry_run
        self._reading = asyncio.Lock()
        self._desk: Desk
        self._snapshot: Snapshot

    def attach(self, desk: Desk) -> None:
        self._desk = desk
        self._snapshot = Snapshot(self._campaigns, desk)
        self._link.attach(desk)
        self._unlink.attach(desk)

    def checks_together(self, target: Target, count: int) -> bool:
        return not target.action and self._link.checks_together(target, count)

    def follow(self, target: Target) -> FollowRule | None:
        if self._dry_run:
            return None
        return self._unlink.follow(target) if target.action else self._link.follow(target)

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        (entry,) = entries
        await self._read()
        word = (await self._snapshot.words(self._target, [entry.number])).get(entry.number, "UNLINKED")
        if entry.target.action:
            if not self._dry_run:
                return await self._unlink.send(entries, now)
            found = state_of(entry, Held(word))
            return Step(outcomes=[(entry, attrs.evolve(found, planned="unlink", ok=False))])
        if standing(word) in {Standing.GONE, Standing.LEAVING}:
            if not self._dry_run:
                return await self._link.send(entries, now)
            missing = outcome_at(entry.target, entry.number, Status.NOT_LINKED)
            return Step(outcomes=[(entry, attrs.evolve(missing, planned="link", ok=False))])
        found = state_of(entry, Held(word))
        if found.status == Status.LINKED:
            found = attrs.evolve(found, status=Status.ALREADY_LINKED)
        return Step(outcomes=[(entry, found)])

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        if self._dry_run:
            return await self.send(entries, now)
        return await (self._unlink if entries[0].target.action else self._link).check_remote(entries, now)

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        """Yield the listed numbers that are not in the input. An invalid entry may stand for one of them, so nothing is
        removed if there are any.
        """
        if not self._remove:
            return
        await self._desk.persist(self._read)
        counts, taken = await self._desk.ledger.counts()
        if counts.get(Status.INVALID):
            raise RunStopped(
                f"{counts[Status.INVALID]:,} entries of the input are not valid numbers. Nothing is removed, since a "
                "number that is wanted may be among them; correct them and make the call again"
            )
        if not sum(counts.values()) + taken:
            raise RunStopped("the input holds no number. Nothing is removed: that would empty the campaign")
        target = attrs.evolve(self._target, country="", compliance=(), action="remove")
        async for chunk in self._snapshot.unwanted(self._target):
            leaving = {Standing.GONE, Standing.LEAVING}
            yield [(number, target) for number, word in chunk if standing(word) not in leaving]
        # A number whose removal an earlier pass began may no longer be listed, or may be in the input now.
        self._desk.forget(await self._desk.ledger.forget_removals_of_wanted())
        while begun := await self._desk.ledger.removals_begun(target, CHUNK):
            yield [(number, target) for number in begun]

    async def _read(self) -> None:
        async with self._reading:
            if self._snapshot.is_conclusive(self._target):
                return
            for _ in range(LISTINGS):
                try:
                    await self._snapshot.read(self._target)
                except NotTheAPI as failure:
                    failure.sent = False
                    raise
                except TRANSIENT as failure:
                    raise TransportError(f"the list cannot be read: {failure}", sent=False) from failure
                if self._snapshot.is_conclusive(self._target):
                    return
        raise RunStopped(
            f"the list of {self._target} cannot be read, or changes all the time: what is missing is not known",
            passing=True,
        )
