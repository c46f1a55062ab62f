"""One life of the client: the same call as in the lives before, until it ends, is stopped, or the process is gone."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from aiovonage import Vonage
from aiovonage.bulk import BulkRun, LinkOutcome
from tests.simulation import disk
from tests.simulation.clock import Clock
from tests.simulation.loop import Crashed, Hung, VirtualLoop
from tests.simulation.mutants import Client
from tests.simulation.network import Network
from tests.simulation.plan import BRAND, CAMPAIGN, ENGAGEMENT, Plan, Stop

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
    ended: float = 0.0


def start(vonage: Vonage, plan: Plan, journal: Path) -> BulkRun:
    """The call that the history is about."""
    bulk: Any = vonage.bulk
    options: dict[str, Any] = {"journal": journal, "max_refusals": plan.max_refusals, "patience": plan.patience}
    if plan.job in {"add", "remove"}:
        job = bulk.add_numbers if plan.job == "add" else bulk.remove_numbers
        target: tuple[str, ...] = (ENGAGEMENT,)
        options |= {"batch_size": plan.batch_size, "concurrency": min(plan.concurrency, 4)}
    else:
        job = bulk.unlink_numbers if plan.job == "unlink" else bulk.link_numbers
        target = (BRAND, CAMPAIGN)
        options |= {"concurrency": plan.concurrency, "until": "approved" if plan.job == "approve" else "accepted"}
    known = inspect.signature(job).parameters
    run: BulkRun = job(*target, list(plan.entries), **{name: options[name] for name in options if name in known})
    return run


def live(
    plan: Plan,
    stop: Stop | None,
    journal: Path,
    network: Network,
    clock: Clock,
    dice: random.Random,
    client: Client,
) -> tuple[Life, VirtualLoop]:
    """Let the client live."""
    loop = VirtualLoop(clock, dice)
    life = Life(clock.now)
    loop.set_exception_handler(lambda _, context: life.lost.append(_words(context)))
    _Death(plan, stop, journal.parent, loop, network, life, dice).prepare()
    loop.ends_at = clock.now + LONGEST
    asyncio.set_event_loop(None)
    try:
        loop.run_until_complete(_drive(plan, stop, journal, network, life, clock, loop, client))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    except Crashed:
        life.end = "crashed"
        if life.files is None:
            life.files = disk.read(journal.parent)
    except Hung as error:
        life.end, life.error = "hung", error
    if life.end in {"crashed", "hung"}:
        loop.bury()
    life.ended = clock.now
    return life, loop


@attrs.define
class _Death:
    """Sees to it that the process is gone when the plan says so."""

    plan: Plan
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


async def _drive(
    plan: Plan,
    stop: Stop | None,
    journal: Path,
    network: Network,
    life: Life,
    clock: Clock,
    loop: VirtualLoop,
    client: Client,
) -> None:
    vonage = Vonage(
        api_key="abcd1234",
        api_secret="s3cr3t",
        base_url="http://sandbox.localhost",
        transport=client.transport(network),
        timeout=plan.timeout,
    )
    await _iterate(start(vonage, plan, journal), stop, life, clock, loop, client)
    await vonage.aclose()
    await asyncio.sleep(AFTERWARDS)
    here = asyncio.current_task()
    life.left = sorted(_place(task) for task in asyncio.all_tasks() if task is not here)
    if life.error is not None:
        life.error.__traceback__ = None  # it holds the run


async def _iterate(
    run: BulkRun, stop: Stop | None, life: Life, clock: Clock, loop: VirtualLoop, client: Client
) -> None:
    kind, at = (stop.kind, stop.at) if stop is not None else ("", 0.0)

    async def consume() -> None:
        async for outcome in client.outcomes(aiter(run)):
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
    life.pending = run.summary.pending


def _place(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    return f"{task.get_coro().__qualname__}" + (f", line {frames[-1].f_lineno}" if frames else "")


def _words(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return f"{context['message']}: {type(error).__name__}: {error}" if error is not None else str(context["message"])
