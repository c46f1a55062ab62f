"""What the workers of a run hand around."""

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
"""How often a number is tried while the server answers others."""

CHECK_AFTER = (0.5, 4.0, 10.0)
"""Seconds after a request whose answer is lost at which the API is asked what became of it. What a POST has done may
show only seconds later; after the last of these the request counts as not carried out.
"""


@attrs.define(eq=False)
class Entry:
    """A number that a run works on.

    Attributes:
        number: The number.
        target: Where it goes.
        maybe_sent: Whether a request for it may have been carried out that was not answered.
        sent_here: Whether this run has sent it.
        sent_before: Whether this run or an earlier one may have sent it, however that was settled.
        sent_at: When the last such request can have been sent, in the event loop's time.
        checks: How often the API was asked since then.
        refusal: What the API refused it with, where that needs a look: it is linked already, but where?
        refused_at: When that was, in the event loop's time.
        leaving: Whether it was seen on its way out of the campaign, so that a refusal may have been about that.
        alone: Whether it is asked about by itself next, and not by a list.
        answered: Whether a request with it was answered, without a word about it.
        failures: How often sending it has failed while others were answered.
        silences: How often asking about it has failed in a row.
        failed_checks: How often asking about it has failed in a row while others were answered.
        answers_then: How many answers of the API there had been at its last failure.
        failure: What it failed of last.
    """

    number: int
    target: Target
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

    @property
    def text(self) -> str:
        """The number as the API takes it."""
        return str(self.number)

    def lost(self, now: float) -> None:
        """A request for it was sent, and not answered."""
        self.maybe_sent = self.sent_here = self.sent_before = True
        self.sent_at, self.checks = now, 0

    def of_an_earlier_run(self, now: float) -> None:
        """An earlier run has taken it, and may have sent it a moment ago."""
        self.maybe_sent = self.sent_before = True
        self.sent_at, self.checks = now - CHECK_AFTER[0], 0

    def refused(self, problem: Problem, now: float) -> None:
        """The API says that it is linked already; where, two looks will show: one at once, and one when a link that
        somebody has made a moment ago shows too.
        """
        self.refusal, self.refused_at = problem, now
        self.sent_at, self.checks, self.maybe_sent = now, 0, True

    def is_refused_still(self, now: float) -> bool:
        """Whether a refusal still tells where the number is: it may have left that place since."""
        return not self.leaving and now - self.refused_at < 2.0 * CHECK_AFTER[-1]

    def next_look(self) -> float:
        """When to ask the API again, in the event loop's time."""
        if self.refusal is not None and not self.sent_before:
            return self.sent_at + (CHECK_AFTER[-1] if self.checks else 0.0)
        return self.sent_at + CHECK_AFTER[min(self.checks, len(CHECK_AFTER) - 1)]

    def is_certain(self, now: float) -> bool:
        """Whether what was sent would be visible by now."""
        return now - self.sent_at >= CHECK_AFTER[-1]

    def failed(self, failure: VonageError, answers: int, *, check: bool) -> bool:
        """It failed, which counts only if others were answered since it failed last; gives whether it did so often
        enough.
        """
        self.silences += check
        if answers > self.answers_then:
            self.failed_checks += check
            self.failures += not check
        self.answers_then, self.failure = answers, failure
        return (self.failed_checks if check else self.failures) >= ATTEMPTS


@attrs.define(eq=False)
class Work:
    """Numbers that one worker does together.

    Attributes:
        entries: The numbers.
        check: Whether the API is asked what became of them, instead of sending them.
    """

    entries: list[Entry]
    check: bool


@attrs.define
class Step:
    """What came of some work.

    Attributes:
        outcomes: What became of numbers.
        send: Numbers that are to be sent, in groups that go together.
        check: Numbers for which the API is to be asked later.
    """

    outcomes: Sequence[tuple[Entry, LinkOutcome]] = ()
    send: Sequence[list[Entry]] = ()
    check: Sequence[Entry] = ()


@attrs.define
class Steps:
    """Gathers what comes of work on several numbers."""

    outcomes: list[tuple[Entry, LinkOutcome]] = attrs.field(factory=list)
    send: list[list[Entry]] = attrs.field(factory=list)
    check: list[Entry] = attrs.field(factory=list)

    def all(self) -> Step:
        """All of it."""
        return Step(self.outcomes, self.send, self.check)
