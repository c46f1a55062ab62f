"""Reads the numbers of a job from any kind of input, one batch at a time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

import attrs

from aiovonage._problem import Problem
from aiovonage.bulk._input.intake import Intake
from aiovonage.bulk._input.numbers import parse_number
from aiovonage.bulk._journal.writer import text_of
from aiovonage.bulk._outcome import Status
from aiovonage.errors import ConfigurationError
from aiovonage.jobs._errors import JobsError
from aiovonage.jobs._states import PENDING, code_of

if TYPE_CHECKING:
    from aiovonage.bulk._input.intake import Numbers
    from aiovonage.bulk._targets import Target
    from aiovonage.jobs._plans import Plan
    from aiovonage.jobs._store import StoredJob

BATCH = 2048
"""How many entries of the input are read and stored together."""


class Entry(NamedTuple):
    """An entry of the input, as stored."""

    position: int
    number: int | None
    target: int
    status: int
    given: str | None
    problem: str | None


class Submission:
    """The entries of an input.

    Args:
        plan: What the job does with them.
        numbers: The input.

    Attributes:
        targets: The targets found so far, each with its index.
        total: How many entries have been read so far.
        invalid: How many of them are not valid numbers.
    """

    def __init__(self, plan: Plan, numbers: Numbers) -> None:
        self.targets: dict[Target, int] = {}
        self.total: int = 0
        self.invalid: int = 0
        self._plan = plan
        self._intake = Intake(numbers, BATCH)
        if (target := plan.target) is not None:
            self.targets[target] = 1

    async def batches(self) -> AsyncIterator[list[Entry]]:
        """Yield the entries.

        Raises:
            ConfigurationError: if the plan needs rows and an entry is not one, or if a synchronisation would remove
                numbers that it must not.
        """
        try:
            while (batch := await self._intake.batch()) is not None:
                yield [self._entry(given) for given in batch]
        finally:
            await self._intake.close()
        if getattr(self._plan, "remove", False):
            self._refuse_unsafe_removal()

    def _entry(self, given: object) -> Entry:
        value, target = self._plan.row(given)
        self.total += 1
        id_ = self.targets.setdefault(target, len(self.targets) + 1)
        text = text_of(value)
        number = parse_number(value, target.country or None)
        if isinstance(number, int):
            return Entry(self.total, number, id_, PENDING, None if text == str(number) else text, None)
        self.invalid += 1
        problem = json.dumps(attrs.asdict(Problem(title=number)))
        return Entry(self.total, None, id_, code_of(Status.INVALID), text, problem)

    def _refuse_unsafe_removal(self) -> None:
        if not self.total:
            raise ConfigurationError(
                "the input holds no number, and SyncNumbers(remove=True) would empty the campaign; nothing was "
                "submitted"
            )
        if self.invalid:
            raise ConfigurationError(
                f"{self.invalid:,} of {self.total:,} entries of the input are not valid numbers, and "
                "SyncNumbers(remove=True) might remove a number that is wanted; correct them and submit again. Nothing "
                "was submitted"
            )


def refuse_another(found: StoredJob, plan: Plan) -> None:
    """Check that the job found under a key does the same as the new one.

    Raises:
        JobsError: if it does something else. The message names both.
    """
    from aiovonage.jobs._plans import plan_from

    wanted = plan.to_json()
    if found.plan == wanted:
        return
    before = plan_from(found.plan, found.account)
    if str(before) != str(plan):
        difference = f"that of another job: job {found.id} does: {before}; this one would do: {plan}"
    else:
        old, new = json.loads(found.plan), json.loads(wanted)
        changed = ", ".join(
            f"{name} is {old.get(name)!r} there and {new.get(name)!r} here"
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        )
        difference = f"that of job {found.id}, which does the same with other settings: {changed}"
    raise JobsError(f"the key {found.key!r} is {difference}. Give the new job another key")
