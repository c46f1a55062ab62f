"""What the responses around the first 429 say of the rate and the burst."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage._core.throttle.drain import Drain, Response


def responses(
    rate: float,
    burst: float,
    *,
    decided_at: float,
    pace: float,
    seconds: float,
    latency: tuple[float, float] = (0.02, 0.2),
    seed: int = 1,
) -> list[Response]:
    """What a token bucket answers to requests at an even pace, each of which takes a random time.

    Args:
        decided_at: The part of the latency that has passed when the bucket decides.
    """
    uniform = random.Random(seed).uniform
    sent = [(number / pace, uniform(*latency)) for number in range(int(pace * seconds))]
    tokens, at, answers = burst, 0.0, []
    for arrival, start, length in sorted((start + decided_at * length, start, length) for start, length in sent):
        tokens, at = min(burst, tokens + rate * (arrival - at)), arrival
        accepted = tokens >= 1
        tokens -= accepted
        answers.append((start, start + length, accepted))
    return answers


def drain_of(answers: list[Response]) -> Drain | None:
    return Drain.measured_by(answers, all_known=True)


@pytest.mark.parametrize("decided_at", [0.0, 0.1, 0.37, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("rate", "burst"), [(250.0, 25.0), (250.0, 250.0), (100.0, 10.0), (1000.0, 100.0)])
def test_the_drain_measures_the_rate_and_the_burst(rate: float, burst: float, decided_at: float) -> None:
    answers = responses(rate, burst, decided_at=decided_at, pace=3 * rate, seconds=burst / (2 * rate) + 0.3)
    drain = drain_of(answers)
    assert drain is not None
    assert drain.low <= rate <= drain.high
    assert drain.error <= 0.25
    assert drain.rate == pytest.approx(rate, rel=0.05)
    assert drain.before.burst(rate) == pytest.approx(burst, rel=0.2, abs=2)


@given(
    st.floats(20, 1000),
    st.floats(0.05, 2),
    st.floats(0, 1),
    st.floats(1.2, 5),
    st.floats(0.02, 0.4),
    st.integers(0, 1000),
)
def test_a_measured_range_contains_the_rate(
    rate: float, burst_seconds: float, decided_at: float, overload: float, seconds: float, seed: int
) -> None:
    burst = max(1.0, burst_seconds * rate)
    until_empty = burst / rate / (overload - 1)
    answers = responses(
        rate, burst, decided_at=decided_at, pace=overload * rate, seconds=until_empty + seconds, seed=seed
    )
    drain = drain_of(answers)
    if drain is not None and drain.error <= 0.25:
        assert drain.low / 1.15 <= rate <= drain.high * 1.15


@pytest.mark.parametrize("jitter", [0.005, 0.01])
def test_a_clock_that_is_a_little_off_widens_the_range(jitter: float) -> None:
    uniform = random.Random(1).uniform
    exact = responses(250.0, 25.0, decided_at=0.5, pace=750.0, seconds=0.4)
    blurred = [(sent + uniform(-jitter, 0), at + uniform(0, jitter), accepted) for sent, at, accepted in exact]
    drain, known = drain_of(blurred), drain_of(exact)
    assert drain is not None and known is not None
    assert drain.error > known.error
    assert drain.low <= 250.0 <= drain.high


def test_a_slow_server_is_only_bounded() -> None:
    drain = drain_of(responses(5.0, 5.0, decided_at=0.5, pace=100.0, seconds=0.3))
    assert drain is not None
    assert drain.error > 0.25
    assert drain.low <= 5.0 <= drain.high


def test_decisions_at_one_moment_say_how_large_the_burst_is_and_nothing_of_the_rate() -> None:
    drain = drain_of([(0.0, 0.02 + number / 1000, number % 5 != 0) for number in range(40)])
    assert drain is not None
    assert drain.error == float("inf")
    assert drain.before.burst(100.0) == pytest.approx(32, abs=0.2)


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_refusals_at_random_are_not_taken_for_a_rate_far_below_the_pace(share: float) -> None:
    for seed in range(20):
        chance = random.Random(seed)
        sent = [(number / 500, chance.uniform(0.02, 0.2)) for number in range(100)]
        drain = drain_of([(at, at + latency, chance.random() >= share) for at, latency in sent])
        assert drain is None or drain.error > 0.25 or drain.rate > 400, seed


def test_few_refusals_say_nothing() -> None:
    answers = [(number / 100, number / 100 + 0.1, number != 7) for number in range(20)]
    assert drain_of(answers) is None
