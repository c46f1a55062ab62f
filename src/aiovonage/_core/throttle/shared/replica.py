"""One process's copy of what all processes have learnt.

A store accepts a new state only if nobody else has changed the state that it is based on: compare and swap. If another
process was faster, this one adopts the other's state and applies its own news again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs

from aiovonage._core.throttle.learner import RateLearner
from aiovonage._core.throttle.shared.news import News
from aiovonage._core.throttle.shared.record import SharedState, dump, load
from aiovonage._core.throttle.stores.ledger import Answer, Proposal

logger: logging.Logger = logging.getLogger("aiovonage.throttle")


class Replica:
    """A copy of the shared state, with this process's news applied.

    Args:
        given: The rate that this process was given, if any.
        store: What to call the store in messages.
        uniform: Returns random numbers from 0 up to 1.
    """

    def __init__(self, given: float | None, store: str, uniform: Callable[[], float]) -> None:
        self._given = given
        self._store = store
        self._uniform = uniform
        self.state = SharedState(learner=RateLearner.for_rate(given, uniform), given=given)
        """The state as it will be once the store has accepted this process's news."""
        self.changed = False
        """Whether there is something other than news to send to the store."""
        self.token = 0
        """Identifies the store's state; 0 while it has none."""
        self._news: list[News] = []
        self._committed = ""
        # The proposal in progress, and how many news items it includes.
        self._proposed: tuple[Proposal, int] | None = None
        self._mismatch_logged = False

    @property
    def learner(self) -> RateLearner:
        """What was learnt."""
        return self.state.learner

    @property
    def has_news(self) -> bool:
        """Whether this process knows something that the others do not."""
        return bool(self._news)

    def add(self, news: News, total: int) -> None:
        """Learn from an event in this process. All processes together have had `total` requests accepted so far."""
        self.state = news.apply_to(self.state, total)
        self._news.append(news)

    def start_count(self, total: int, now: float) -> None:
        """Start the count at the first accepted request, together with its clock, in all processes."""
        self.state = attrs.evolve(self.state, base=total)
        self.learner.accept(0, now)
        self.changed = True

    def start_over(self, paused_until: float, *, base: int | None = None) -> None:
        """Forget everything but a pause."""
        learner = RateLearner.for_rate(self._given, self._uniform)
        learner.paused_until = paused_until
        self.state = attrs.evolve(self.state, learner=learner, base=self.state.base if base is None else base)

    def drop_news(self) -> None:
        """Drop the news, whose moments are those of another clock."""
        self._news.clear()

    def after_fork(self) -> None:
        """Reset in a forked child process: the parent reports its own news."""
        self._news.clear()
        self._proposed = None

    def propose(self) -> Proposal | None:
        """The state to propose to the store; None if it has not changed."""
        if not (self._news or self.changed):
            return None
        proposal = Proposal(
            expected=self.token,
            token=1 + int(self._uniform() * (2**53 - 2)),
            state=dump(self.state),
            interval=self.learner.interval,
            paused_until=self.learner.paused_until,
        )
        self._proposed = proposal, len(self._news)
        return proposal

    def follow(self, answer: Answer, total: int, *, first_time: bool) -> None:
        """Adopt the store's state, and apply this process's news to it.

        Args:
            answer: The store's response.
            total: Requests accepted so far, by all processes.
            first_time: Whether this is the store's first response.
        """
        proposed, self._proposed = self._proposed, None
        if proposed is not None and answer.token == proposed[0].token:
            # Accepted, now or by an exchange that seemed to fail.
            proposal, told = proposed
            self.token, self._committed = proposal.token, proposal.state
            del self._news[:told]
            self.changed = bool(self._news)
        elif answer.token == 0:
            # The store has no state, or has lost it.
            self.token, self.changed = 0, True
        elif answer.token != self.token or self.changed:
            self._take_over(answer, total, first_time=first_time)

    def _take_over(self, answer: Answer, total: int, *, first_time: bool) -> None:
        if answer.state is not None:
            self._committed = answer.state
        self.token = answer.token
        state = load(self._committed, answer.now)
        # Replace a damaged state, or one of another version, with what is known here.
        self.changed = state is None
        if state is None:
            return
        state.learner.use_random(self._uniform)
        if self._given is not None and state.given != self._given:
            self._log_mismatch(state.given, first_time=first_time)
            if first_time:
                learner = RateLearner.for_rate(self._given, self._uniform)
                learner.paused_until = state.learner.paused_until
                state = SharedState(learner=learner, base=answer.accepted, given=self._given, apart=state.apart)
                self.changed = True
        for news in self._news:
            state = news.apply_to(state, total)
        self.state = state

    def _log_mismatch(self, other: float | None, *, first_time: bool) -> None:
        if other is None or self._mismatch_logged:
            return
        self._mismatch_logged = True
        mine, holds = f"{self._given:g}", f"{self._given if first_time else other:g}"
        logger.warning(
            "processes that share a throttle in %s were given different rates, %s here and %g elsewhere; "
            "the process that started last decides: %s. Give all of them the same rate",
            self._store,
            mine,
            other,
            holds,
        )
