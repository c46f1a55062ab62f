"""The tasks of a run: one reads the input, several workers send numbers, one follows accepted numbers, and the
iteration itself writes the journal and yields outcomes.

    input -> claim (journal) -> backlog -> send or check -> record (journal) -> outcomes
                                   ^____________|

Every stage is bounded, so memory does not grow with the input, and a slow consumer applies backpressure to the run.
The journal has its own thread; while it commits, the next outcomes accumulate (group commit).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

import attrs

from aiovonage._core.retry.policy import JOB_LONGEST_WAIT, wait_before_retry
from aiovonage._problem import Problem
from aiovonage.bulk._backlog import Backlog
from aiovonage.bulk._errors import NotTheAPI, RunStopped
from aiovonage.bulk._follow.follower import Follower
from aiovonage.bulk._follow.rules import outcome_at
from aiovonage.bulk._input.intake import Intake
from aiovonage.bulk._journal.writer import Claim, Claimed
from aiovonage.bulk._outcome import LinkOutcome, Status, problem_of
from aiovonage.bulk._reconcile.answers import TRANSIENT
from aiovonage.bulk._reconcile.breaker import Breaker
from aiovonage.bulk._reconcile.refusals import Refusals
from aiovonage.bulk._targets import Target
from aiovonage.bulk._work import ATTEMPTS, Entry, Work
from aiovonage.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from aiovonage._core.retry.policy import RetryBudget
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.bulk._jobs.job import Job
    from aiovonage.bulk._ledger import Ledger
    from aiovonage.bulk._reconcile.campaign import Campaigns
    from aiovonage.bulk._work import Step
    from aiovonage.errors import VonageError

T = TypeVar("T")

INTAKE = 512
"""The most numbers that are read from the input at once."""

COMMIT_EVERY = 0.02
"""The minimum number of seconds between two commits of outcomes."""

BACKLOG = 2048
"""The workers pause once this many finished numbers are waiting for the consumer."""

UNPAID = 2
"""How many times a list page is requested without spending the retry budget: if it fails, every task that waits for
the list fails too.
"""

AFTER_FAILED_CHECK = 1.0
"""Seconds to wait after a failed check of a number before the next one; the wait doubles each time."""


class Following(Enum):
    """How long a run follows accepted numbers."""

    TO_THE_END = "to the end"
    """Until the carriers have decided on every number."""
    ONE_LOOK = "one look"
    """The run checks once and leaves later checks to another worker."""
    NO_LOOK = "no look"
    """Another worker does all checks."""


@attrs.define(eq=False)
class _Result:
    """An outcome that is not in the journal yet.

    Attributes:
        outcome: The outcome.
        target: The target of the number.
        followed: Whether the run has followed the number until now.
        follow: Whether the run follows the number from now on; then this outcome is not reported.
        told: Whether the same outcome was reported before.
    """

    outcome: LinkOutcome
    target: Target
    followed: bool = False
    follow: bool = False
    told: bool = False


class Pipeline:
    """The state and the tasks of one run.

    Attributes:
        counts: How many input entries have each status, including those of earlier runs on the same journal.
        taken: How many numbers were taken from the input and have no status yet.
        following: How many accepted numbers the run follows.
        exhausted: Whether the whole input was read.
        ledger: Stores the state of the numbers.
    """

    def __init__(
        self,
        job: Job,
        numbers: Numbers,
        *,
        row: Callable[[object], tuple[object, Target]],
        campaigns: Campaigns | None,
        concurrency: int,
        ledger: Ledger,
        budget: RetryBudget,
        max_refusals: int | None,
        ahead: int = INTAKE,
        following: Following = Following.TO_THE_END,
    ) -> None:
        self.counts: dict[str, int] = {}
        self.taken: int = 0
        self.following: int = 0
        self.exhausted: bool = False
        self._job = job
        self._numbers = numbers
        self.ledger: Ledger = ledger
        self._row = row
        self._campaigns = campaigns
        self._concurrency = concurrency
        self._ahead = ahead
        self._following = following
        self._budget = budget
        self._breaker = Breaker(budget)
        self._refusals = Refusals(max_refusals)
        self._records = False
        self._follows = job.follows
        self._now: Callable[[], float]
        self._intake: Intake
        self._backlog: Backlog
        self._follower: Follower | None = None
        self._done: list[_Result] = []
        self._known: list[LinkOutcome] = []
        self._recording = 0
        self._changed = asyncio.Event()
        self._nothing_open = asyncio.Event()
        self._next_commit = 0.0
        self._room = asyncio.Event()
        self._room.set()
        self._stopping = False
        self._failure: BaseException | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._untold = 0
        self._workers: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Stop reading the input and let the numbers in progress finish."""
        self._stopping = True
        if self._tasks:
            self._intake.stop()
            self._backlog.drop()
            if self._follower is not None:
                self._follower.stop()

    async def outcomes(self) -> AsyncIterator[list[LinkOutcome]]:
        """Yield the outcomes in groups; each group is in the journal before it is yielded."""
        await self.ledger.open()
        counts, taken = await self.ledger.counts()
        followed = await self.ledger.followed()
        self.following = sum(count for target, count in followed.items() if self._job.follow(target) is not None)
        self._begin(counts, taken)
        while True:
            if self._done or self._known:
                group = await self._recorded()
                self._room.set()
                if group:
                    yield group
            elif self._failure is not None:
                raise self._failure
            elif self._is_over():
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    def _begin(self, counts: dict[str, int], taken: int) -> None:
        self.counts, self.taken = counts, taken
        self._now = asyncio.get_running_loop().time
        self._intake = Intake(self._numbers, self._ahead)
        self._backlog = Backlog(
            size=max(self._ahead, self._concurrency, self._job.batch),
            batch=self._job.batch,
            together=self._job.checks_together,
        )
        self._records = self.ledger.lasts or (self._campaigns is not None and self._job.follows)
        self._job.attach(self)
        self._workers = [asyncio.create_task(self._worker()) for _ in range(self._concurrency)]
        self._tasks = [asyncio.create_task(self._take_input()), *self._workers]
        if self._campaigns is not None and self._following is not Following.NO_LOOK:
            once = self._following is Following.ONE_LOOK
            self._follower = Follower(self._job, self._campaigns, self, once=once)
            self._tasks.append(asyncio.create_task(self._follow(self._follower)))
        self._untold = len(self._tasks)
        for task in self._tasks:
            task.add_done_callback(self._task_done)
        if self._stopping:
            self.stop()

    async def close(self) -> None:
        """Cancel all tasks and close the thread and files. Numbers in progress stay claimed, and a resumed run
        reconciles them.
        """
        self._room.set()
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._tasks:
                self._backlog.drop()
                await self._intake.close()
        finally:
            await self.ledger.close()

    # Used by the job and the follower.

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call `attempt` until the API responds.

        Raises:
            RunStopped: when the server is down, or is not the API.
            APIError: when the API refuses the request.
        """
        failures = 0
        while True:
            try:
                answer = await attempt()
            except RateLimited as refusal:
                await self._breaker.refused(refusal)
            except TRANSIENT as failure:
                self._breaker.failed(failure)
                if failures + 1 >= ATTEMPTS and not self._breaker.in_doubt:
                    raise
                await self._breaker.before_retry(failures, failure)
                failures += 1
            else:
                self._breaker.answered()
                return answer

    async def retry(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Retry `attempt` while the retry budget allows it, without waiting for another task's probe: the caller may
        hold a lock.

        Raises:
            VonageError: the error of the last attempt.
        """
        failures = 0
        while True:
            try:
                answer = await attempt()
            except RateLimited as refusal:
                await self._breaker.refused(refusal)
            except TRANSIENT as failure:
                paid = self._budget.spend()
                if isinstance(failure, NotTheAPI) or failures + 1 >= (ATTEMPTS if paid else self._unpaid()):
                    raise
                await asyncio.sleep(wait_before_retry(failures, failure, longest=JOB_LONGEST_WAIT))
                failures += 1
            else:
                self._breaker.answered()
                return answer

    def _unpaid(self) -> int:
        """The number of attempts without retry budget: only one while the server may be down."""
        return 1 if self._breaker.in_doubt else UNPAID

    def forget(self, count: int) -> None:
        """Note that `count` claimed numbers no longer need an outcome."""
        self.taken -= count

    def decided(self, outcome: LinkOutcome, target: Target, *, told: bool) -> None:
        """Accept the outcome of a followed number; `told` is whether the same outcome was reported before."""
        self._done.append(_Result(outcome, target, followed=True, told=told))
        self._tell()

    async def recorded(self) -> None:
        """Wait until all outcomes are in the journal."""
        while self._done or self._recording:
            self._nothing_open.clear()
            await self._nothing_open.wait()

    # From the input to the backlog.

    async def _take_input(self) -> None:
        try:
            while not self._stopping and (batch := await self._intake.batch()) is not None:
                await self._claim([self._row(given) for given in batch])
            if not self._stopping:
                self.exhausted = True
                await self._claim_leftovers()
                async for rows in self._job.rest():
                    await self._claim(rows)
        finally:
            self._backlog.close()

    async def _claim(self, rows: Sequence[tuple[object, Target]]) -> None:
        claimed = await self.ledger.claim(rows)
        self.taken += sum([entry.claim is Claim.SEND for entry in claimed])
        try_put = self._backlog.try_put
        for entry in claimed:
            if entry.claim is Claim.SEND and entry.number is not None and not self._stopping:
                if not try_put(Entry(entry.number, entry.target)):
                    await self._add(entry)
            elif entry.claim is Claim.REPORT:
                await self._report(entry)
            elif entry.claim is not Claim.SKIP:
                await self._add(entry)

    async def _claim_leftovers(self) -> None:
        """Claim unfinished numbers of earlier passes that are no longer in the input, to reconcile them."""
        last: Claimed | None = None
        while chunk := await self.ledger.leftovers(last, INTAKE):
            last = chunk[-1]
            for entry in chunk:
                await self._add(entry)

    async def _add(self, claimed: Claimed) -> None:
        if self._stopping or claimed.number is None:
            return
        entry = Entry(claimed.number, claimed.target)
        if claimed.claim is Claim.RECONCILE:
            entry.of_an_earlier_run(self._now())
            await self._backlog.reconcile(entry)
        else:
            await self._backlog.put(entry)

    async def _report(self, entry: Claimed) -> None:
        await self._room.wait()
        if entry.number is None:
            outcome = outcome_at(entry.target, 0, Status.INVALID, Problem(title=entry.reason))
            outcome = LinkOutcome(
                entry.given,
                Status.INVALID,
                outcome.problem,
                brand_id=outcome.brand_id,
                campaign_id=outcome.campaign_id,
            )
        else:
            outcome = outcome_at(entry.target, entry.number, Status.DUPLICATE)
        self._known.append(outcome)
        self._tell()

    # From the backlog to outcomes.

    async def _worker(self) -> None:
        failures = 0
        backlog, breaker, room, job, now = self._backlog, self._breaker, self._room, self._job, self._now
        try:
            while (taken := backlog.next() or await backlog.take(idle=breaker.leave)) is not None:
                if self._failure is not None:  # a cancelled task runs on until its next await
                    return
                work: Work | None = taken
                try:
                    while work is not None:
                        if breaker.in_doubt:
                            await breaker.admitted()
                        began = now()
                        try:
                            step = await (job.check_remote if work.check else job.send)(work.entries, began)
                        except (RateLimited, *TRANSIENT) as failure:
                            work, failures = await self._failed(work, failure, began, failures)
                        else:
                            failures = 0
                            breaker.answered()
                            if work.check:
                                _reset_checks(work.entries)
                            self._take(step)
                            break
                except asyncio.CancelledError as error:
                    task = asyncio.current_task()
                    if task is not None and task.cancelling():
                        raise
                    raise RunStopped("the transport has cancelled a request", passing=True) from error
                finally:
                    backlog.done()
                if not room.is_set():
                    await room.wait()
        finally:
            breaker.leave()

    async def _failed(self, work: Work, failure: VonageError, began: float, failures: int) -> tuple[Work | None, int]:
        """Handle a failed request.

        Returns those of its numbers that were certainly not sent, to send them again, and the number of consecutive
        failed requests.
        """
        if isinstance(failure, RateLimited):
            await self._limited(work, failure, began)
            return None, 0
        self._breaker.failed(failure)
        unsent = self._put_back(work, failure)
        if self._stopping:
            return None, failures + 1
        await self._breaker.before_retry(failures, failure)
        return Work(unsent, check=False) if unsent else None, failures + 1

    async def _limited(self, work: Work, refusal: RateLimited, now: float) -> None:
        """Requeue numbers after a 429 response, which means that none of them was sent."""
        if work.check:
            for entry in work.entries:
                self._backlog.defer(entry, now)
        else:
            self._backlog.again(work.entries)
        await self._breaker.refused(refusal)

    def _put_back(self, work: Work, failure: VonageError) -> list[Entry]:
        """Schedule checks for numbers whose state is unknown; return those that were certainly not sent."""
        now = self._now()
        unsent: list[Entry] = []
        by_list = work.check and len(work.entries) > 1 and self._job.asks_alone
        for entry in work.entries:
            if by_list:  # one failed list must not fail its numbers: check each number alone
                entry.alone = True
                self._backlog.defer(entry, now)
                continue
            given_up = entry.failed(failure, self._breaker.answers, check=work.check)
            if work.check and not given_up:
                self._backlog.defer(entry, now + AFTER_FAILED_CHECK * 2.0 ** min(entry.silences - 1, 5))
            elif not work.check and getattr(failure, "sent", True):
                entry.lost(now)
                self._backlog.check([entry])
            elif given_up:
                self._finish(entry, outcome_at(entry.target, entry.number, Status.FAILED, problem_of(failure)))
            else:
                unsent.append(entry)
        return unsent

    def _take(self, step: Step) -> None:
        for entry, outcome in step.outcomes:
            self._finish(entry, outcome)
            if outcome.status is Status.REJECTED or self._refusals.in_a_row:
                stopped = self._refusals.count(outcome)
                if stopped is not None:
                    self._fail(stopped)
                    return
        if step.check:
            self._backlog.check(step.check)
        for group in step.send:
            self._backlog.again(group)

    def _finish(self, entry: Entry, outcome: LinkOutcome) -> None:
        follow = self._follows and outcome.status is Status.ACCEPTED and self._job.follow(entry.target) is not None
        self._done.append(_Result(outcome, entry.target, False, follow))
        if len(self._done) == 1 or len(self._done) >= BACKLOG:  # the consumer takes all of them, once it is awake
            self._tell()

    async def _follow(self, follower: Follower) -> None:
        sent = asyncio.gather(*self._workers, return_exceptions=True)
        sent.add_done_callback(lambda _: follower.all_sent())
        try:
            await follower.run()
        finally:
            self._breaker.leave()

    # From outcomes to the journal and the consumer.

    async def _recorded(self) -> list[LinkOutcome]:
        if self._done and self.ledger.lasts:
            await self._gathered()
        done, self._done = self._done, []
        known, self._known = self._known, []
        self._recording += 1
        now = time.time()
        for told in (True, False) if self._records else ():
            some = [(result.outcome, result.target) for result in done if result.follow != told]
            if some:
                await self.ledger.record(some, told=told, now=now)
        self._recording -= 1
        group: list[LinkOutcome] = []
        wanted, counts = self._job.wanted, self.counts
        for status, count in Counter([result.outcome.status for result in done]).items():
            counts[status] = counts.get(status, 0) + count
        followed = [result for result in done if result.followed or result.follow]
        self.taken -= len(done) - len(followed)
        for result in followed:
            self._count_followed(result)
        for result in done:
            if not (result.follow or result.told):
                outcome = result.outcome
                judged = outcome.planned or outcome.ok == (outcome.status in wanted)
                group.append(outcome if judged else outcome.judged(wanted))
        for outcome in known:
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
            group.append(outcome.judged(wanted))
        self._nothing_open.set()
        return group

    def _count_followed(self, result: _Result) -> None:
        if result.followed:
            self.following -= 1
            self.counts[Status.ACCEPTED] -= 1
        else:
            self.taken -= 1
        if result.follow:
            self.following += 1
            if self._follower is not None:
                self._follower.accepted += 1

    async def _gathered(self) -> None:
        """Let outcomes accumulate between commits: each commit costs a disk write and two thread switches."""
        now = time.monotonic()
        if now < self._next_commit and not self._is_over():
            await asyncio.sleep(self._next_commit - now)
        self._next_commit = time.monotonic() + COMMIT_EVERY

    def _tell(self) -> None:
        """Wake the consumer."""
        self._changed.set()
        if len(self._done) + len(self._known) >= BACKLOG:
            self._room.clear()

    def _is_over(self) -> bool:
        """Whether the run is over. A task is done before its callback reports its failure, so both are checked."""
        return all(task.done() for task in self._tasks) and not self._untold

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._untold -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)
        self._changed.set()

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            self._failure = error
            for task in self._tasks:
                task.cancel()
        self._changed.set()


def _reset_checks(entries: Sequence[Entry]) -> None:
    for entry in entries:
        entry.failed_checks = entry.silences = 0
