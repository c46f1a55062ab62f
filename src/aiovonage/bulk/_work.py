"""The units of work that the workers of a run exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from aiovonage.bulk._outcome import LinkOutcome

if TYPE_CHECKING:
    from aiovonage._problem import Problem
    from aiovonage.bulk._targets import Target
    from aiovonage.errors import VonageError

ATTEMPTS = 8
"""The most attempts for a number while the server responds to other requests."""

CHECK_AFTER = (0.5, 4.0, 10.0)
"""When to check a request whose response was lost, in seconds after it. The effect of a POST may take seconds to become
visible; after the last of these checks, the request counts as not carried out.
"""


class Entry:
    """A number that a run works on.

    The defaults are those of the class, not set on each instance: a run makes one entry per number, and most entries
    never need more than number and target.

    Attributes:
        number: The number.
        target: Its target.
        maybe_sent: Whether the API may have carried out a request whose response was lost.
        sent_here: Whether this run has sent it.
        sent_before: Whether this run or an earlier one may have sent it, even if that was reconciled since.
        sent_at: The latest time at which such a request may have been sent, in the event loop's time.
        checks: The number of checks since then.
        refusal: The problem of a refusal that needs a check: the number is already linked, but to which campaign?
        refused_at: The time of that refusal, in the event loop's time.
        leaving: Whether a check saw it leaving the campaign, which may have caused the refusal.
        alone: Whether the next check requests this number alone instead of the list.
        answered: Whether a response to a request that included it did not mention it.
        failures: How many sends failed while the server responded to other requests.
        silences: How many consecutive checks failed.
        failed_checks: How many consecutive checks failed while the server responded to other requests.
        answers_then: The number of API responses at its last failure.
        failure: Its last error.
    """

    maybe_sent: bool = False
    sent_here: bool = False
    sent_before: bool = False
    sent_at: float = 0.0
    checks: int = 0
    refusal: Problem | None = None
    refused_at: float = 0.0
    leaving: bool = False
    alone: bool = False
    answered: bool = False
    failures: int = 0
    silences: int = 0
    failed_checks: int = 0
    answers_then: int = -1
    failure: VonageError | None = None

    def __init__(self, number: int, target: Target) -> None:
        self.number = number
        self.target = target

    def __repr__(self) -> str:
        return f"Entry({self.number}, {self.target})"

    @property
    def text(self) -> str:
        """The number in the form that the API expects."""
        return str(self.number)

    def lost(self, now: float) -> None:
        """Record that a request was sent and its response was lost."""
        self.maybe_sent = self.sent_here = self.sent_before = True
        self.sent_at, self.checks = now, 0

    def of_an_earlier_run(self, now: float) -> None:
        """Record that an earlier run claimed it and may have sent it just now."""
        self.maybe_sent = self.sent_before = True
        self.sent_at, self.checks = now - CHECK_AFTER[0], 0

    def refused(self, problem: Problem, now: float) -> None:
        """Record that the API says it is already linked. Two checks find out where: one immediately, and one after a
        link that another client has just made would be visible too.
        """
        self.refusal, self.refused_at = problem, now
        self.sent_at, self.checks, self.maybe_sent = now, 0, True

    def is_refused_still(self, now: float) -> bool:
        """Whether the refusal is recent enough to rely on: the number may have left that campaign since."""
        return not self.leaving and now - self.refused_at < 2.0 * CHECK_AFTER[-1]

    def next_look(self) -> float:
        """Return the time of the next check, in the event loop's time."""
        if self.refusal is not None and not self.sent_before:
            return self.sent_at + (CHECK_AFTER[-1] if self.checks else 0.0)
        return self.sent_at + CHECK_AFTER[min(self.checks, len(CHECK_AFTER) - 1)]

    def is_certain(self, now: float) -> bool:
        """Whether the effect of a sent request would be visible by now."""
        return now - self.sent_at >= CHECK_AFTER[-1]

    def failed(self, failure: VonageError, answers: int, *, check: bool) -> bool:
        """Record a failure and return whether to give up. A failure counts only if the server has responded to other
        requests since the last one.
        """
        self.silences += check
        if answers > self.answers_then:
            self.failed_checks += check
            self.failures += not check
        self.answers_then, self.failure = answers, failure
        return (self.failed_checks if check else self.failures) >= ATTEMPTS


@attrs.define(eq=False)
class Work:
    """Numbers that one worker processes together.

    Attributes:
        entries: The numbers.
        check: Whether to check their state instead of sending them.
    """

    entries: list[Entry]
    check: bool


@attrs.define
class Step:
    """The result of some work.

    Attributes:
        outcomes: Final outcomes of numbers.
        send: Numbers to send next, in groups that are sent together.
        check: Numbers to check later.
    """

    outcomes: Sequence[tuple[Entry, LinkOutcome]] = ()
    send: Sequence[list[Entry]] = ()
    check: Sequence[Entry] = ()


@attrs.define
class Steps:
    """Collects the results of work on several numbers."""

    outcomes: list[tuple[Entry, LinkOutcome]] = attrs.field(factory=list)
    send: list[list[Entry]] = attrs.field(factory=list)
    check: list[Entry] = attrs.field(factory=list)

    def all(self) -> Step:
        """Return everything collected as one step."""
        return Step(self.outcomes, self.send, self.check)
