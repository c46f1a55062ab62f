"""The outcome of a number."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Literal

import attrs

from aiovonage._problem import Problem
from aiovonage.errors import APIError, VonageError


class Status(StrEnum):
    """The status of a number: a claim that the run has verified."""

    __module__ = "aiovonage.bulk"

    ACCEPTED = "accepted"
    """The API accepted the request; the carriers have not decided yet."""
    LINKED = "linked"
    """It is linked to the campaign, and the carriers have approved it."""
    ALREADY_LINKED = "already_linked"
    """It was linked to this campaign before the run, and the carriers have approved it."""
    CONFLICT = "conflict"
    """It belongs to another campaign or engagement."""
    REJECTED = "rejected"
    """The API or the carriers rejected it; `problem` and `carrier_status` say which."""
    UNLINKED = "unlinked"
    """The campaign no longer holds it, and this run or an earlier pass of it requested that."""
    NOT_LINKED = "not_linked"
    """It is not linked to the campaign."""
    ADDED = "added"
    """It is in the engagement."""
    REMOVED = "removed"
    """It is no longer in the engagement."""
    INVALID = "invalid"
    """It is not clearly one valid number of the country, and was not sent; `problem` says why."""
    DUPLICATE = "duplicate"
    """It occurs earlier in the input; its first occurrence has its own outcome."""
    FAILED = "failed"
    """Its state is unknown: the server failed, or could not report it, after all retries."""


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
"""The statuses in the order of summaries and tables, with their descriptions in tables. The order of `Status` and of
the journal's codes has no meaning.
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
"""The statuses that are ok unless the run requires more."""

PASSING = frozenset({"campaign-not-active"})
"""The codes of temporary refusals: the same request may succeed later."""


@attrs.frozen
class LinkOutcome:
    """The outcome of one number of the input.

    Attributes:
        number: The number in E.164 without the plus, or the text in the input if it is not a valid number.
        status: The status, which is also a string.
        problem: What is wrong, in the API's words if it reported a problem.
        carrier_status: The carriers' decision as the API reports it, such as `PENDING`.
        brand_id: The brand of the campaign; None for an engagement.
        campaign_id: The campaign; None for an engagement.
        ok: Whether the number has the status that the run is meant to reach.
        planned: What a run without `dry_run` would do: `link` or `unlink`; None if it would do nothing.
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
        """Whether a retry may help: the number failed, or was refused for a temporary reason."""
        if self.status == Status.REJECTED:
            return self.problem is not None and self.problem.code in PASSING
        return self.status == Status.FAILED

    def judged(self, ok: AbstractSet[Status]) -> LinkOutcome:
        """Return the same outcome for a run in which `ok` are the wanted statuses."""
        good = self.status in ok
        return self if good == self.ok else attrs.evolve(self, ok=good)


def problem_of(failure: VonageError) -> Problem:
    """Return a problem that describes an error."""
    if isinstance(failure, APIError) and failure.problem.title is not None:
        return failure.problem
    return Problem(title=type(failure).__name__, detail=str(failure))
