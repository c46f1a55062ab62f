"""Which 429s are random, and which are a limit's."""

from __future__ import annotations

from aiovonage._core.throttle.random_429s import RandomDetector
from aiovonage._core.throttle.tuning import TUNING


def pauses(detector: RandomDetector, count: int, *, accepted: int, refused: int, pace: float) -> None:
    """So many pauses of one second, each after so many accepted and refused requests."""
    for _ in range(count):
        for _ in range(refused):
            detector.on_refused()
        detector.on_pause(accepted, 1.0, pace)


def test_429s_at_any_pace_are_met_with_a_faster_one() -> None:
    detector, paces = RandomDetector(), []
    for _ in range(3):
        pauses(detector, TUNING.trial, accepted=20, refused=1, pace=5.0)
        paces.append(detector.pace)
    assert paces == [20.0, 80.0, 320.0]


def test_429s_that_a_faster_pace_makes_more_are_the_limits() -> None:
    detector = RandomDetector()
    pauses(detector, TUNING.trial, accepted=20, refused=1, pace=5.0)
    pauses(detector, TUNING.trial, accepted=20, refused=8, pace=20.0)
    assert detector.pace is None
    pauses(detector, TUNING.trial, accepted=20, refused=1, pace=5.0)
    assert detector.pace is None


def test_a_server_that_refuses_most_is_not_sent_more() -> None:
    detector = RandomDetector()
    pauses(detector, 4 * TUNING.trial, accepted=1, refused=5, pace=5.0)
    assert detector.pace is None


def test_when_random_429s_cease_the_limit_is_sought_again() -> None:
    detector = RandomDetector()
    pauses(detector, 2 * TUNING.trial, accepted=20, refused=1, pace=5.0)
    pauses(detector, 1, accepted=TUNING.many_accepted, refused=1, pace=80.0)
    assert detector.pace is None
