"""Linking numbers to 10DLC campaigns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from aiovonage.api.ten_dlc.models import LinkNumber
from aiovonage.bulk._errors import NotTheAPI
from aiovonage.bulk._follow.rules import CARRIERS_REFUSE, FollowRule, UntilApproved, outcome_at
from aiovonage.bulk._jobs.wanted import Until, wanted
from aiovonage.bulk._outcome import Status, problem_of
from aiovonage.bulk._reconcile.answers import NO_REFUSAL, refuse_others
from aiovonage.bulk._reconcile.campaign import Campaigns, Held, Refused
from aiovonage.bulk._reconcile.carrier_status import Standing, standing
from aiovonage.bulk._work import ATTEMPTS, Step, Steps
from aiovonage.errors import APIError, Conflict, DecodeError

if TYPE_CHECKING:
    from aiovonage._problem import Problem
    from aiovonage.bulk._jobs.job import Desk
    from aiovonage.bulk._targets import Target
    from aiovonage.bulk._work import Entry

LONGEST_LIST = 100
"""The most pages of a list to read for one number that the API does not return on its own."""


class LinkJob:
    """Links numbers, one request each.

    If the response to a POST is lost, the job checks the number before it sends the POST again. It also checks after
    a 409, which means that the number is already linked to this campaign or to another one. If a link that may have
    been sent is not visible, the job repeats the check for some seconds before it draws a conclusion.
    """

    batch = 1
    asks_alone = True

    def __init__(self, campaigns: Campaigns, run: Mapping[str, str], *, until: Until, patience: float) -> None:
        self.run = run
        self.until: str = until
        self.wanted: AbstractSet[Status] = wanted("link", until)
        self._campaigns = campaigns
        self._link = campaigns.raw.link_number
        self._ready: Target | None = None
        self._rule = UntilApproved(patience) if until == "approved" else None
        self.follows: bool = self._rule is not None
        self._desk: Desk

    def attach(self, desk: Desk) -> None:
        self._desk = desk

    def checks_together(self, target: Target, count: int) -> bool:
        return self._campaigns.checks_together(target.campaign_id, count)

    def follow(self, target: Target) -> FollowRule | None:
        return self._rule

    async def rest(self) -> AsyncIterator[list[tuple[object, Target]]]:
        return
        yield

    async def send(self, entries: Sequence[Entry], now: float) -> Step:
        (entry,) = entries
        target = entry.target
        if target is not self._ready:
            if (problem := await self._campaigns.ready(target)) is not None:
                return _done(entry, Status.REJECTED, problem)
            self._ready = target
        body = LinkNumber(country=target.country, number=entry.text)
        if target.compliance:
            body.compliance = list(target.compliance)
        try:
            answer = await self._link(target.brand_id, target.campaign_id, body)
        except (APIError, DecodeError) as error:
            refuse_others(error)
            return await self._refused(entry, error, now)
        number = answer.parsed
        word = None if number.status is None else str(number.status)
        if word is None and number.number is None and answer.status != 202:
            raise NotTheAPI("the answer to link_number is not about a number", body=answer.body, status=answer.status)
        found = standing(word)
        if found is Standing.REJECTED:
            return _done(entry, Status.REJECTED, CARRIERS_REFUSE, word)
        status = Status.LINKED if found is Standing.APPROVED else Status.ACCEPTED
        return Step(((entry, outcome_at(target, entry.number, status, None, word)),))

    async def _refused(self, entry: Entry, error: APIError | DecodeError, now: float) -> Step:
        """Decide what to do with a number that the API refused."""
        if isinstance(error, NO_REFUSAL):
            raise error
        if isinstance(error, DecodeError):
            if error.status == 202:  # accepted, but with a body of an unknown shape
                return _done(entry, Status.ACCEPTED)
            raise error
        if isinstance(error, Conflict) and is_linked_already(error.problem):
            entry.refused(error.problem, now)
            return Step(check=[entry])
        return _done(entry, Status.REJECTED, await self._campaigns.refused(entry.target, error))

    async def check_remote(self, entries: Sequence[Entry], now: float) -> Step:
        step = Steps()
        words: dict[int, str | None] = {}
        still = False
        if len(entries) > 1:
            words, still = await self._listed(entries)
        for entry in entries:
            found: Held | Refused | None
            if entry.number in words:
                found = Held(words[entry.number])
            elif len(entries) > 1:
                if not still and entry.is_certain(now):  # the list is not conclusive about it
                    entry.alone = True
                    step.check.append(entry)
                    continue
                found = None
            else:
                entry.alone = False
                found = await self._campaigns.number(entry.target, entry.number)
                if isinstance(found, Refused):
                    found = await self._by_list(entry, found)
            self._judge(entry, found, now, step)
        return step.all()

    async def _listed(self, entries: Sequence[Entry]) -> tuple[dict[int, str | None], bool]:
        """Look numbers up in the list.

        Returns their carrier statuses, and whether numbers that are not listed are certainly not in the campaign.
        """
        wanted_ = {entry.number for entry in entries}
        words: dict[int, str | None] = {}
        listing = self._campaigns.listing(entries[0].target, self._desk.retry)
        try:
            async for page in listing.words():
                words |= {number: page[number] for number in page.keys() & wanted_}
                if len(words) == len(wanted_):
                    break
        except NO_REFUSAL:
            raise
        except (APIError, DecodeError):
            return words, False
        return words, listing.is_one_moment

    async def _by_list(self, entry: Entry, refused: Refused) -> Held | Refused | None:
        """Look up in the list a number that the API does not return on its own."""
        if self._campaigns.pages.get(entry.target.campaign_id, 0) > LONGEST_LIST:
            return refused
        words, still = await self._listed([entry])
        if entry.number in words:
            return Held(words[entry.number])
        return None if still else refused

    def _judge(self, entry: Entry, found: Held | Refused | None, now: float, step: Steps) -> None:
        here = isinstance(found, Held) and standing(found.word) not in {Standing.LEAVING, Standing.GONE}
        old = isinstance(found, Held) and standing(found.word) is Standing.REJECTED and not entry.is_certain(now)
        if isinstance(found, Held) and here and not (old and entry.maybe_sent):
            status, problem = Status.ACCEPTED, None
            if standing(found.word) is Standing.APPROVED:
                status = Status.LINKED if entry.sent_before else Status.ALREADY_LINKED
            elif standing(found.word) is Standing.REJECTED:
                status, problem = Status.REJECTED, CARRIERS_REFUSE
            step.outcomes.append((entry, outcome_at(entry.target, entry.number, status, problem, found.word)))
            return
        entry.checks += 1
        entry.leaving = entry.leaving or isinstance(found, Held)
        if entry.maybe_sent and not entry.is_certain(now):
            step.check.append(entry)
        elif isinstance(found, Refused):
            if entry.refusal is not None or entry.sent_here:
                self._fail(entry, entry.refusal or found.problem, step)
            else:
                self._send_again(entry, step)
        elif entry.refusal is not None and found is None and not entry.is_refused_still(now):
            entry.refusal, entry.leaving = None, False
            entry.failures += 1
            self._send_again(entry, step)
        elif entry.refusal is not None:
            status = Status.CONFLICT if found is None else Status.REJECTED
            step.outcomes.append((entry, outcome_at(entry.target, entry.number, status, entry.refusal)))
        elif entry.failures >= ATTEMPTS and entry.failure is not None:
            self._fail(entry, problem_of(entry.failure), step)
        else:
            self._send_again(entry, step)

    def _send_again(self, entry: Entry, step: Steps) -> None:
        entry.maybe_sent = False
        step.send.append([entry])

    def _fail(self, entry: Entry, problem: Problem, step: Steps) -> None:
        step.outcomes.append((entry, outcome_at(entry.target, entry.number, Status.FAILED, problem)))


def is_linked_already(problem: Problem) -> bool:
    """Whether a 409 means that the number is already linked, here or elsewhere, and not a problem of the campaign."""
    words = problem.code or problem.title or ""
    return "already-linked" in words.lower().replace(" ", "-")


def _done(entry: Entry, status: Status, problem: Problem | None = None, word: str | None = None) -> Step:
    return Step(((entry, outcome_at(entry.target, entry.number, status, problem, word)),))
