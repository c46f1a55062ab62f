"""One life of the client: the same call as in the lives before, until it ends, is stopped, or the process is gone."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from aiovonage import Vonage
from aiovonage.bulk import BulkRun, LinkOutcome
from tests.simulation import disk
from tests.simulation.clock import Clock
from tests.simulation.inputs import input_of
from tests.simulation.loop import Crashed, Hung, VirtualLoop
from tests.simulation.mutants import Client
from tests.simulation.network import Network
from tests.simulation.plan import BRAND, CAMPAIGN, ENGAGEMENT, Plan, Stop
from tests.simulation.sandbox import API_KEY, API_SECRET

LONGEST = 40 * 86_400.0
"""Seconds after which a life is endless."""

MOST_REQUESTS = 5_000
"""Requests after which a life is endless."""

AFTERWARDS = 5.0
"""Seconds in which what is left of a run must have ended."""


@attrs.frozen
class Told:
    """An outcome, as the run has reported it, and when."""

    at: float
    outcome: LinkOutcome


@attrs.define
class Life:
    """What became of a life.

    Attributes:
        began: When it began.
        end: finished, stopped, crashed, raised or hung.
        error: What the run has raised, or why it is said to hang.
        told: What it has reported.
        files: The journal's files after a crash; after any other end they are where they were.
        left: What goes on though the run has ended.
        lost: Errors that nobody has taken.
        pending: How many numbers the summary calls pending.
        counts: How many numbers have which outcome, by the summary.
        ended: When it ended.
    """

    began: float
    end: str = "finished"
    error: BaseException | None = None
    told: list[Told] = attrs.field(factory=list)
    files: dict[str, bytes] | None = None
    left: list[str] = attrs.field(factory=list)
    lost: list[str] = attrs.field(factory=list)
    pending: int = 0
    counts: dict[str, int] = attrs.field(factory=dict)
    ended: float = 0.0


@attrs.frozen(kw_only=True)
class Attempt:
    """One call.

    Attributes:
        plan: The history.
        stop: How it ends, if it has not ended before.
        entries: The input.
        retry: Statuses that are taken up again.
        journal: The journal's file.
        network: What the client sends over.
        clock: The time.
        dice: For what is random in it.
        client: What stands between the run and the rest.
    """

    plan: Plan
    stop: Stop | None
    entries: Sequence[str]
    retry: tuple[str, ...]
    journal: Path
    network: Network
    clock: Clock
    dice: random.Random
    client: Client


def start(vonage: Vonage, attempt: Attempt) -> BulkRun:
    """Make the call."""
    plan = attempt.plan
    bulk: Any = vonage.bulk
    max_refusals = None if attempt.retry else plan.max_refusals  # or it would stop at the same numbers again and again
    options = {
        "journal": attempt.journal,
        "concurrency": plan.concurrency,
        "max_refusals": max_refusals,
        "patience": plan.patience,
        "retry": attempt.retry,
        "until": plan.until,
        "batch_size": plan.batch_size,
        "remove": plan.removes,
    }
    jobs: dict[str, tuple[Any, tuple[str, ...]]] = {
        "link": (bulk.link_numbers, (BRAND, CAMPAIGN)),
        "rows": (bulk.link, ()),
        "unlink": (bulk.unlink_numbers, (BRAND, CAMPAIGN)),
        "sync": (bulk.sync_numbers, (BRAND, CAMPAIGN)),
        "check": (bulk.check_numbers, (BRAND, CAMPAIGN)),
        "add": (bulk.add_numbers, (ENGAGEMENT,)),
        "remove": (bulk.remove_numbers, (ENGAGEMENT,)),
    }
    job, target = jobs[plan.job]
    known = inspect.signature(job).parameters
    given = input_of(plan, attempt.entries, attempt.dice)
    run: BulkRun = job(*target, given, **{name: options[name] for name in options if name in known})
    return run


def live(attempt: Attempt) -> tuple[Life, VirtualLoop]:
    """Let the client live."""
    clock, directory = attempt.clock, attempt.journal.parent
    loop = VirtualLoop(clock, attempt.dice)
    life = Life(clock.now)
    loop.set_exception_handler(lambda _, context: life.lost.append(_words(context)))
    _Death(attempt.stop, directory, loop, attempt.network, life, attempt.dice).prepare()
    loop.ends_at = clock.now + LONGEST
    asyncio.set_event_loop(None)
    try:
        loop.run_until_complete(_drive(attempt, life, loop))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    except Crashed:
        life.end = "crashed"
        if life.files is None:
            life.files = disk.read(directory)
    except Hung as error:
        life.end, life.error = "hung", error
    if life.end in {"crashed", "hung"}:
        loop.bury()
    life.ended = clock.now
    return life, loop


@attrs.define
class _Death:
    """Sees to it that the process is gone when the plan says so."""

    stop: Stop | None
    directory: Path
    loop: VirtualLoop
    network: Network
    life: Life
    dice: random.Random
    writes: int = 0

    def prepare(self) -> None:
        self.network.on_send = self.sent
        if self.stop is None:
            return
        if self.stop.kind == "crash_at":
            self.loop.crash_at = self.life.began + self.stop.at
        elif self.stop.kind == "crash_in_write":
            self.loop.around = self.write

    def sent(self) -> None:
        if self.network.sent > MOST_REQUESTS:
            self.loop.ends_at = self.life.began
        if self.stop is not None and self.stop.kind == "crash_at_request" and self.network.sent == self.stop.at:
            self.loop.crash_now = True

    def write(self, run: Callable[[], None]) -> None:
        assert self.stop is not None
        self.writes += 1
        if self.writes != self.stop.at:
            run()
            return
        before = disk.read(self.directory)
        run()
        after = disk.read(self.directory)
        self.life.files = disk.torn(before, after, self.dice) if self.stop.torn else after
        self.loop.crash_now = True


async def _drive(attempt: Attempt, life: Life, loop: VirtualLoop) -> None:
    vonage = Vonage(
        api_key=API_KEY,
        api_secret=API_SECRET,
        base_url="http://sandbox.localhost",
        transport=attempt.client.transport(attempt.network),
        timeout=attempt.plan.timeout,
    )
    await _iterate(start(vonage, attempt), attempt, life, loop)
    await vonage.aclose()
    await asyncio.sleep(AFTERWARDS)
    here = asyncio.current_task()
    life.left = sorted(_place(task) for task in asyncio.all_tasks() if task is not here)
    if life.error is not None:
        life.error.__traceback__ = None  # it holds the run


async def _iterate(run: BulkRun, attempt: Attempt, life: Life, loop: VirtualLoop) -> None:
    stop, clock = attempt.stop, attempt.clock
    kind, at = (stop.kind, stop.at) if stop is not None else ("", 0.0)

    async def consume() -> None:
        async for outcome in attempt.client.outcomes(aiter(run)):
            life.told.append(Told(clock.now, outcome))
            if kind == "crash_at_outcome" and len(life.told) == at:
                loop.crash_now = True
            if kind == "break" and len(life.told) == at:
                life.end = "stopped"
                break

    task = loop.create_task(consume())

    def end_early() -> None:
        if not task.done():
            life.end = "stopped"
            if kind == "stop":
                run.stop()
            else:
                task.cancel()

    timer = loop.call_later(at * 0.07, end_early) if kind in {"stop", "cancel"} else None
    try:
        await task
    except asyncio.CancelledError:
        if kind != "cancel":
            life.end, life.error = "raised", RuntimeError("the run was cancelled, though nobody has cancelled it")
    except Exception as error:
        life.end, life.error = "raised", error
    if timer is not None:
        timer.cancel()
    life.pending, life.counts = run.summary.pending, dict(run.summary.counts)


def _place(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    coroutine: Any = task.get_coro()
    return f"{coroutine.__qualname__}" + (f", line {frames[-1].f_lineno}" if frames else "")


def _words(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return f"{context['message']}: {type(error).__name__}: {error}" if error is not None else str(context["message"])
