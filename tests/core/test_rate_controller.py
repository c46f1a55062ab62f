"""What users rely on: pauses, the pace, and that the rate is found. No test reads a clock."""

from __future__ import annotations

import itertools
import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.tuning import TUNING
from tests.throttle_simulation.against_the_best import run_again, run_start
from tests.throttle_simulation.simulation import (
    Client,
    Server,
    band,
    ours,
    run_alone,
    run_by_chance,
    run_change,
    run_pair,
    seconds_for,
    simulate,
)

rates = st.floats(0.1, 5000)
pauses = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def refused_once(*, retry_after: float | None = 2.0) -> RateController:
    """A controller that has just had its first 429, at second 10."""
    controller = RateController()
    assert controller.try_send(9.9)
    controller.on_throttled(9.9, 10.0, retry_after)
    return controller


# Pauses --------------------------------------------------------------------------------------------------------------


def test_before_the_first_429_only_answers_are_waited_for() -> None:
    controller, sent = RateController(), 0
    for round_trip in range(1, 20):
        in_flight = 0
        while in_flight < 2000 and controller.try_send(0.1 * round_trip):  # as many tasks
            in_flight += 1
        for _ in range(in_flight):
            controller.on_accepted(0.1 * round_trip, 0.1 * round_trip + 0.1)
        sent += in_flight
    assert sent >= 10_000
    assert controller.pace is None


def test_a_429_stops_every_request_for_as_long_as_it_says() -> None:
    controller = refused_once(retry_after=30.0)
    assert not controller.try_send(10.0)
    assert not controller.try_send(39.999)
    assert controller.next_send(10.0) == 40.0
    assert controller.try_send(40.0)


def test_the_latest_of_several_429s_decides() -> None:
    controller = refused_once(retry_after=2.0)
    controller.on_throttled(9.95, 10.1, 30.0)
    controller.on_throttled(9.95, 10.2, 1.0)
    assert controller.paused_until == pytest.approx(40.1)


def test_after_a_pause_requests_leave_one_at_a_time() -> None:
    controller = refused_once(retry_after=2.0)
    assert controller.try_send(12.0)
    assert not controller.try_send(12.0)


@given(pauses)
def test_an_absurd_retry_after_pauses_for_a_sensible_time(retry_after: float | None) -> None:
    controller = refused_once(retry_after=retry_after)
    assert 10.0 <= controller.paused_until <= 10.0 + TUNING.longest_wait
    if retry_after is None or not 0 <= retry_after < math.inf:
        assert 1.0 <= controller.paused_until - 10.0 <= 60.0


def test_without_a_retry_after_each_vain_attempt_doubles_the_wait() -> None:
    controller = RateController()
    waits = []
    for _ in range(9):
        now = controller.next_send(0.0)
        assert controller.try_send(now)
        controller.on_throttled(now, now + 0.1, None)
        waits.append(controller.paused_until - now - 0.1)
    assert waits == pytest.approx([2, 4, 8, 16, 32, 60, 60, 60, 60])


@given(st.lists(st.tuples(st.sampled_from("sat"), st.floats(0, 40), pauses), max_size=120), st.one_of(st.none(), rates))
def test_whatever_happens_a_pause_holds_and_a_request_may_leave_in_the_end(
    history: list[tuple[str, float, float | None]], rate: float | None
) -> None:
    controller, now, sent_at = RateController.for_rate(rate, random.Random(1).random), 0.0, 0.0
    for what, seconds, retry_after in history:
        now += seconds
        if what == "s":
            if controller.try_send(now):
                assert now >= controller.paused_until
                sent_at = now
        elif what == "a":
            controller.on_accepted(sent_at, now)
        else:
            controller.on_throttled(sent_at, now, retry_after)
        assert controller.next_send(now) >= max(now, controller.paused_until)
        assert controller.pace is None or 0 < controller.pace <= (rate or math.inf)
    assert controller.try_send(controller.next_send(now))


# The pace ------------------------------------------------------------------------------------------------------------


@given(rates, st.lists(st.floats(0, 0.5), min_size=1, max_size=80))
def test_a_given_rate_is_kept_to_in_any_window(rate: float, steps: list[float]) -> None:
    controller, left = RateController.for_rate(rate), []
    for now in itertools.accumulate(steps):
        for _ in range(50):
            if not controller.try_send(now):
                break
            left.append(now)
    for first, start in enumerate(left):
        for last in range(first, len(left)):
            assert last - first + 1 <= 1 + rate * (left[last] - start + TUNING.catch_up) + 1e-6


def test_a_slot_that_is_given_back_is_the_next_ones() -> None:
    controller = RateController.for_rate(2.0)
    assert controller.try_send(10.0)
    waiting_until = controller.next_send(10.0)
    assert controller.try_send(waiting_until)
    controller.give_back()
    assert controller.next_send(10.0) == pytest.approx(waiting_until)


