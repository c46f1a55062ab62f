"""The input of a run, in the ways in which users have it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from aiovonage.bulk import Link
from tests.simulation.plan import BRAND, Plan

_span: ContextVar[str] = ContextVar("_span")


def part_of(plan: Plan, dice: random.Random) -> list[str]:
    """What a life before the last one gets."""
    entries = list(plan.entries)
    if plan.parts < 1.0:
        dice.shuffle(entries)
        entries = entries[: max(1, round(len(entries) * plan.parts))]
    return entries


def input_of(plan: Plan, entries: Sequence[str], dice: random.Random) -> Any:
    """Entries as a list, a generator, or an async generator."""
    given: list[object] = list(entries)
    if plan.job == "rows":
        given = [Link(entry, BRAND, plan.place(entry)) for entry in entries]
    if plan.input == "list":
        return given
    if plan.input == "generator":
        return _one_by_one(given)
    return _slowly(given, dice, pauses=plan.input == "slow")


def _one_by_one(given: list[object]) -> Iterator[object]:
    yield from given


async def _slowly(given: list[object], dice: random.Random, *, pauses: bool) -> AsyncIterator[object]:
    for entry in given:
        token = _span.set("reading")  # as tracing does; it fails unless one task reads all of it
        yield entry
        _span.reset(token)
        if pauses and dice.random() < 0.3:
            await asyncio.sleep(dice.uniform(0.0, 3.0))
