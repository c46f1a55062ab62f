"""What leaves before the first 429."""

from __future__ import annotations

import asyncio

from aiovonage import Throttle
from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.initial_window import REMEMBERED, InitialWindow


def leaves(controller: RateController, now: float) -> int:
    """Send whatever may leave at a moment."""
    count = 0
    while controller.try_send(now):
        count += 1
    return count


def test_32_requests_leave_before_the_first_answer() -> None:
    controller = RateController()
    assert leaves(controller, 5.0) == 32


def test_each_answer_lets_more_than_one_leave() -> None:
    controller = RateController()
    leaves(controller, 5.0)
    for _ in range(10):
        controller.on_accepted(5.0, 5.1)
    assert leaves(controller, 5.1) == 15


def test_requests_that_get_no_answer_count_as_lost_after_a_second() -> None:
    controller = RateController()
    leaves(controller, 5.0)
    assert controller.next_send(5.5) == 6.0
    assert not controller.try_send(5.9)
    assert leaves(controller, 6.0) == 32


def test_a_request_that_is_not_sent_leaves_its_place_to_another() -> None:
    controller = RateController()
    leaves(controller, 5.0)
    controller.give_back()
    assert leaves(controller, 5.0) == 1


def test_a_given_rate_has_no_window() -> None:
    controller = RateController.for_rate(1000.0)
    assert sum(leaves(controller, 5.0 + number / 1000) for number in range(100)) >= 100


async def test_a_waiting_task_passes_as_soon_as_an_answer_comes() -> None:
    queue = Throttle().queue("account", "https://host", None)
    sent = [queue.try_acquire() for _ in range(32)]
    assert all(sent)
    assert not queue.try_acquire()
    waiting = asyncio.ensure_future(queue.acquire())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.accepted(sent[0])
    await asyncio.sleep(0)
    assert waiting.done()


async def test_a_request_that_must_not_wait_does_not_wait_for_answers() -> None:
    queue = Throttle(max_wait=0.0).queue("account", "https://host", None)
    assert all(queue.try_acquire() for _ in range(1000))


def test_without_a_refusal_there_is_no_drain() -> None:
    window = InitialWindow()
    window.on_answer(1.0, 1.1, accepted=True)
    assert window.drain() is None


def test_memory_is_bounded_and_the_burst_is_not_guessed_from_a_part() -> None:
    window = InitialWindow()
    for number in range(3 * REMEMBERED):
        window.on_answer(number / 1000, number / 1000, accepted=True)
    for number in range(10):
        window.on_answer(13.0, 13.0 + number / 100, accepted=number % 2 == 0)
    drain = window.drain()
    assert drain is not None
    assert drain.before.windows == []
    assert len(window._responses) < REMEMBERED
