"""One rate for several processes, as seen by one of them.

A store holds the places and what was learnt (see `rate_ledger`). A process reserves some places at a time, and looks
what the others have learnt while it sends; both go by one kind of message, the exchange. What it learns itself it
proposes to the store; if another process was faster, it takes over that one's state and adds its own news again.

While the store does not answer, each process goes on at its share of the rate: the rate divided by the processes that
were seen lately. It keeps to its share for a while after the store is back, until the others have noticed as well.

This is a pure state machine, without a clock, a timer or a store. Times are passed in, in seconds of the process's
monotonic clock; `exchange_at` says when the next exchange is due, `ask` what to send, and `answered` and `failed` take
in what became of it.
"""

from __future__ import annotations

import logging
import math
import random
from collections import deque
from collections.abc import Callable, Iterable

import attrs

from aiovonage._core.throttle.controller import Phase, RateController
from aiovonage._core.throttle.state_record import SharedState, dump, load
from aiovonage._core.throttle.stores.ledger import CATCH_UP, Answer, Ask, Proposal, Schedule

logger: logging.Logger = logging.getLogger("aiovonage.throttle")

AHEAD = 0.2
"""Seconds for which all processes together reserve places in advance."""
LOOK = 0.05
"""Seconds between two exchanges while requests leave: so long a 429 that another process met is not known here."""
STALE = 0.1
"""Seconds after which what is known of the others must be confirmed before a request leaves freely."""
STALE_PLACE = 0.25
"""The same for a request that has its place: it is in the others' plans, so there is less to lose."""
LONG_LOOK = 1.0
"""The same while requests only wait: a gate that another process has opened early is noticed."""
LEAST_GAP = 0.001
"""Seconds between two exchanges, at least, but after a 429."""
LEAD = 0.08
"""Seconds before its places end, or begin, at which a process exchanges."""
PATIENCE = 0.25
"""Seconds after which an exchange that was not answered counts as failed, though it goes on."""
FIRST_PATIENCE = 1.0
"""The same for the first one: a process that has just started is slow."""
RETRY = (0.2, 0.4)
"""Seconds until a failed exchange is tried again, at least and at most."""
REJOIN = 2.5
"""Seconds for which a process keeps to its share after the store is back. The others notice it within that time."""
REMEMBER_DEMAND = 1.0
"""Seconds for which the requests of a process say how many will come."""
PRESENCE = 1.0
"""Seconds between two times that a process says that it is there."""
UNKNOWN_MEMBERS = 8
"""How many processes there may be, where the store could not be asked even once, or only just now."""
MEMBERS_KNOWN = 3.0
"""Seconds after the first answer in which processes that were started together have not all been counted."""
SHARE_SLACK = 0.03
"""Seconds by which a place of a process's own share may be early, since timers are not exact."""
TICK_SPREAD = 0.05
"""Seconds over which the processes spread the change of the pace, which one of them makes for all."""
CLOCK_STEP = 1.0
"""Seconds by which the store's clock seems to have been set, or the store to be another one."""


@attrs.frozen
class Refusal:
    """A 429, by the store's clock."""

    sent_at: float
    now: float
    retry_after: float | None

    def tell(self, state: SharedState, total: int) -> SharedState:
        """Have the state learn from it."""
        controller = state.controller
        controller.accepted = max(0, total - state.base)
        # A request that left while the gate was closed is of a process that did not know it yet: its 429 says the same.
        sent_at = -math.inf if self.sent_at < controller.closed_until else self.sent_at
        controller.on_throttled(sent_at, self.now, self.retry_after)
        return attrs.evolve(state, base=total)


@attrs.frozen
class Separation:
    """An operation turned out to have a quota of its own: what was learnt so far was about that."""

    operation: str

    def tell(self, state: SharedState, total: int) -> SharedState:
        """Have the state forget what was learnt."""
        if self.operation in state.apart:
            return state
        state.controller.start_anew()
        return attrs.evolve(state, base=total, apart=state.apart | {self.operation})


