"""What the learner guarantees, against a token bucket without latency and against any history."""

from __future__ import annotations

import json
import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.learner import RateLearner
from aiovonage._core.throttle.phases import Random429s
from aiovonage._core.throttle.shared.record import SharedState, dump, load
from aiovonage._core.throttle.tuning import TUNING


class Bucket:
    """A token bucket that answers at once, and a controller that always has work for it."""

    def __init__(self, rate: float, burst: float, controller: RateController, wait: float = 1.0) -> None:
        self.rate, self.burst, self.wait = rate, burst, wait
        self.controller = controller
        self.tokens, self.now = burst, 0.0
        self.pauses: list[tuple[float | None, float, str]] = []
        """The pace before each pause, the pace after it without what the pause has stored, and the phase."""

    def run(self, until: float) -> None:
        """Send whatever may leave until a moment."""
        controller = self.controller
        while True:
            # Without a pace, a request each millisecond, so that the burst does not leave in no time.
            moment = max(controller.next_send(self.now), self.now + (0.001 if controller.pace is None else 0.0))
            if moment > until:
                return
            self.tokens = min(self.burst, self.tokens + (moment - self.now) * self.rate)
            self.now = moment
            assert controller.try_send(moment)
            if self.tokens >= 1:
                self.tokens -= 1
                controller.on_accepted(moment, moment)
            else:
                before = controller.pace
                controller.on_throttled(moment, moment, self.wait)
                after = (controller.pace or 0.0) - controller._credit.boost
                self.pauses.append((before, after, controller.phase_name))


buckets = st.tuples(st.floats(3, 80), st.floats(0.5, 4), st.integers(0, 1000))


@given(buckets)
@settings(max_examples=15, deadline=None)
def test_the_estimate_converges_for_a_bucket_without_latency(bucket: tuple[float, float, int]) -> None:
    rate, seconds, seed = bucket
    server = Bucket(rate, max(1.0, rate * seconds), RateController.for_rate(None, random.Random(seed).random))
    server.run(480.0)
    assert server.controller.found_rate == pytest.approx(rate, rel=0.05)
    assert server.controller.pace is not None
    boost = server.controller._credit.boost  # what a pause has stored is spent on top of the rate
    assert server.controller.pace - boost <= 1.2 * rate


@given(buckets)
@settings(max_examples=15, deadline=None)
def test_a_429_never_raises_the_pace_unless_it_is_held_for_random(bucket: tuple[float, float, int]) -> None:
    rate, seconds, seed = bucket
    server = Bucket(rate, max(1.0, rate * seconds), RateController.for_rate(None, random.Random(seed).random))
    server.run(120.0)
    server.rate /= 2
    server.run(240.0)
    assert server.pauses
    for before, after, phase in server.pauses:
        assert before is None or phase == "random_429s" or after <= max(before, TUNING.first_pace)


@given(st.lists(st.tuples(st.sampled_from("sat"), st.floats(0, 40), st.none() | st.floats()), max_size=120))
def test_the_pace_and_the_estimate_stay_within_bounds(history: list[tuple[str, float, float | None]]) -> None:
    for given_rate in (None, 0.5, 20.0):
        controller = RateController.for_rate(given_rate, random.Random(1).random)
        live(controller, history)
        if controller.pace is not None:
            assert min(TUNING.first_pace, given_rate or math.inf) <= controller.pace <= (given_rate or math.inf)
        assert controller.found_rate is None or TUNING.slowest <= controller.found_rate < math.inf


def live(controller: RateController, history: list[tuple[str, float, float | None]], now: float = 0.0) -> float:
    """Send, be accepted or be answered 429, each after some seconds. Gives the moment at the end."""
    sent_at = now
    for what, seconds, retry_after in history:
        now += seconds
        if what == "s" and controller.try_send(now):
            sent_at = now
        elif what == "a":
            controller.on_accepted(sent_at, now)
        elif what == "t":
            controller.on_throttled(sent_at, now, retry_after)
    return now


@given(st.lists(st.tuples(st.sampled_from("sat"), st.floats(0, 9), st.none() | st.floats(0, 9)), max_size=120))
def test_what_was_learnt_survives_a_store(history: list[tuple[str, float, float | None]]) -> None:
    controller = RateController.for_rate(None, random.Random(1).random)
    now = live(controller, history)
    check_round_trip(controller, now)


@pytest.mark.parametrize("seed", range(4))
def test_each_phase_survives_a_store(seed: int) -> None:
    server = Bucket(30.0, 30.0, RateController.for_rate(None, random.Random(seed).random))
    for moment in range(2, 100, 2):
        server.run(float(moment))
        check_round_trip(server.controller, server.now)


def test_random_429s_survive_a_store() -> None:
    controller, chance, now = RateController.for_rate(None, random.Random(1).random), random.Random(2), 0.0
    seen = 0
    while now < 300:
        now = max(controller.next_send(now), now + 1e-4)
        controller.try_send(now)
        if chance.random() < 0.05:
            controller.on_throttled(now, now, 0.5)
            check_round_trip(controller, now)
            seen += isinstance(controller.phase, Random429s)
        else:
            controller.on_accepted(now, now)
    assert seen


def check_round_trip(controller: RateController, now: float) -> None:
    learner = RateLearner(
        controller.server, controller.phase, controller.pace, controller.interval, controller.paused_until,
        controller.tick_at, controller.log, controller._ticked_at, controller._paused_at, controller._credit,
        controller._detector,
    )  # fmt: skip
    text = dump(SharedState(learner=learner, base=3, given=7.0, apart=frozenset({"a"})))
    state = load(text, now)
    assert state is not None
    assert (state.base, state.given, sorted(state.apart)) == (3, 7.0, ["a"])
    restored = state.learner
    assert (restored.server, restored.phase, restored.log) == (learner.server, learner.phase, learner.log)
    assert type(restored.phase) is type(learner.phase)
    assert dump(state) == text


def test_a_state_of_another_version_is_ignored() -> None:
    text = dump(SharedState(learner=RateLearner.for_rate(30.0)))
    assert load(text, 0.0) is not None
    data = json.loads(text)
    assert load(json.dumps(data | {"format": data["format"] + 1}), 0.0) is None
    assert load(json.dumps(data | {"learner": data["learner"] | {"phase": {"phase": "Hover"}}}), 0.0) is None


def test_a_pace_that_is_not_used_up_does_not_rise() -> None:
    learner = RateLearner.for_rate(None)
    learner.on_throttled(0.0, 1.0, 1.0)
    paces = []
    for tick in range(20):
        learner.tick(2.0 + tick, saturated=tick < 10)
        paces.append(learner.pace or 0.0)
    assert all(later > earlier for earlier, later in pairwise(paces[1:10]))
    assert len(set(paces[10:])) == 1
