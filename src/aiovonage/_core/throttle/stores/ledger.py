"""The data that processes share for one rate, and the single operation on it.

Slots are numbered. A process reserves some numbers, and the schedule says when each number's turn is. When the pace
changes, or a 429 pauses the requests, the schedule changes and with it the moments of all numbers, including those that
are already reserved. So no process holds a slot of an old pace, and none loses its turn. (The alternative, reserving
moments, would leave those of a pause unused, and those of a slow pace far in the future after the pace has risen.)

Everything here is pure: moments are those of the store's clock, in seconds. The stores implement it in SQLite with this
code, in PL/pgSQL and in Lua. One test suite compares them.
"""

from __future__ import annotations

import math

import attrs

CATCH_UP = 0.04
"""Seconds by which a slot may be used late. So at most 1.04 times the rate, plus one request, leaves in any second."""
FORGET_AFTER = 3600.0
"""Seconds after the last use until what was learnt about a limit is forgotten."""
FARTHEST = 3600.0 + 60.0
"""Pauses end and slots are reserved within this many seconds. A state beyond that is damaged, or of another clock."""
CLOCK_STEP = 5.0
"""If the store's clock goes back by more seconds than this, its earlier moments are considered invalid."""


@attrs.frozen
class Schedule:
    """When the turn of each number is.

    Attributes:
        number: A number,
        moment: and the moment of its turn.
        interval: Seconds from one turn to the next; 0 while nothing is held back.
        paused_until: The moment at which the last pause ends.
        void: Numbers below are no longer valid.
    """

    number: float = 0.0
    moment: float = 0.0
    interval: float = 0.0
    paused_until: float = 0.0
    void: float = 0.0

    def moment_of(self, number: float) -> float:
        """When the turn of a number is."""
        return self.moment + (number - self.number) * self.interval

    def number_at(self, moment: float) -> float:
        """Whose turn is at a moment; only while something is held back."""
        return self.number + (moment - self.moment) / self.interval


@attrs.frozen(kw_only=True)
class Proposal:
    """A new state, which counts only if nobody else has changed it since.

    Attributes:
        expected: The token of the state that it was made from; 0 for none.
        token: The token of the new state: a random positive integer below 2**53.
        state: The new state, which the store does not read.
        interval: Seconds from one turn to the next.
        paused_until: The moment at which the last pause ends.
    """

    expected: int
    token: int
    state: str
    interval: float
    paused_until: float


@attrs.frozen(kw_only=True)
class Ask:
    """What a process sends to the store.

    Attributes:
        queue: The queue whose rate it is: a name that does not reveal the account.
        member: A name of the process.
        present: Whether to count the process as recently active.
        known: The token of the state that the process has; 0 for none.
        accepted: Accepted requests that it has not reported yet.
        wanted: How many slots to reserve, at most.
        ahead: Seconds for which all processes together may reserve slots; each one gets its part of them, and at
            least one.
        proposal: A new state.
    """

    queue: str
    member: str
    present: bool = False
    known: int = 0
    accepted: int = 0
    wanted: int = 0
    ahead: float = 0.0
    proposal: Proposal | None = None


@attrs.frozen(kw_only=True)
class Answer:
    """The store's response.

    Attributes:
        now: The moment, by the store's clock.
        token: The token of the state; 0 while there is none.
        state: The state, if the process does not have it; otherwise None.
        schedule: When the turn of each number is.
        first: The first number that was reserved,
        count: and how many were. None where nothing is held back.
        accepted: Accepted requests that all processes have reported.
        saturated: Whether all slots were taken since the state changed.
        members: How many processes were active recently.
    """

    now: float
    token: int
    state: str | None
    schedule: Schedule
    first: float
    count: int
    accepted: int
    saturated: bool
    members: int


SEEN_LATELY = 30.0
"""Seconds for which a process counts among those that share a rate."""


@attrs.define
class Ledger:
    """What the store keeps of one rate.

    Attributes:
        token: Identifies the state; 0 while there is none.
        state: What was learnt, and all that goes with it.
        schedule: When the turn of each number is.
        issued: The number to be reserved next.
        saturated: Whether all slots were taken since the state changed.
        accepted: Requests accepted, of all processes.
        members: How many processes were active recently.
        used_at: When it was used last; None for never.
    """

    token: int = 0
    state: str = ""
    schedule: Schedule = Schedule()
    issued: float = 0.0
    saturated: bool = True
    accepted: int = 0
    members: int = 0
    used_at: float | None = None

    def exchange(self, ask: Ask, now: float) -> Answer:
        """Process what a process reports, and reserve the slots that it wants."""
        if not self.is_credible(now):
            self.__init__(members=self.members)  # type: ignore[misc]
        self.used_at = now
        self.accepted += ask.accepted
        if ask.proposal is not None and ask.proposal.expected == self.token:
            self._accept(ask.proposal, now)
        count = self._part(ask)
        return Answer(
            now=now,
            token=self.token,
            state=None if self.token == ask.known or not self.token else self.state,
            schedule=self.schedule,
            first=self._reserve(count, now),
            count=count,
            accepted=self.accepted,
            saturated=self.saturated,
            members=self.members,
        )

    def is_credible(self, now: float) -> bool:
        """Whether this can have been written recently, by processes that use the same clock."""
        if self.used_at is None:
            return True
        schedule = self.schedule
        if not all(map(math.isfinite, (*attrs.astuple(schedule), self.issued, self.used_at))):
            return False
        if not now - FORGET_AFTER <= self.used_at <= now + CLOCK_STEP:
            return False
        if schedule.interval < 0 or self.accepted < 0 or schedule.paused_until > now + FARTHEST:
            return False
        return schedule.moment_of(self.issued) <= max(now, schedule.paused_until) + FARTHEST

    def _accept(self, proposal: Proposal, now: float) -> None:
        old = self.schedule
        # Whose turn is now: that number keeps its moment, or waits until the pause ends.
        turn = old.number_at(max(now, old.moment)) if old.interval else self.issued
        if proposal.paused_until > now:
            self.issued = max(self.issued, turn)
        void = old.void
        if old.interval and proposal.interval > 2 * old.interval:
            # Slots reserved at a much faster pace would come too late now: each process reserves again.
            turn = void = self.issued = max(self.issued, turn)
        self.schedule = Schedule(turn, max(now, proposal.paused_until), proposal.interval, proposal.paused_until, void)
        self.token, self.state, self.saturated = proposal.token, proposal.state, True

    def _part(self, ask: Ask) -> int:
        """How many slots a process gets."""
        if not self.schedule.interval:
            return 0
        part = ask.ahead / (self.schedule.interval * max(1, self.members))
        return min(ask.wanted, max(1, math.floor(part)))

    def _reserve(self, count: int, now: float) -> float:
        if not count:
            return 0.0
        due = self.schedule.number_at(now - CATCH_UP)
        if due > self.issued:
            # Nobody was waiting: unused slots must not accumulate.
            self.saturated = False
            self.issued = due
        first = self.issued
        self.issued += count
        return first
