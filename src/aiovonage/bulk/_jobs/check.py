"""Reports the state of numbers in their campaigns without changing anything."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from aiovonage.bulk._follow.rules import CARRIERS_REFUSE, FollowRule, outcome_at
from aiovonage.bulk._jobs.snapshot import Snapshot
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._outcome import LinkOutcome, Status
from aiovonage.bulk._reconcile.answers import TRANSIENT
from aiovonage.bulk._reconcile.campaign import Campaigns, Held, Refused
from aiovonage.bulk._reconcile.carrier_status import Standing, standing
from aiovonage.bulk._reconcile.listing import LISTS_OF_PAGES
from aiovonage.bulk._work import Step, Steps
from aiovonage.errors import RateLimited

if TYPE_CHECKING:
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._targets import Target
    from aiovonage.bulk._work import Entry


class CheckJob:
    """Looks each number up, alone or in the campaign's list, whichever takes fewer requests.

    The job does not know in advance how many numbers there are. So it requests numbers one by one until that has taken
    as many requests as the list has pages, and then reads the list. This takes at most twice as many requests as the
    better choice.
    """

    batch = 256
    asks_alone = False
    until = "approved"
    follows = False

    def __init__(self, campaigns: Campaigns, run: Mapping[str, str]) -> None:
        self.run = run
        self.wanted: AbstractSet[Status] = wanted("check", self.until)
        self._campaigns = campaigns
        self._asked: Counter[str] = Counter()
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._snapshot: Snapshot

    def attach(self, desk: Desk) -> None:
        self._snapshot = Snapshot(self._campaigns, desk)

    def checks_together(self, target: Target, count: int) -> bool:
        return True

    def follow(self, target: Target) -> FollowRule | None:
        return None

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        return
        yield

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        return await self.send(entries, now)

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        target = entries[0].target
        name = target.campaign_id
        async with self._reading[name]:
            if await self._list_pays(target, len(entries)):
                await self._snapshot.read(target, lists=LISTS_OF_PAGES)
        words = await self._snapshot.words(target, [entry.number for entry in entries])
        step = Steps()
        for entry in entries:
            found: Held | Refused | None
            if entry.number in words:
                found = Held(words[entry.number])
            elif self._snapshot.is_conclusive(target):
                found = None
            else:
                self._asked[name] += 1
                try:
                    found = await self._campaigns.number(target, entry.number)
                except (RateLimited, *TRANSIENT):
                    if not step.outcomes:
                        raise
                    step.send.append(list(entries[len(step.outcomes) :]))  # keep the outcomes so far
                    break
            step.outcomes.append((entry, state_of(entry, found)))
        return step.all()

    async def _list_pays(self, target: Target, count: int) -> bool:
        if self._snapshot.was_read(target):
            return False
        name = target.campaign_id
        if name not in self._campaigns.pages and count > 1:
            await self._snapshot.look_at_first_page(target)
        pages = self._campaigns.pages.get(name)
        return pages is not None and self._asked[name] + count > pages


def state_of(entry: Entry, found: Held | Refused | None) -> LinkOutcome:
    """Return the outcome for what a check found."""
    if isinstance(found, Refused):
        return outcome_at(entry.target, entry.number, Status.FAILED, found.problem)
    if found is None or standing(found.word) is Standing.GONE:
        return outcome_at(entry.target, entry.number, Status.NOT_LINKED, None, found.word if found else None)
    if standing(found.word) is Standing.APPROVED:
        return outcome_at(entry.target, entry.number, Status.LINKED, None, found.word)
    if standing(found.word) is Standing.REJECTED:
        return outcome_at(entry.target, entry.number, Status.REJECTED, CARRIERS_REFUSE, found.word)
    return outcome_at(entry.target, entry.number, Status.ACCEPTED, None, found.word)
