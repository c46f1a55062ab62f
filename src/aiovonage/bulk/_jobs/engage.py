"""Adding numbers to an engagement, and removing them, in batches that can partly succeed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal

import attrs

from aiovonage._problem import Problem
from aiovonage.api.messaging_engagement.endpoints import Engagements
from aiovonage.api.messaging_engagement.models import AddNumbers, RemoveNumbers
from aiovonage.bulk._follow.rules import FollowRule, outcome_at
from aiovonage.bulk._jobs.shared_exclusive_lock import SharedExclusiveLock
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._outcome import Status, problem_of
from aiovonage.bulk._reconcile.answers import NO_REFUSAL, names, of_the_api
from aiovonage.bulk._reconcile.listing import LISTS_OF_PAGES, Listing
from aiovonage.bulk._work import ATTEMPTS, Step, Steps
from aiovonage.errors import APIError, DecodeError, Forbidden, VonageError

if TYPE_CHECKING:
    from aiovonage._core.pagination import Page
    from aiovonage._core.partial import PartialResult
    from aiovonage._core.session import Session
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._targets import Target
    from aiovonage.bulk._work import Entry

Action = Literal["add", "remove"]

LISTINGS = 4
"""How many times to read a list that changes while it is read, before the state of unlisted numbers counts as unknown.
"""

_DONE = {"add": Status.ADDED, "remove": Status.REMOVED}
_NOT_DONE = {
    "add": Problem(title="The answer does not mention it, and the engagement does not list it"),
    "remove": Problem(title="The answer does not mention it, and the engagement still lists it"),
}


_Listed = tuple[AbstractSet[int], bool, Problem | None]
"""The numbers that the engagement lists; whether the others are certainly not in it; why that is unknown."""


@attrs.define
class _Sought:
    """Numbers to look up in one list.

    Attributes:
        numbers: The numbers.
        listed: The result; None until the list is read.
        failure: Why the list could not be read; None if nothing failed.
    """

    numbers: set[int] = attrs.field(factory=set)
    listed: _Listed | None = None
    failure: VonageError | None = None


class EngagementJob:
    """Adds numbers to an engagement, or removes them, in batches.

    If a response is unclear about a number, or the response to a batch was lost, the job reconciles the numbers by
    listing the engagement: one list serves all tasks that wait. If the API refuses a whole batch, the job halves it
    until it finds the number that causes the refusal.

    Args:
        session: The client's session.
        engagement_id: The engagement.
        action: Whether to add or to remove.
        batch: The most numbers in one request.
        run: The identity of the run, for its journal.
    """

    until = "accepted"
    asks_alone = False
    follows = False

    def __init__(
        self, session: Session, engagement_id: str, action: Action, batch: int, run: Mapping[str, str]
    ) -> None:
        self.run = run
        self.batch = batch
        self.wanted: AbstractSet[Status] = wanted(action, self.until)
        self._api = Engagements(attrs.evolve(session, max_retries=0))
        self._engagement_id = engagement_id
        self._action = action
        self._shrinks = action == "remove"
        self._list = SharedExclusiveLock()
        self._sought = _Sought()
        self._reading = asyncio.Lock()
        self._desk: Desk

    def attach(self, desk: Desk) -> None:
        self._desk = desk

    def checks_together(self, target: Target, count: int) -> bool:
        return True

    def follow(self, target: Target) -> FollowRule | None:
        return None

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        return
        yield

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        try:
            async with self._list.changing():
                result = await of_the_api(self._send([entry.text for entry in entries]))
        except NO_REFUSAL:
            raise
        except APIError as refusal:
            return self._refused(entries, refusal)
        step = Steps()
        succeeded, failed = _verdicts(result)
        for entry in entries:
            if entry.text in succeeded:
                self._close(step, entry, _DONE[self._action])
            elif (problem := failed.get(entry.text)) is not None and not entry.sent_before:
                self._close(step, entry, refusal_status(problem), problem)
            else:
                entry.answered = problem is None
                entry.refusal = problem
                entry.lost(now)
                step.check.append(entry)
        return step.all()

    async def _send(self, numbers: list[str]) -> PartialResult | None:
        """Send the request; return None for a response without a body (204), which mentions no number."""
        if self._action == "add":
            return await self._api.add_numbers(self._engagement_id, AddNumbers(numbers=numbers))
        return await self._api.remove_numbers(self._engagement_id, RemoveNumbers(numbers=numbers))

    def _refused(self, entries: Sequence[Entry], refusal: APIError) -> Step:
        """Decide what to do with a batch that the API refused as a whole."""
        if isinstance(refusal, Forbidden) or names(refusal, self._engagement_id):
            raise refusal
        if len(entries) > 1:
            middle = len(entries) // 2
            return Step(send=[list(entries[:middle]), list(entries[middle:])])
        step = Steps()
        self._close(step, entries[0], refusal_status(refusal.problem), refusal.problem)
        return step.all()

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        step = Steps()
        listed, still, refused = await self._listed({entry.number for entry in entries})
        for entry in entries:
            held = entry.number in listed
            if held if self._action == "add" else (still and not held):
                self._close(step, entry, _DONE[self._action])
                continue
            entry.checks += 1
            known = refused is None and (held or still)
            if not entry.is_certain(now):
                step.check.append(entry)
            elif entry.refusal is not None:
                self._close(step, entry, refusal_status(entry.refusal), entry.refusal)
            elif not known:
                self._close(step, entry, Status.FAILED, refused or CHANGES)
            elif entry.answered:
                self._close(step, entry, Status.FAILED, _NOT_DONE[self._action])
            elif entry.failures >= ATTEMPTS and entry.failure is not None:
                self._close(step, entry, Status.FAILED, problem_of(entry.failure))
            else:
                entry.maybe_sent = False
        again = [e for e in entries if not e.maybe_sent]
        step.send += [again[first : first + self.batch] for first in range(0, len(again), self.batch)]
        return step.all()

    async def _listed(self, numbers: set[int]) -> _Listed:
        """Look numbers up in the list. Tasks that call this while a list is read share the next list, and its failure:
        during an outage, each waiting task would otherwise read a list of its own.
        """
        sought = self._sought
        sought.numbers |= numbers
        async with self._reading:
            if sought.failure is not None:
                raise sought.failure
            if sought.listed is None:
                if sought is self._sought:
                    self._sought = _Sought()
                try:
                    sought.listed = await self._read(sought.numbers)
                except VonageError as failure:
                    sought.failure = failure
                    raise
        return sought.listed

    async def _read(self, numbers: set[int]) -> _Listed:
        listed: set[int] = set()
        still = 0
        for reading in range(LISTINGS):
            # A list that only grows is first read without stopping the sends, and again without changes if that is not
            # conclusive.
            async with self._list.still() if self._shrinks or reading else nullcontext():
                listing = Listing(self._page, self._desk.retry)
                try:
                    async for words in listing.words():
                        listed |= numbers & words.keys()
                        if len(listed) == len(numbers):
                            return listed, True, None
                except NO_REFUSAL:
                    raise
                except APIError as refusal:
                    if names(refusal, self._engagement_id):
                        raise
                    return listed, False, refusal.problem
                except DecodeError as error:
                    return listed, False, Problem(title="The list cannot be understood", detail=str(error))
            still += listing.still or listing.total_items is None
            if listing.is_one_moment or still >= LISTS_OF_PAGES:
                return listed, True, None
        return listed, False, None

    async def _page(self, page: int, size: int | None) -> Page[str]:
        return await self._api.list_numbers(self._engagement_id, page=page, page_size=size)

    def _close(self, step: Steps, entry: Entry, status: Status, problem: Problem | None = None) -> None:
        step.outcomes.append((entry, outcome_at(entry.target, entry.number, status, problem)))


CHANGES = Problem(title="The list of the engagement changes while it is read: what it does not show is not known")


def refusal_status(problem: Problem) -> Status:
    """Return `conflict` for a number that belongs to another engagement, `rejected` for any other refusal."""
    words = f"{problem.code} {problem.title} {problem.detail}".lower()
    return Status.CONFLICT if "another engagement" in words else Status.REJECTED


def _verdicts(result: PartialResult | None) -> tuple[set[str], dict[str, Problem]]:
    """Return what a response clearly states: without a JSON body it mentions no number."""
    if result is None or not isinstance(result.body, dict | list):
        return set(), {}
    return set(result.succeeded), {failed.item: failed.problem for failed in result.failed}
