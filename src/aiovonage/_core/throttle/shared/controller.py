"""One rate for several processes, as seen by one of them.

A store holds the slots and what was learnt (see `stores.ledger`). A process reserves a few slots at a time, and reads
what the others have learnt while it sends. A single kind of message does both: the exchange.

This is a pure state machine without a clock, a timer or a store. Times are passed in, in seconds of the process's
monotonic clock. `exchange_at` says when the next exchange is due, `ask` returns what to send, and `answered` and
`failed` process its result.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import attrs

from aiovonage._core.throttle.phases import PhaseName
from aiovonage._core.throttle.shared.news import News, SetApart, Throttled
from aiovonage._core.throttle.shared.own_share import SLACK, OwnShare
from aiovonage._core.throttle.shared.replica import Replica
from aiovonage._core.throttle.shared.slots import ReservedSlots
from aiovonage._core.throttle.shared.store_clock import StoreClock
from aiovonage._core.throttle.stores.ledger import Answer, Ask

AHEAD = 0.2
"""Seconds for which all processes together reserve slots in advance."""
LOOK = 0.05
"""Seconds between two exchanges while requests leave. It takes up to this long to notice another process's 429."""
STALE = 0.1
"""Seconds after which this process must confirm what it knows of the others before a request leaves freely."""
STALE_SLOT = 0.25
"""The same for a request that has a slot. The others have planned for it, so the risk is smaller."""
LONG_LOOK = 1.0
"""The same as `LOOK` while requests only wait, to notice when another process ends a pause early."""
LEAST_GAP = 0.001
"""Seconds between two exchanges, at least, except after a 429."""
LEAD = 0.08
"""Seconds before its slots end, or begin, at which a process exchanges."""
PATIENCE = 0.25
"""Seconds without a response after which an exchange counts as failed, although it continues."""
FIRST_PATIENCE = 1.0
"""The same for the first one: a process that has just started is slow."""
PRESENCE = 1.0
"""Seconds between two signs of life of a process."""
TICK_SPREAD = 0.05
"""Seconds over which the processes spread their attempts to change the pace, which one of them does for all."""


