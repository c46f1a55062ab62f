"""What became of a number."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Literal

import attrs

from aiovonage._problem import Problem
from aiovonage.errors import APIError, VonageError


class Status(StrEnum):
    """What became of a number: a claim about the world that was checked."""

    __module__ = "aiovonage.bulk"

    ACCEPTED = "accepted"
    """The API took the request; the carriers have not decided yet."""
    LINKED = "linked"
    """It is linked to the campaign, and the carriers have approved it."""
    ALREADY_LINKED = "already_linked"
    """It was linked to this campaign before the run, and the carriers have approved it."""
    CONFLICT = "conflict"
    """It belongs to another campaign or engagement."""
    REJECTED = "rejected"
    """The API or the carriers refuse it; `problem` and `carrier_status` say which."""
    UNLINKED = "unlinked"
    """The campaign does not hold it any more, and this run or an earlier pass of it has asked for that."""
    NOT_LINKED = "not_linked"
    """It is not linked to the campaign."""
    ADDED = "added"
    """It is in the engagement."""
    REMOVED = "removed"
    """It is not in the engagement any more."""
    INVALID = "invalid"
    """It is not clearly one valid number of the country, and was not sent; `problem` says why."""
    DUPLICATE = "duplicate"
    """It stands earlier in the input; its first occurrence has an outcome of its own."""
    FAILED = "failed"
    """It is not known what became of it: the server failed, or could not say, however often it was asked."""


DISPLAY = {
    Status.ACCEPTED: "accepted by the API; the carriers have not decided",
    Status.LINKED: "approved by the carriers",
    Status.ALREADY_LINKED: "linked before, and approved",
    Status.CONFLICT: "linked elsewhere",
    Status.REJECTED: "refused by the API or the carriers",
    Status.UNLINKED: "",
    Status.NOT_LINKED: "",
    Status.ADDED: "",
    Status.REMOVED: "",
    Status.INVALID: "not valid numbers, and not sent",
    Status.DUPLICATE: "in an earlier line, and not sent again",
    Status.FAILED: "outcome unknown: --retry failed tries again",
}
"""The statuses in the order of summaries and tables, with what a table says about them. The order of `Status` means
nothing, and neither do the codes of the journal.
"""

OK = frozenset(
    {
        Status.ACCEPTED,
        Status.LINKED,
        Status.ALREADY_LINKED,
        Status.UNLINKED,
        Status.NOT_LINKED,
        Status.ADDED,
        Status.REMOVED,
    }
)
"""The statuses of a number that is where it should be, where a run does not ask for more."""

PASSING = frozenset({"campaign-not-active"})
"""The codes of refusals that can be over later, when the same request may succeed."""


@attrs.frozen
class LinkOutcome:
    """What became of one number of the input.

    Attributes:
        number: The number in E.164 without the plus; the text as it was given, where it is not a valid number.
        status: What became of it: a `Status`, which is a string.
        problem: What is wrong, in the API's words where it said so.
        carrier_status: The API's own word for what the carriers have decided, such as `PENDING`.
        brand_id: The brand of the campaign; None for an engagement.
        campaign_id: The campaign; None for an engagement.
        ok: Whether the number is where the run should bring it.
        planned: What a run without `dry_run` would do: `link` or `unlink`; None where it would do nothing.
    """

    __module__ = "aiovonage.bulk"

    number: str
    status: Status
    problem: Problem | None = None
    carrier_status: str | None = attrs.field(default=None, kw_only=True)
    brand_id: str | None = attrs.field(default=None, kw_only=True)
    campaign_id: str | None = attrs.field(default=None, kw_only=True)
    ok: bool = attrs.field(kw_only=True)
    planned: Literal["link", "unlink"] | None = attrs.field(default=None, kw_only=True)

    @ok.default
    def _is_ok(self) -> bool:
        return self.status in OK

    @property
    def retryable(self) -> bool:
        """Whether trying again may help: it failed, or was refused for a reason that can pass."""
        if self.status == Status.REJECTED:
            return self.problem is not None and self.problem.code in PASSING
        return self.status == Status.FAILED

    def judged(self, ok: AbstractSet[Status]) -> LinkOutcome:
        """The same outcome, for a run in which these statuses are the wanted ones."""
        good = self.status in ok
        return self if good == self.ok else attrs.evolve(self, ok=good)


def problem_of(failure: VonageError) -> Problem:
    """What was last seen of something that failed."""
    if isinstance(failure, APIError) and failure.problem.title is not None:
        return failure.problem
    return Problem(title=type(failure).__name__, detail=str(failure))
