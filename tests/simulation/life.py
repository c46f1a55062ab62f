"""One life of the client: the same call as in the lives before, until it ends, is stopped, or the process is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs

from aiovonage import Vonage
from aiovonage.bulk import BulkRun, LinkOutcome
from tests.simulation import disk
from tests.simulation.attempt import Attempt, start
from tests.simulation.loop import Crashed, Hung, VirtualLoop
from tests.simulation.sandbox import API_KEY, API_SECRET
from tests.simulation.stops import Death

LONGEST = 40 * 86_400.0
"""Seconds after which a life is endless."""

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


def live(attempt: Attempt) -> tuple[Life, VirtualLoop]:
    """Let the client live."""
    clock, directory = attempt.clock, attempt.journal.parent
    loop = VirtualLoop(clock, attempt.dice)
    life = Life(clock.now)
    loop.set_exception_handler(lambda _, context: life.lost.append(_words(context)))
    death = Death(attempt.stop, directory, loop, attempt.network, attempt.dice)
    death.prepare(clock.now)
    loop.ends_at = clock.now + LONGEST
    asyncio.set_event_loop(None)
    try:
        loop.run_until_complete(_drive(attempt, life, loop, death))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    except Crashed:
        life.end = "crashed"
        life.files = death.files if death.files is not None else disk.read(directory)
    except Hung as error:
        life.end, life.error = "hung", error
    if life.end in {"crashed", "hung"}:
        loop.bury()
    life.ended = clock.now
    return life, loop


async def _drive(attempt: Attempt, life: Life, loop: VirtualLoop, death: Death) -> None:
    vonage = Vonage(
        api_key=API_KEY,
        api_secret=API_SECRET,
        base_url="http://sandbox.localhost",
        transport=attempt.client.transport(attempt.network),
        timeout=attempt.plan.timeout,
    )
    await _iterate(start(vonage, attempt), attempt, life, loop, death)
    await vonage.aclose()
    await asyncio.sleep(AFTERWARDS)
    here = asyncio.current_task()
    life.left = sorted(_place(task) for task in asyncio.all_tasks() if task is not here)
    if life.error is not None:
        life.error.__traceback__ = None  # it holds the run


async def _iterate(run: BulkRun, attempt: Attempt, life: Life, loop: VirtualLoop, death: Death) -> None:
    stop, clock = attempt.stop, attempt.clock
    kind, at = (stop.kind, stop.at) if stop is not None else ("", 0.0)

    async def consume() -> None:
        async for outcome in attempt.client.outcomes(aiter(run)):
            life.told.append(Told(clock.now, outcome))
            death.told(len(life.told))
            if kind == "break" and len(life.told) == at:
                life.end = "stopped"
                break
            if attempt.plan.pauses and attempt.dice.random() < 0.3:
                await asyncio.sleep(attempt.dice.uniform(0.0, 10.0))

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
