"""What a 429 says of a token bucket."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aiovonage._core.throttle.estimator import AcceptedLog, Evidence, common_burst, relative_error
from aiovonage._core.throttle.server_model import ServerModel
from aiovonage._core.throttle.tuning import TUNING

rates = st.floats(0.5, 2000)
bursts = st.floats(1, 4000)
windows = st.lists(st.tuples(st.floats(0.01, 1000), st.integers(0, 100_000)), min_size=1, max_size=20)
evidences = st.builds(Evidence, windows, st.none() | st.tuples(st.floats(0.01, 1000), st.integers(0, 100_000)))


def at_the_limit(rate: float, burst: float, seconds: float) -> Evidence:
    """All that a bucket permits in a window that it began full and ended empty."""
    return Evidence([(seconds, round(burst + rate * seconds))], None)


@given(rates, bursts, st.floats(1, 20), st.floats(2, 30))
def test_two_429s_give_rate_and_burst(rate: float, burst: float, seconds: float, factor: float) -> None:
    assume(rate * seconds * (factor - 1) > 50)  # or the counts, which are whole, say little
    assume(burst > 0.2 * rate * seconds + 20)
    short, long = at_the_limit(rate, burst, seconds), at_the_limit(rate, burst, seconds * factor)
    found = common_burst(short, long, strict=True)
    assert found is not None
    assert found == pytest.approx(burst, rel=0.05, abs=3 + 3 / (factor - 1))
    assert long.rate(found)[0] == pytest.approx(rate, rel=0.05)


def test_windows_of_a_similar_length_do_not_tell_the_burst() -> None:
    assert common_burst(Evidence([(9.0, 230)], None), Evidence([(10.0, 250)], None), strict=True) is None


def test_tokens_left_are_what_the_bucket_would_still_hold() -> None:
    long = at_the_limit(20, 50, 10.0)
    assert long.tokens_left(20, 50) == pytest.approx(0)
    assert long.tokens_left(25, 50) == pytest.approx(50)


@given(evidences, bursts, bursts)
def test_a_larger_burst_never_explains_a_429_by_a_larger_rate(evidence: Evidence, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert evidence.rate(large)[0] <= evidence.rate(small)[0]


@given(evidences, bursts)
def test_the_rate_of_a_429_leaves_no_token(evidence: Evidence, burst: float) -> None:
    rate, seconds = evidence.rate(burst)
    if rate > 0:
        assert evidence.tokens_left(rate, burst) <= 1e-6 * (1 + rate * seconds + burst)


@given(rates, st.floats(0.1, 1000), st.floats(0.1, 1000))
def test_a_longer_window_has_a_smaller_error(rate: float, one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert relative_error(rate, long) <= relative_error(rate, short)


@given(st.lists(st.floats(0.001, 100), max_size=2000))
@settings(max_examples=20)
def test_the_log_is_bounded_and_loses_no_count(steps: list[float]) -> None:
    log, now = AcceptedLog(0.0, empty=True), 0.0
    for now in itertools.accumulate(steps):
        log.count += 1
        log.note(now)
    evidence = log.evidence(now + 1)
    assert len(evidence.windows) <= TUNING.log_size
    assert evidence.since_empty is not None
    assert evidence.since_empty[0] == pytest.approx(now + 1)
    assert evidence.since_empty[1] == len(steps)


@given(evidences, bursts, st.floats(0, 3000), st.none() | rates)
def test_one_429_lowers_the_estimate_by_half_at_most_and_keeps_it_within_bounds(
    evidence: Evidence, burst: float, planned: float, given_rate: float | None
) -> None:
    server = ServerModel() if given_rate is None else ServerModel(given_rate)
    server.rate = planned or server.rate
    found = server.learn(evidence, burst, planned)
    assert server.rate >= max(TUNING.slowest, planned / 2)
    assert found.rate <= server.given_rate
