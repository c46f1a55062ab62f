"""Unlinking numbers from 10DLC campaigns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from aiovonage.bulk._errors import NotTheAPI
from aiovonage.bulk._follow.rules import FollowRule, UntilGone, outcome_at
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.bulk._outcome import Status, problem_of
from aiovonage.bulk._reconcile.answers import NO_REFUSAL, is_an_object, names, of_the_api
from aiovonage.bulk._reconcile.campaign import Campaigns, Refused
from aiovonage.bulk._reconcile.carrier_status import Standing, standing
from aiovonage.bulk._work import ATTEMPTS, Step
from aiovonage.errors import APIError, NotFound

if TYPE_CHECKING:
    from aiovonage._problem import Problem
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._targets import Target
    from aiovonage.bulk._work import Entry


class UnlinkJob:
    """Unlinks numbers, one request each, and then verifies that the campaign no longer holds them: unlinking can be
    asynchronous. If the response to a DELETE is lost, the job checks the number before it sends the DELETE again.
    """

    batch = 1
    asks_alone = True
    until = "accepted"
    follows = True

    def __init__(self, campaigns: Campaigns, run: Mapping[str, str], *, patience: float, in_sync: bool = False) -> None:
        self.run = run
        self.wanted: AbstractSet[Status] = wanted("unlink", self.until)
        self._campaigns = campaigns
        # In a sync, `not_linked` and `accepted` describe numbers that should be linked.
        self._missing = Status.UNLINKED if in_sync else Status.NOT_LINKED
        self._rule = UntilGone(patience, undecided_is=Status.FAILED if in_sync else Status.ACCEPTED)

    def attach(self, desk: Desk) -> None:
        pass

    def checks_together(self, target: Target, count: int) -> bool:
        return False

    def follow(self, target: Target) -> FollowRule | None:
        return self._rule

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        return
        yield

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        (entry,) = entries
        target = entry.target
        try:
            answer = await of_the_api(
                self._campaigns.raw.unlink_number(target.brand_id, target.campaign_id, entry.text)
            )
        except NotFound as missing:
            if names(missing, target.brand_id, target.campaign_id):
                return _done(entry, Status.REJECTED, await self._campaigns.refused(target, missing))
            return _done(entry, Status.UNLINKED if entry.sent_before else self._missing)
        except NO_REFUSAL:
            raise
        except APIError as refusal:
            return _done(entry, Status.REJECTED, await self._campaigns.refused(target, refusal))
        if answer.body and not is_an_object(answer.body):
            raise NotTheAPI("the answer to unlink_number is a page", body=answer.body, status=answer.status)
        return _done(entry, Status.ACCEPTED)

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        (entry,) = entries
        found = await self._campaigns.number(entry.target, entry.number)
        if found is None:
            return _done(entry, Status.UNLINKED)
        entry.checks += 1
        if isinstance(found, Refused):
            if not entry.sent_here:
                entry.maybe_sent = False
                return Step(send=[[entry]])
            return _done(entry, Status.FAILED, found.problem) if entry.is_certain(now) else Step(check=[entry])
        if standing(found.word) is Standing.GONE:
            return _done(entry, Status.UNLINKED)
        if standing(found.word) is Standing.LEAVING:
            return _done(entry, Status.ACCEPTED, word=found.word)
        if not entry.is_certain(now):
            return Step(check=[entry])
        if entry.failures >= ATTEMPTS and entry.failure is not None:
            return _done(entry, Status.FAILED, problem_of(entry.failure))
        entry.maybe_sent = False
        return Step(send=[[entry]])


def _done(entry: Entry, status: Status, problem: Problem | None = None, word: str | None = None) -> Step:
    return Step(outcomes=[(entry, outcome_at(entry.target, entry.number, status, problem, word))])