class SharedRateController:
    """A `RateController` that other processes use as well.

    Args:
        lane: Which rate it is about; a name that tells nothing of the account.
        rate: Requests a second that the server permits to all of them together, if known.
        store: What to call the store in messages.
        chance: Gives numbers from 0 up to 1.
    """

    def __init__(
        self, lane: str, rate: float | None = None, *, store: str = "", chance: Callable[[], float] = random.random
    ) -> None:
        self._lane = lane
        self._given = rate
        self._store = store
        self._chance = chance
        self._member = f"{int(chance() * 2**52):013x}"
        # What is known of the store: its clock, and what it answered last.
        self._offset = 0.0
        self._offset_at = -math.inf
        self._linked = False
        self._linked_at = -math.inf
        self._schedule = Schedule()
        self._members = UNKNOWN_MEMBERS
        self._total = 0
        self._all_taken = True
        self._token = 0
        self._committed = ""
        # The state as it will be when the store has taken over this process's news.
        self._state = SharedState(controller=RateController(rate, chance), given=rate)
        self._news: list[Refusal | Separation] = []
        self._changed = False
        # The exchange under way: when it began, its proposal, and how many news and accepted requests are in it.
        self._asked_at: float | None = None
        self._proposed: tuple[Proposal, int] | None = None
        self._telling = 0
        self._looked_at = -math.inf
        self._present_at = -math.inf
        self._retry_at = -math.inf
        self._round_trip = 0.0
        # Places, and the use that is made of them.
        self._places: deque[float] = deque()
        self._taken: float | None = None
        self._accepted = 0
        self._used = False
        self._left_lately = 0
        self._left_before = 0
        self._reserved_at = -math.inf
        # Without the store.
        self._lost = False
        self._told = False
        self._own_next = 0.0
        self._rejoined_at = -math.inf
        self._mismatch_told = False

    # What the lane asks ----------------------------------------------------------------------------------------------

    @property
    def rate(self) -> float | None:
        """Requests a second that all processes together may send; None while nothing is held back."""
        return self._state.controller.rate

    @property
    def phase(self) -> Phase:
        """What the controller is doing."""
        return self._state.controller.phase

    @property
    def least_interval(self) -> float:
        """Seconds between two requests that will surely not be undercut."""
        return self._state.controller.least_interval

    @property
    def closed_until(self) -> float:
        """The moment at which the gate opens, or opened last."""
        return self._closed_until - self._offset

    @property
    def apart(self) -> frozenset[str]:
        """Operations that have a quota of their own, as some process found out."""
        return self._state.apart

    @property
    def was_linked(self) -> bool:
        """Whether the store has answered once."""
        return self._linked

    def is_alone(self, now: float) -> bool:
        """Whether the store does not answer."""
        return self._lost or (self._asked_at is not None and now >= self._asked_at + self._patience)

    def next_send(self, now: float) -> float:
        """The earliest moment at which it is worth asking for a place: now or later."""
        if self.closed_until > now:
            return self.closed_until
        if self.is_alone(now):
            return max(now, self._own_next) if self._interval else now
        if self._interval and self._places and now - self._looked_at <= STALE_PLACE:
            place = self._schedule.moment_of(self._places[0]) - self._offset
            return max(now, place, self._own_next - SHARE_SLACK if self._keeps_to_share(now) else now)
        # Wait for the exchange; whoever carries it out asks again when it has come to an end.
        return (now if self._asked_at is None else self._asked_at) + self._patience

    def earliest(self, now: float) -> float:
        """The moment before which the next request surely does not leave: now or later."""
        if self.closed_until > now or self.is_alone(now):
            return self.next_send(now)
        if self._interval and self._places:
            return max(now, self._schedule.moment_of(self._places[0]) - self._offset)
        return now

    def try_send(self, now: float) -> bool:
        """Take a place for a request that leaves now.

        Returns:
            Whether there is one. If not, ask again at `next_send`, and after each exchange.
        """
        if now < self.closed_until:
            return False
        alone = self.is_alone(now)
        if alone:
            self._lose(now)
            self._taken = None
            if self._interval and now < self._own_next:
                return False
            self._tick_alone(now)
        elif not self._interval:
            if now - self._looked_at > STALE:
                return False
            self._taken = None
        else:
            self._drop_late_places(now)
            if not self._places or now - self._looked_at > STALE_PLACE:
                return False
            if now + self._offset < self._schedule.moment_of(self._places[0]):
                return False
            if self._keeps_to_share(now) and now < self._own_next - SHARE_SLACK:
                return False
            self._taken = self._places.popleft()
        self._used = True
        self._left_lately += 1
        share = self._interval * self._sharers
        # What the others leave unused may be taken as well, so the process's own turn does not move far ahead.
        self._own_next = min(max(self._own_next, now) + share, now + AHEAD + share)
        return True

    def give_back(self) -> None:
        """A request that had its place does not leave: the next one of this process takes it."""
        if self._taken is not None:
            self._places.appendleft(self._taken)
            self._taken = None

    def on_accepted(self, sent_at: float, now: float) -> None:
        """A request that left at `sent_at` was answered at `now`, and not by a 429."""
        controller = self._state.controller
        if controller.accepted is None and self._linked:
            # The count and its clock start together, in all processes.
            self._state = attrs.evolve(self._state, base=self._total + self._accepted)
            controller.count_accepted(0, now + self._offset)
            self._changed = True
        self._accepted += 1
        self._used = True

    def on_throttled(self, sent_at: float, now: float, retry_after: float | None) -> None:
        """A request that left at `sent_at` was answered 429 at `now`: close the gate of all processes, and learn."""
        self._tell(Refusal(sent_at + self._offset, now + self._offset, retry_after), now)

    def set_apart(self, operation: str, now: float) -> None:
        """The 429s so far were about a quota of that operation: forget them, in all processes."""
        if operation not in self._state.apart:
            self._tell(Separation(operation), now)

    def _tell(self, news: Refusal | Separation, now: float) -> None:
        self._state = news.tell(self._state, self._count(now))
        self._news.append(news)
        if isinstance(news, Separation):
            self._schedule = attrs.evolve(self._schedule, closed_until=0.0)

    # The exchange ----------------------------------------------------------------------------------------------------

    def exchange_at(self, now: float, waiting: int) -> float | None:
        """When the next exchange is due; None for never, as things stand.

        Args:
            waiting: How many requests wait for a place.
        """
        if self._asked_at is not None:
            return None
        if not (waiting or self._used or self._news or self._changed):
            return None
        if self._lost:
            return self._retry_at
        if self._news or not self._linked:
            return now
        if self._changed:
            return max(now, self._looked_at + LEAST_GAP)
        look = self._looked_at + LOOK
        idle_look = self._looked_at + LONG_LOOK if waiting else math.inf
        if not self._interval:
            return now if waiting and now >= self.closed_until else min(look, idle_look)
        lead = self._lead
        due = look if self._used else idle_look
        if self._places:
            first, last = (
                self._schedule.moment_of(place) - self._offset for place in (self._places[0], self._places[-1])
            )
            due = min(due, max(look, first - lead))
            if waiting and waiting + self._demand(now) > len(self._places):
                due = min(due, max(self._looked_at + LEAST_GAP, last - lead))
        elif waiting:
            due = max(now, self._looked_at + LEAST_GAP)
        return due

    def ask(self, now: float, waiting: int) -> Ask:
        """Begin an exchange.

        Args:
            waiting: How many requests wait for a place.
        """
        self._asked_at = now
        present = now - self._present_at > PRESENCE
        if present:
            self._present_at = now
        self._tick_if_due(now)
        proposal = self._propose() if self._linked and (self._news or self._changed) else None
        if proposal is not None:
            self._proposed = proposal, len(self._news)
        self._telling, self._used = self._accepted, False
        return Ask(
            lane=self._lane,
            member=self._member,
            present=present,
            known=self._token,
            accepted=self._telling,
            wanted=self._places_wanted(now, waiting),
            # A store far away needs more in advance.
            ahead=min(1.0, max(AHEAD, 4 * self._round_trip)),
            proposal=proposal,
        )

    def answered(self, answer: Answer, now: float) -> None:
        """The exchange came to its end."""
        asked_at = now if self._asked_at is None else self._asked_at
        self._asked_at = None
        self._round_trip += 0.2 * (min(1.0, now - asked_at) - self._round_trip)
        self._follow_clock(answer, now, now - asked_at)
        self._looked_at = now
        first_time, self._linked = not self._linked, True
        if first_time:
            self._linked_at = now
        self._accepted -= self._telling
        if not answer.token or answer.schedule.number < self._schedule.number:
            # Numbers begin anew, in a store that has lost what it knew: what was reserved there is nobody's now.
            self._places.clear()
        self._total, self._schedule = answer.accepted, answer.schedule
        self._members, self._all_taken = max(1, answer.members), answer.all_taken
        self._take_over(answer, first_time=first_time)
        self._places.extend(answer.first + number for number in range(answer.count))
        while self._places and self._places[0] < self._schedule.void:
            self._places.popleft()
        if self._lost:
            self._lost = False
            self._rejoined_at = now
            self._present_at = -math.inf
        if self._told:
            self._told = False
            logger.info("the shared throttle in %s can be used again", self._store)

    def failed(self, now: float, reason: str) -> None:
        """The exchange failed; it may have been carried out all the same."""
        self._asked_at = None
        self._lose(now)
        if not self._told:
            self._told = True
            rate = self._state.controller.rate
            logger.warning(
                "the shared throttle in %s can't be used: %s. Until it can, this process goes on %s",
                self._store,
                reason,
                f"at 1/{self._sharers} of the rate, {rate / self._sharers:.3g} requests a second" if rate else "alone",
            )
        least, most = RETRY
        self._retry_at = now + least + (most - least) * self._chance()

    def abandoned(self) -> None:
        """Nobody waits for the exchange any more; the next one may begin at once."""
        self._asked_at = None

    def after_fork(self) -> None:
        """Become another process: what was reserved, counted and learnt stays with the parent, who tells of it."""
        self._member = f"{random.getrandbits(52):013x}"
        self._places.clear()
        self._news.clear()
        self._asked_at = self._proposed = self._taken = None
        self._accepted = self._telling = 0
        self._present_at = self._looked_at = -math.inf

    # Places ----------------------------------------------------------------------------------------------------------

    @property
    def _patience(self) -> float:
        # A store that is always slow is not down.
        return max(PATIENCE, min(FIRST_PATIENCE, 4 * self._round_trip)) if self._linked else FIRST_PATIENCE

    @property
    def _interval(self) -> float:
        # Between a 429 and the store's answer, the controller knows of a pace that the schedule does not have yet.
        return self._schedule.interval or self._state.controller.interval

    @property
    def _closed_until(self) -> float:
        return max(self._schedule.closed_until, self._state.controller.closed_until)

    @property
    def _lead(self) -> float:
        return LEAD + 2 * self._round_trip

    def _places_wanted(self, now: float, waiting: int) -> int:
        """How many places to reserve, for those who wait and for as many as have left since the last time, twice."""
        if not waiting:
            return 0
        if self._places and self._schedule.moment_of(self._places[-1]) - self._offset > now + self._lead:
            return 0  # with a place far ahead, this process has its turn; another one would be a second turn
        demand = self._demand(now)
        self._left_before, self._left_lately, self._reserved_at = self._left_lately, 0, now
        return max(0, waiting + 2 * demand - len(self._places))

    def _demand(self, now: float) -> int:
        """How many requests will come in the time of one turn, if as many come as did."""
        return max(self._left_lately, self._left_before) if now - self._reserved_at < REMEMBER_DEMAND else 0

    def _drop_late_places(self, now: float) -> None:
        late = now + self._offset - CATCH_UP
        while self._places and self._schedule.moment_of(self._places[0]) < late:
            self._places.popleft()

    @property
    def _sharers(self) -> int:
        """By how many to divide the rate while the store can't be asked: another process may have come meanwhile."""
        just_started = self._looked_at < self._linked_at + MEMBERS_KNOWN
        return max(UNKNOWN_MEMBERS if just_started else 2, self._members)

    def _keeps_to_share(self, now: float) -> bool:
        return now < self._rejoined_at + REJOIN

    # The state -------------------------------------------------------------------------------------------------------

    def _count(self, now: float) -> int:
        """Requests accepted, of all processes; while those of others are not known, as many as here for each."""
        return self._total + self._accepted * (self._members if self.is_alone(now) else 1)

    def _tick_if_due(self, now: float) -> None:
        moment = now + self._offset
        controller = self._state.controller
        spread = TICK_SPREAD * self._chance() if self._members > 1 else 0.0
        if self._linked and self._token and self._used and not self._news and moment >= controller.tick_at + spread:
            controller.accepted = max(0, self._total + self._accepted - self._state.base)
            controller.tick(moment, wanted=self._all_taken)
            self._changed = True

    def _tick_alone(self, now: float) -> None:
        moment = now + self._offset
        controller = self._state.controller
        if moment >= controller.tick_at:
            controller.accepted = max(0, self._count(now) - self._state.base)
            controller.tick(moment, wanted=True)
            self._changed = True

    def _propose(self) -> Proposal:
        controller = self._state.controller
        return Proposal(
            expected=self._token,
            token=1 + int(self._chance() * (2**53 - 2)),
            state=dump(self._state),
            interval=controller.interval,
            closed_until=controller.closed_until,
        )

    def _take_over(self, answer: Answer, *, first_time: bool) -> None:
        """Make the state what it is in the store, and this process's news after it."""
        proposed, self._proposed = self._proposed, None
        if proposed is not None and answer.token == proposed[0].token:
            # Taken over, now or by an exchange that seemed to fail.
            proposal, told = proposed
            self._token, self._committed = proposal.token, proposal.state
            del self._news[:told]
            self._changed = bool(self._news)
            return
        if answer.token == self._token and not self._changed and answer.token:
            return
        if answer.token == 0:
            # The store knows nothing, or has lost what it knew.
            self._token, self._changed = 0, True
            return
        if answer.state is not None:
            self._committed = answer.state
        self._token = answer.token
        state = load(self._committed, answer.now)
        if state is None:
            # Of another version, or damaged: what is known here replaces it.
            self._changed = True
            return
        self._changed = False
        state.controller.replace_chance(self._chance)
        if self._given is not None and state.given != self._given:
            self._tell_of_mismatch(state.given, first_time=first_time)
            if first_time:
                controller = RateController(self._given, self._chance)
                controller.closed_until = state.controller.closed_until
                state = SharedState(controller=controller, base=answer.accepted, given=self._given, apart=state.apart)
                self._changed = True
        self._state = self._with_news(state, self._news)

    def _with_news(self, state: SharedState, news: Iterable[Refusal | Separation]) -> SharedState:
        for item in news:
            state = item.tell(state, self._total + self._accepted)
        return state

    def _tell_of_mismatch(self, other: float | None, *, first_time: bool) -> None:
        if other is None or self._mismatch_told:
            return
        self._mismatch_told = True
        mine, holds = f"{self._given:g}", f"{self._given if first_time else other:g}"
        logger.warning(
            "processes that share a throttle in %s were given different rates, %s here and %g elsewhere; "
            "the process that started last decides: %s. Give all of them the same rate",
            self._store,
            mine,
            other,
            holds,
        )

    def _follow_clock(self, answer: Answer, now: float, duration: float) -> None:
        """Learn how far the store's clock is from this process's, with an error below the round trip's time.

        The least that it can be is taken: so a request is late rather than early.
        """
        least = answer.now - now
        # A clock may run slow: believe the highest of the lower bounds, but less so with time.
        aged = self._offset - 1e-4 * (now - self._offset_at) if self._linked else -math.inf
        if self._linked and abs(least - self._offset) > CLOCK_STEP + duration:
            # Another clock. Moments of the old one mean nothing by it.
            closed_until = self.closed_until
            self._state = attrs.evolve(self._state, controller=RateController(self._given, self._chance), base=0)
            self._state.controller.closed_until = closed_until + least
            self._news.clear()
            self._places.clear()
            self._token = 0
            aged = -math.inf
        elif not self._linked:
            self._from_own_clock(least)
        self._offset = max(least, aged)
        self._offset_at = now

    def _from_own_clock(self, offset: float) -> None:
        """Before the first answer, moments were this process's own."""
        if self._state.controller.closed_until:
            closed_until = self._state.controller.closed_until + offset
            self._state = attrs.evolve(self._state, controller=RateController(self._given, self._chance))
            self._state.controller.closed_until = closed_until
            self._changed = True
        self._news.clear()

    def _lose(self, now: float) -> None:
        if not self._lost:
            self._lost = True
            self._retry_at = max(self._retry_at, now)
            self._places.clear()