class SharedRateController:
    """A rate controller that other processes use as well.

    Args:
        queue: The queue whose rate it is: a name that does not reveal the account.
        rate: Requests a second that the server permits to all of them together, if known.
        store: What to call the store in messages.
        uniform: Returns random numbers from 0 up to 1.
    """

    def __init__(
        self, queue: str, rate: float | None = None, *, store: str = "", uniform: Callable[[], float] = random.random
    ) -> None:
        self._queue = queue
        self._uniform = uniform
        self._member = f"{int(uniform() * 2**52):013x}"
        self._clock = StoreClock()
        self._replica = Replica(rate, store, uniform)
        self._slots = ReservedSlots()
        self._own_share = OwnShare(store, uniform)
        # The store's last response, and what this process has done since.
        self._total = 0
        self._saturated = True
        self._accepted = 0
        self._used = False
        # The exchange in progress: when it began, and how many accepted requests it reports.
        self._asked_at: float | None = None
        self._telling = 0
        self._looked_at = -math.inf
        self._present_at = -math.inf
        self._round_trip = 0.0

    # What the queue asks ---------------------------------------------------------------------------------------------

    @property
    def pace(self) -> float | None:
        """Requests per second that all processes together may send; None while nothing is held back."""
        return self._replica.learner.pace

    @property
    def found_rate(self) -> float | None:
        """Requests per second that the server permits, as found or given; None while unknown."""
        return self._replica.learner.found_rate

    @property
    def phase_name(self) -> PhaseName:
        """The name of the phase that the throttle is in."""
        return self._replica.learner.phase.name

    @property
    def least_interval(self) -> float:
        """A lower bound on the interval between two requests, in seconds."""
        return self._replica.learner.least_interval

    @property
    def paused_until(self) -> float:
        """The moment at which the last pause ends."""
        return self._paused_until - self._clock.offset

    @property
    def apart(self) -> frozenset[str]:
        """Operations that have their own quota, as found by any process."""
        return self._replica.state.apart

    @property
    def has_reached_store(self) -> bool:
        """Whether the store has ever responded."""
        return self._clock.is_known

    def is_alone(self, now: float) -> bool:
        """Whether the store does not respond, so that this process is on its own."""
        return self._own_share.is_lost or (self._asked_at is not None and now >= self._asked_at + self._patience)

    def next_send(self, now: float) -> float:
        """The earliest moment at which trying to get a slot is worthwhile: now or later."""
        if self.paused_until > now:
            return self.paused_until
        if self.is_alone(now):
            return max(now, self._own_share.next) if self._interval else now
        if self._interval and self._slots and now - self._looked_at <= STALE_SLOT:
            slot = self._slots.first - self._clock.offset
            return max(now, slot, self._own_share.next - SLACK if self._own_share.binds(now) else now)
        # Wait for the exchange; whoever carries it out tries again when it has ended.
        return (now if self._asked_at is None else self._asked_at) + self._patience

    def earliest(self, now: float) -> float:
        """A lower bound on when the next request leaves: now or later."""
        if self.paused_until > now or self.is_alone(now):
            return self.next_send(now)
        if self._interval and self._slots:
            return max(now, self._slots.first - self._clock.offset)
        return now

    def try_send(self, now: float) -> bool:
        """Take a slot for a request that leaves now.

        Returns:
            Whether there is one. If not, try again at `next_send`, and after each exchange.
        """
        if now < self.paused_until:
            return False
        if self.is_alone(now):
            self._lose(now)
            self._slots.take_none()
            if self._interval and now < self._own_share.next:
                return False
            self._tick_alone(now)
        elif not self._interval:
            if now - self._looked_at > STALE:
                return False
            self._slots.take_none()
        else:
            self._slots.drop_late(now + self._clock.offset)
            if not self._slots or now - self._looked_at > STALE_SLOT:
                return False
            if now + self._clock.offset < self._slots.first:
                return False
            if self._own_share.binds(now) and now < self._own_share.next - SLACK:
                return False
            self._slots.take()
        self._used = True
        self._slots.count_leaving()
        self._own_share.take(now, self._interval, AHEAD)
        return True

    def give_back(self) -> None:
        """Return the slot of a request that is not sent after all."""
        self._slots.give_back()

    def on_accepted(self, sent_at: float, now: float) -> None:
        """Note that a request sent at `sent_at` got a response other than a 429 at `now`."""
        if self._replica.learner.log is None and self._clock.is_known:
            self._replica.start_count(self._total + self._accepted, now + self._clock.offset)
        self._accepted += 1
        self._used = True

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """Pause all processes, and learn from the 429 that a request sent at `sent_at` got at `now`."""
        offset = self._clock.offset
        self._tell(Throttled(sent_at + offset, now + offset, retry_after), now)

    def set_apart(self, operation: str, now: float) -> None:
        """Forget the 429s so far in all processes: they were about that operation's own quota."""
        if operation not in self.apart:
            self._tell(SetApart(operation), now)
            self._slots.schedule = attrs.evolve(self._slots.schedule, paused_until=0.0)

    def _tell(self, news: News, now: float) -> None:
        self._replica.add(news, self._count(now))

    # The exchange ----------------------------------------------------------------------------------------------------

    def exchange_at(self, now: float, waiting: int) -> float | None:
        """When the next exchange is due; None for never, as things stand.

        Args:
            now: The moment.
            waiting: How many requests wait for a slot.
        """
        news, changed = self._replica.has_news, self._replica.changed
        if self._asked_at is not None or not (waiting or self._used or news or changed):
            return None
        if self._own_share.is_lost:
            return self._own_share.retry_at
        if news or not self._clock.is_known:
            return now
        if changed:
            return max(now, self._looked_at + LEAST_GAP)
        look = self._looked_at + LOOK
        idle_look = self._looked_at + LONG_LOOK if waiting else math.inf
        if not self._interval:
            return now if waiting and now >= self.paused_until else min(look, idle_look)
        due = look if self._used else idle_look
        if self._slots:
            first, last = self._slots.first - self._clock.offset, self._slots.last - self._clock.offset
            due = min(due, max(look, first - self._lead))
            if waiting and waiting + self._slots.demand(now) > len(self._slots):
                due = min(due, max(self._looked_at + LEAST_GAP, last - self._lead))
        elif waiting:
            due = max(now, self._looked_at + LEAST_GAP)
        return due

    def ask(self, now: float, waiting: int) -> Ask:
        """Begin an exchange.

        Args:
            now: The moment.
            waiting: How many requests wait for a slot.
        """
        self._asked_at = now
        present = now - self._present_at > PRESENCE
        if present:
            self._present_at = now
        self._tick_if_due(now)
        proposal = self._replica.propose() if self._clock.is_known else None
        self._telling, self._used = self._accepted, False
        return Ask(
            queue=self._queue,
            member=self._member,
            present=present,
            known=self._replica.token,
            accepted=self._telling,
            wanted=self._slots_wanted(now, waiting),
            # With a distant store, slots must be reserved further ahead.
            ahead=min(1.0, max(AHEAD, 4 * self._round_trip)),
            proposal=proposal,
        )

    def answered(self, answer: Answer, now: float) -> None:
        """Process the response of the exchange."""
        asked_at = now if self._asked_at is None else self._asked_at
        self._asked_at = None
        self._round_trip += 0.2 * (min(1.0, now - asked_at) - self._round_trip)
        first_time = not self._clock.is_known
        self._follow_clock(answer, now, now - asked_at)
        self._looked_at = now
        self._accepted -= self._telling
        self._slots.follow(answer)
        self._total, self._saturated = answer.accepted, answer.saturated
        self._replica.follow(answer, self._total + self._accepted, first_time=first_time)
        self._slots.add(answer)
        if self._own_share.on_answer(now, answer.members):
            self._present_at = -math.inf

    def failed(self, now: float, reason: str) -> None:
        """Note that the exchange failed. The store may have carried it out anyway."""
        self._asked_at = None
        self._lose(now)
        self._own_share.on_failure(now, reason, self.pace)

    def abandoned(self) -> None:
        """Note that nobody waits for the exchange any more, so the next one may begin at once."""
        self._asked_at = None

    def after_fork(self) -> None:
        """Reset after a fork: what was reserved, counted and learnt stays with the parent, which reports it."""
        self._member = f"{random.getrandbits(52):013x}"
        self._slots.clear()
        self._slots.take_none()
        self._replica.after_fork()
        self._own_share.after_fork()
        self._asked_at = None
        self._accepted = self._telling = 0
        self._present_at = self._looked_at = -math.inf

    # What is behind it -----------------------------------------------------------------------------------------------

    @property
    def _patience(self) -> float:
        # A store that is always slow is not down.
        return max(PATIENCE, min(FIRST_PATIENCE, 4 * self._round_trip)) if self._clock.is_known else FIRST_PATIENCE

    @property
    def _interval(self) -> float:
        # Between a 429 and the store's response, the learner has a pace that the schedule does not have yet.
        return self._slots.schedule.interval or self._replica.learner.interval

    @property
    def _paused_until(self) -> float:
        return max(self._slots.schedule.paused_until, self._replica.learner.paused_until)

    @property
    def _lead(self) -> float:
        return LEAD + 2 * self._round_trip

    def _slots_wanted(self, now: float, waiting: int) -> int:
        if not waiting:
            return 0
        if self._slots and self._slots.last - self._clock.offset > now + self._lead:
            return 0  # with a slot far ahead, this process has its turn; another slot would be a second turn
        return self._slots.wanted(now, waiting)

    def _count(self, now: float) -> int:
        """Requests accepted by all processes. Unknown counts of others are assumed to equal this process's."""
        return self._total + self._accepted * (self._own_share.members if self.is_alone(now) else 1)

    def _tick_if_due(self, now: float) -> None:
        moment = now + self._clock.offset
        replica, learner = self._replica, self._replica.learner
        spread = TICK_SPREAD * self._uniform() if self._own_share.members > 1 else 0.0
        known = self._clock.is_known and replica.token
        if known and self._used and not replica.has_news and moment >= learner.tick_at + spread:
            replica.state.count(self._total + self._accepted)
            learner.tick(moment, saturated=self._saturated)
            replica.changed = True

    def _tick_alone(self, now: float) -> None:
        moment = now + self._clock.offset
        learner = self._replica.learner
        if moment >= learner.tick_at:
            self._replica.state.count(self._count(now))
            learner.tick(moment, saturated=True)
            self._replica.changed = True

    def _lose(self, now: float) -> None:
        if self._own_share.lose(now):
            self._slots.clear()

    def _follow_clock(self, answer: Answer, now: float, duration: float) -> None:
        least = answer.now - now
        replica = self._replica
        anew = self._clock.is_another(answer.now, now, duration)
        if anew:
            # Moments of the old clock mean nothing on the new one.
            replica.start_over(self.paused_until + least, base=0)
            replica.drop_news()
            replica.token = 0
            self._slots.clear()
        elif not self._clock.is_known:
            # Before the first response, moments were those of this process's clock.
            if replica.learner.paused_until:
                replica.start_over(replica.learner.paused_until + least)
                replica.changed = True
            replica.drop_news()
        self._clock.follow(answer.now, now, anew=anew)