def test_a_pace_that_nobody_uses_does_not_rise() -> None:
    controller = refused_once(retry_after=1.0)
    for second in range(12, 4000, 4):
        assert controller.try_send(float(second))
        controller.on_accepted(float(second), second + 0.1)
    assert controller.pace is not None
    assert controller.pace < 2


def test_429s_of_one_pause_count_once() -> None:
    def after(times: int) -> tuple[object, ...]:
        client = Client(ours(1))
        simulate(Server([(0.0, 30.0, 30.0)], 1.0), [client], 90.0, seed=1)
        controller = client.controller
        assert isinstance(controller, RateController)
        for _ in range(times):
            controller.on_throttled(89.9, 90.0, 1.0)
        return controller.server, controller.phase, controller.pace, controller.paused_until

    assert after(1) == after(50)


# In simulated minutes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "burst", "retry_after"), [(5, 5, 1), (30, 30, 1), (30, 30, 30), (30, 150, 2), (170, 170, 2)]
)
def test_the_rate_is_found(rate: float, burst: float, retry_after: float) -> None:
    result = run_alone("ours", rate, burst, retry_after, seed=1)
    assert result.used >= band(retry_after)
    assert result.refused <= 0.01


def test_a_given_rate_is_used_and_never_refused() -> None:
    result = run_alone("ours, rate=R", 30.0, 30.0, 30.0, seed=1)
    assert result.used >= 0.99
    assert result.refused == 0


def test_a_given_rate_that_is_too_high_is_corrected() -> None:
    client = Client(ours(1, 60.0))
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [client], 660.0, seed=1)
    accepted, refused = sum(client.accepted[60:660]), sum(client.refused[60:660])
    assert accepted >= 0.97 * 30 * 600
    assert refused <= 0.01 * accepted


def test_a_rate_that_halves_is_found_after_two_429s() -> None:
    _, result = run_change(30.0, 1.0, 0.5, 1.0, seed=1)
    assert result.used >= 0.97
    assert result.refused <= 0.01


@pytest.mark.parametrize(("retry_after", "share"), [(1.0, 0.05), (2.0, 0.05), (1.0, 0.02)])
def test_random_429s_cost_little_more_than_the_waits(retry_after: float, share: float) -> None:
    waits_alone = run_by_chance("(b) gate", math.inf, share, retry_after, seed=1).used
    assert run_by_chance("ours", math.inf, share, retry_after, seed=1).used >= 0.85 * waits_alone


@pytest.mark.slow
@pytest.mark.parametrize(("retry_after", "least"), [(1.0, 0.6), (0.0, 0.3)])
def test_random_429s_are_told_from_a_limit_in_most_runs(retry_after: float, least: float) -> None:
    seeds = range(1, 11) if retry_after else range(1, 7)  # without waits, each run has more requests to play
    through = [run_by_chance("ours", math.inf, 0.05, retry_after, seed).used for seed in seeds]
    waits_alone = run_by_chance("(b) gate", math.inf, 0.05, retry_after, seed=1).used
    assert sum(through) / len(through) >= least * waits_alone


@pytest.mark.parametrize(
    ("rate", "burst"),
    [(5.0, 1.0), (30.0, 1.0), (30.0, 3.0), (30.0, 10.0), pytest.param(170.0, 17.0, marks=pytest.mark.slow)],
)
def test_a_small_burst_is_used_no_worse_than_by_aimd(rate: float, burst: float) -> None:
    theirs = run_alone("(d) AIMD", rate, burst, 1.0, seed=1)
    runs = [run_alone("ours", rate, burst, 1.0, seed) for seed in (1, 2, 3)]
    assert min(run.used for run in runs) >= theirs.used
    assert sum(run.refused for run in runs) / 3 <= 0.01


def test_a_job_ramps_up_quickly() -> None:
    assert seconds_for("ours", 250.0, 5000, seed=1) <= 21


@pytest.mark.parametrize(
    ("rate", "burst", "wait", "most"),
    [
        (250.0, 250.0, 1.0, 1.10),
        (250.0, 250.0, 2.0, 1.15),
        pytest.param(250.0, 25.0, 1.0, 1.15, marks=pytest.mark.slow),
        (250.0, 25.0, 2.0, 1.15),  # a second pause alone would make it 1.19
        (100.0, 100.0, 2.0, 1.15),
        pytest.param(1000.0, 1000.0, 1.0, 1.10, marks=pytest.mark.slow),
    ],
)
def test_a_job_at_an_unknown_rate_takes_little_longer_than_at_a_known_one(
    rate: float, burst: float, wait: float, most: float
) -> None:
    runs = [run_start(rate, burst, wait, int(20 * rate), seed) for seed in (1, 2)]
    assert max(factor for factor, _ in runs) <= most
    assert max(refused for _, refused in runs) <= 0.025


