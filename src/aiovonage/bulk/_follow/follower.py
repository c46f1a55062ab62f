"""Follows accepted numbers until the carriers have decided, by reading lists at growing intervals."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from aiovonage.bulk import _work
from aiovonage.bulk._jobs.job import Desk
from aiovonage.bulk._outcome import Status
from aiovonage.bulk._reconcile.answers import NO_REFUSAL
from aiovonage.bulk._reconcile.campaign import Campaigns, Held, Refused
from aiovonage.bulk._reconcile.listing import LISTS_OF_PAGES, Listing
from aiovonage.errors import APIError, DecodeError

if TYPE_CHECKING:
    from aiovonage.bulk._follow.rules import FollowRule
    from aiovonage.bulk._jobs.job import Job
    from aiovonage.bulk._journal.writer import Followed
    from aiovonage.bulk._outcome import LinkOutcome
    from aiovonage.bulk._targets import Target

LONGEST_INTERVAL = 3600.0
"""The maximum interval between two checks, in seconds. The carriers decide within minutes to hours."""

WHILE_SENDING = 30.0
"""The minimum interval between two checks while numbers are still being sent, in seconds."""

MANY_MORE = 500
"""While numbers are still being sent, the next check waits until the accepted numbers have doubled, and grown by at
least this many. So these checks take at most two requests per hundred numbers.
"""

CHUNK = 512
TOGETHER = 16
"""The number of concurrent requests for single numbers."""

UNRECORDED = 2048
"""The number of outcomes after which the follower waits for the journal."""


class FollowingDesk(Desk, Protocol):
    """The part of a run that the follower uses."""

    def decided(self, outcome: LinkOutcome, target: Target, *, told: bool) -> None:
        """Accept the outcome of a followed number; `told` is whether the same outcome was reported before."""
        ...

    async def recorded(self) -> None:
        """Wait until all outcomes are in the journal."""
        ...


class Follower:
    """Checks accepted numbers repeatedly, at growing intervals.

    A check reads the campaign's list, unless requesting each number takes fewer requests. The journal stores the
    undecided numbers, so memory does not grow with them, and a run can be resumed days later.

    Args:
        job: The job, which provides the rule for each target.
        campaigns: Requests the state of numbers.
        desk: The run.
        once: Whether to check only once, instead of until no number is undecided.
    """

    def __init__(self, job: Job, campaigns: Campaigns, desk: FollowingDesk, *, once: bool = False) -> None:
        self._job = job
        self._campaigns = campaigns
        self._desk = desk
        self._once = once
        self._reported: set[int] = set()
        self._all_sent = asyncio.Event()
        self._stopped = asyncio.Event()
        self.accepted: int = 0
        """How many numbers the API has accepted in this run."""

    def all_sent(self) -> None:
        """Note that all numbers have been sent, which starts the regular checks."""
        self._all_sent.set()

    def stop(self) -> None:
        """Stop checking, except for numbers that would otherwise be reported unchecked."""
        self._stopped.set()
        self._all_sent.set()

    async def run(self) -> None:
        """Follow until no number is undecided."""
        if self._once:
            for target, rule, count in await self._open():
                await self._look(target, rule, count)
            return
        await self._while_sending()
        wait: float | None = None
        while open_ := await self._open():
            rules = [rule for _, rule, _ in open_]
            if self._stopped.is_set() and not any(rule.silence_decides for rule in rules):
                return
            if wait is None:
                wait = min(rule.first for rule in rules) if self.accepted else 0.0
            await self._sleep(min(wait, await self._until_first_expires(rules)))
            for target, rule, count in open_:
                await self._look(target, rule, count)
            if self._stopped.is_set():
                return
            wait = min(max(2.0 * wait, 1.0), LONGEST_INTERVAL)

    async def _while_sending(self) -> None:
        seen = 0
        while not self._all_sent.is_set():
            try:
                async with asyncio.timeout(WHILE_SENDING):
                    await self._all_sent.wait()
            except TimeoutError:
                if self.accepted < max(seen + MANY_MORE, 2 * seen):
                    continue
                seen = self.accepted
                for target, rule, count in await self._open():
                    if not rule.silence_decides:
                        await self._look(target, rule, count)

    async def _open(self) -> list[tuple[Target, FollowRule, int]]:
        await self._desk.recorded()  # recently accepted numbers may not be in the journal yet
        found = await self._desk.ledger.followed()
        rules = [(target, self._job.follow(target), count) for target, count in found.items()]
        return [(target, rule, count) for target, rule, count in rules if rule is not None]

    async def _until_first_expires(self, rules: list[FollowRule]) -> float:
        first = await self._desk.ledger.accepted_first()
        return 0.0 if first is None else max(0.0, first + max(rule.patience for rule in rules) - time.time())

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            pass

    async def _look(self, target: Target, rule: FollowRule, count: int) -> None:
        pages = self._campaigns.pages.get(target.campaign_id)
        few = count <= 1 or (pages is not None and count <= pages)
        said = not few and await self._by_list(target, rule, count)
        if not said and await self._one_by_one(target, rule):
            await self._all_recorded()
            if not await self._by_list(target, rule, count):
                await self._one_by_one(target, rule, give_up=True)
        await self._all_recorded()

    async def _by_list(self, target: Target, rule: FollowRule, count: int) -> bool:
        """Check by reading the list. Returns False if the list is not conclusive."""
        held: set[int] = set()
        now = time.time()
        for _ in range(LISTS_OF_PAGES):
            listing = self._campaigns.listing(target, self._desk.persist)
            seen = 0
            try:
                async for words in listing.words():
                    for row in await self._desk.ledger.followed_among(target, words):
                        seen += 1
                        if rule.silence_decides:
                            held.add(row.number)
                        self._seen(target, rule, row, words[row.number], now)
                    if len(self._reported) >= UNRECORDED:
                        await self._all_recorded()
                    if seen >= count:
                        return True
            except NO_REFUSAL:
                raise
            except (APIError, DecodeError):
                return False
            if rule.silence_decides and not listing.still:
                return False
            if listing.is_one_moment or not rule.silence_decides:
                break
        await self._not_seen(target, rule, held, now, listing)
        return True

    async def _not_seen(self, target: Target, rule: FollowRule, held: set[int], now: float, listing: Listing) -> None:
        """Decide on numbers that are not listed, if the list is conclusive, and on those whose patience has expired."""
        after = 0
        again: frozenset[int] | None = frozenset() if listing.is_one_moment else None
        while rows := await self._desk.ledger.followed_after(target, after, CHUNK):
            after = rows[-1].number
            for row in rows:
                if rule.silence_decides and row.number not in held:
                    self._report(rule.absent(row.number, target), target)
                elif not rule.silence_decides and row.since + rule.patience <= now:
                    refused = await self._ask(target, rule, row, give_up=not listing.still)
                    if not (refused and listing.still):
                        continue
                    # The API refuses to return the number, and the list does not contain it.
                    if again is None:
                        again = await self._listed_again(target)
                    if again is not None and row.number not in again:
                        self._report(rule.absent(row.number, target), target)
                    else:
                        self._report(rule.undecided(row.number, row.word, target), target, told=row.told)

    async def _listed_again(self, target: Target) -> frozenset[int] | None:
        """The numbers of a second list; None if it changed while it was read.

        If one number leaves and another comes while the pages of a list are read, its total stays the same, and a
        number may be on none of the pages. That does not happen twice to the same number.
        """
        listing = self._campaigns.listing(target, self._desk.persist)
        found: set[int] = set()
        try:
            async for words in listing.words():
                found.update(words)
        except NO_REFUSAL:
            raise
        except (APIError, DecodeError):
            return None
        return frozenset(found) if listing.still else None

    async def _one_by_one(self, target: Target, rule: FollowRule, *, give_up: bool = False) -> bool:
        """Request each number. Returns whether the API refused any of these requests."""
        after = 0
        refused = False
        while rows := await self._desk.ledger.followed_after(target, after, TOGETHER):
            after = rows[-1].number
            try:
                async with asyncio.TaskGroup() as group:
                    asked = [group.create_task(self._ask(target, rule, row, give_up=give_up)) for row in rows]
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            refused = refused or any(task.result() for task in asked)
        return refused

    async def _ask(self, target: Target, rule: FollowRule, row: Followed, *, give_up: bool) -> bool:
        """Request a number. Returns whether the API refused; with `give_up`, an expired number is then undecided."""
        found = await self._desk.persist(lambda: self._campaigns.number(target, row.number))
        now = time.time()
        expired = row.since + rule.patience <= now
        if isinstance(found, Held):
            self._seen(target, rule, row, found.word, now)
        elif found is None and (rule.silence_decides or expired):
            self._report(rule.absent(row.number, target), target)
        elif isinstance(found, Refused) and give_up and expired:
            self._report(rule.undecided(row.number, row.word, target), target, told=row.told)
        return isinstance(found, Refused)

    def _seen(self, target: Target, rule: FollowRule, row: Followed, word: str | None, now: float) -> None:
        outcome = rule.seen(row.number, word, target)
        old = outcome is not None and outcome.status in {Status.REJECTED, Status.NOT_LINKED}
        if old and now < row.since + _work.CHECK_AFTER[-1]:
            return  # it may be the result of an earlier link, while the new one is not visible yet
        if outcome is not None:
            self._report(outcome, target)
        elif row.since + rule.patience <= now:
            self._report(rule.undecided(row.number, word, target), target, told=row.told)

    def _report(self, outcome: LinkOutcome, target: Target, *, told: bool = False) -> None:
        if int(outcome.number) not in self._reported:  # a list that changes while it is read may show a number twice
            self._reported.add(int(outcome.number))
            self._desk.decided(outcome, target, told=told)

    async def _all_recorded(self) -> None:
        await self._desk.recorded()
        self._reported.clear()
