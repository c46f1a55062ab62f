"""What a history of several workers consists of, drawn from its seed."""

from __future__ import annotations

import random

import attrs

from tests.simulation.plan import Plan, draw

JOBS = frozenset({"link", "rows", "unlink", "sync"})
"""What jobs in a store can do."""

TROUBLES = ("kill", "kill", "freeze", "freeze", "freeze", "stop", "cancel")
"""What befalls workers: SIGKILL, SIGSTOP with SIGCONT, `stop()` as on SIGTERM, and the cancellation of `work`."""

LONGEST_POLLED = 100.0
"""Seconds that carriers may take in a history whose workers look for work each second: it would take too long."""


@attrs.frozen(kw_only=True)
class Trouble:
    """What befalls a worker.

    Attributes:
        kind: One of `TROUBLES`.
        when: What is counted until then: seconds, requests that were sent, or calls of the store.
        at: How many.
        seconds: How long it is frozen, or until another process takes its place.
    """

    kind: str
    when: str
    at: float
    seconds: float


@attrs.frozen(kw_only=True)
class FleetPlan:
    """A history.

    Attributes:
        seed: What it was drawn from.
        plan: The job, the world and the network, as in histories of one run.
        lease: Seconds that a lease lasts.
        chunk: How many numbers a worker takes together.
        troubles: What befalls the workers, for each of them.
        away: From when to when nobody reaches the store.
        unanswered: The share of the store's answers that are lost: half of them after it has done what was asked.
        by_engine: Whether the workers are tasks that end when nothing is due, and are started again.
        orders: When the user pauses the job, and for how long.
    """

    seed: int
    plan: Plan
    lease: float
    chunk: int
    troubles: tuple[tuple[Trouble, ...], ...]
    away: tuple[tuple[float, float], ...]
    unanswered: float
    by_engine: bool
    orders: tuple[tuple[float, float], ...]


def draw_fleet(seed: int) -> FleetPlan:
    """The history of a seed."""
    dice = random.Random(f"fleet {seed}")
    plan = next(found for n in range(1000) if (found := draw(1000 * seed + n)).job in JOBS)
    plan = attrs.evolve(
        plan,
        retry=(),
        stops=(),
        parts=1.0,
        pauses=False,
        max_refusals=dice.choice([3, 100, 100]),
        patience=dice.choice([5.0, 60.0, plan.patience]),
    )
    lease = dice.choice([1.0, 3.0, 5.0, 15.0])
    is_long = plan.follows and max(plan.rules.decide[1], plan.patience) > LONGEST_POLLED
    return FleetPlan(
        seed=seed,
        plan=plan,
        lease=lease,
        chunk=dice.choice([1, 2, 3, 5, 500]),
        troubles=tuple(_troubles(dice, lease) for _ in range(dice.choice([1, 2, 2, 3, 4]))),
        away=_away(dice),
        unanswered=dice.choice([0.0, 0.0, 0.0, 0.02, 0.1]),
        by_engine=is_long or dice.random() < 0.3,
        orders=tuple((dice.uniform(0.0, 20.0), dice.uniform(0.1, 20.0)) for _ in range(dice.choice([0, 0, 0, 1, 2]))),
    )


def _troubles(dice: random.Random, lease: float) -> tuple[Trouble, ...]:
    return tuple(_trouble(dice, lease) for _ in range(dice.choice([0, 1, 2, 3])))


def _trouble(dice: random.Random, lease: float) -> Trouble:
    when = dice.choice(["seconds", "requests", "calls", "calls"])
    if when == "seconds":
        at = dice.choice([dice.uniform(0.0, 1.0), dice.uniform(0.0, 20.0)])
    else:
        at = float(dice.choice([1, 2, 3, dice.randrange(1, 12), dice.randrange(1, 40)]))
    kind = dice.choice(TROUBLES)
    seconds = dice.choice([0.0, 0.3, dice.uniform(0.0, 3.0), 60.0])
    if kind == "freeze":  # until shortly before the lease has ended, shortly after it, or long after it
        seconds = lease * dice.choice([0.5, 0.95, 1.05, 1.5, dice.uniform(0.0, 3.0), 20.0])
    return Trouble(kind=kind, when=when, at=at, seconds=seconds)


def _away(dice: random.Random) -> tuple[tuple[float, float], ...]:
    times = dice.choice([0, 0, 0, 1, 2])
    begins = [dice.choice([0.0, dice.uniform(0.0, 10.0), dice.uniform(0.0, 60.0)]) for _ in range(times)]
    return tuple((at, at + dice.choice([0.5, 4.0, 30.0])) for at in begins)