@pytest.mark.parametrize(
    ("burst", "decides_at", "most"),
    [
        pytest.param(250.0, 0.0, 1.15, marks=pytest.mark.slow),
        pytest.param(250.0, 0.1, 1.2, marks=pytest.mark.slow),
        pytest.param(250.0, 0.9, 1.15, marks=pytest.mark.slow),
        (25.0, 0.0, 1.45),  # the first 32 requests are decided at one moment, which says nothing of the rate
        pytest.param(25.0, 0.9, 1.15, marks=pytest.mark.slow),
        (25.0, 1.0, 1.15),
    ],
)
def test_a_job_at_an_unknown_rate_is_quick_wherever_in_a_requests_latency_the_server_decides(
    burst: float, decides_at: float, most: float
) -> None:
    factors = [run_start(250.0, burst, 2.0, 5000, seed, decides_at)[0] for seed in range(1, 5)]
    assert sum(factors) / len(factors) <= most


@pytest.mark.parametrize(
    ("rate", "burst", "wait"),
    [
        pytest.param(250.0, 250.0, 1.0, marks=pytest.mark.slow),
        pytest.param(250.0, 250.0, 2.0, marks=pytest.mark.slow),
        pytest.param(250.0, 25.0, 2.0, marks=pytest.mark.slow),
        (30.0, 30.0, 1.0),
    ],
)
def test_the_same_job_again_with_a_store_takes_as_long_as_with_the_rate_known(
    rate: float, burst: float, wait: float
) -> None:
    factor, refused = run_again(rate, burst, wait, int(20 * rate), seed=1)
    assert factor <= 1.03
    assert refused <= 0.02


def test_a_slow_server_refuses_few_of_the_first_requests() -> None:
    client = Client(ours(1), 64)
    simulate(Server([(0.0, 5.0, 5.0)], 1.0), [client], 20.0, seed=1)
    assert sum(client.refused) <= 40  # of the first 64 alone, 59 without an initial window


@pytest.mark.parametrize(
    ("rate", "burst", "wait", "best"),
    # The best constant pace, as `print_best_pace` finds it.
    [
        (100.0, 10.0, 1.0, 1.0),
        pytest.param(170.0, 17.0, 2.0, 1.0, marks=pytest.mark.slow),
        (30.0, 7.5, 1.0, 1.0),
        (60.0, 6.0, 2.0, 0.98),
        (30.0, 3.0, 2.0, 0.84),
    ],
)
def test_a_small_burst_is_used_as_by_the_best_constant_pace(
    rate: float, burst: float, wait: float, best: float
) -> None:
    runs = [run_alone("ours", rate, burst, wait, seed) for seed in range(1, 7 if rate < 50 else 4)]
    assert sum(run.used for run in runs) / len(runs) >= 0.97 * best
    assert max(run.refused for run in runs) <= 0.01


def test_a_small_burst_that_halves_with_the_rate_is_found_soon() -> None:
    for seed in range(1, 4):
        client = Client(ours(seed), 64)
        simulate(Server([(0.0, 100.0, 10.0), (300.0, 50.0, 5.0)], 1.0), [client], 600.0, seed)
        assert sum(client.accepted[330:600]) >= 0.9 * 50 * 270


def test_a_rate_that_doubles_is_found_within_five_minutes() -> None:
    _, result = run_change(30.0, 2.0, 2.0, 2.0, seed=1)
    assert result.used >= 0.97
    assert result.refused <= 0.01


@pytest.mark.parametrize(
    ("rate", "later", "least"),
    [
        pytest.param(30.0, 0.0, 0.6, marks=pytest.mark.slow),
        (30.0, 300.0, 0.6),
        pytest.param(170.0, 60.0, 0.6, marks=pytest.mark.slow),
        pytest.param(170.0, 300.0, 0.5, marks=pytest.mark.slow),
    ],
)
def test_two_clients_share_within_a_fifth_in_most_runs(rate: float, later: float, least: float) -> None:
    runs = [run_pair(rate, 1.0, later, seed) for seed in range(1, 9)]
    assert sum(ratio >= 0.8 for ratio, _ in runs) >= 7
    assert min(ratio for ratio, _ in runs) >= least
    assert all(both.used >= 0.9 for _, both in runs)


def test_a_lone_client_soon_stops_to_share() -> None:
    client = Client(ours(1))
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [client], 120.0, seed=1)
    assert isinstance(client.controller, RateController)
    assert client.controller.phase_name == "cruise"


@pytest.mark.slow
def test_a_client_that_comes_later_does_not_starve_where_a_pause_is_long() -> None:
    assert min(run_pair(170.0, 30.0, 60.0, seed)[0] for seed in range(1, 6)) >= 0.15


def test_a_request_costs_microseconds() -> None:
    controller = RateController.for_rate(1e9)
    started = time.process_time()
    for number in range(20_000):
        now = number * 1e-4
        controller.try_send(now)
        controller.on_accepted(now, now)
    # Far above what it takes, so that a busy machine does not fail it.
    assert (time.process_time() - started) / 20_000 < 20e-6
