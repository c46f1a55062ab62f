"""The gate that all tasks of an account pass through."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from aiovonage import ConfigurationError, RateLimited, Throttle
from aiovonage.core.rate_controller import RateController
from aiovonage.core.throttle import Lane
from tests.core.answers import Answer, Answers, an_operation


class Gate(RateController):
    """Lets through exactly as many as it is told."""

    def __init__(self, places: int = 0) -> None:
        super().__init__()
        self.places = places
        self.given_back = 0

    def next_send(self, now: float) -> float:
        """Soon, so that waiters look again."""
        return now + 0.001

    def try_send(self, now: float) -> bool:
        """Take one of the places."""
        if self.places == 0:
            return False
        self.places -= 1
        return True

    def give_back(self) -> None:
        """Somebody did not go."""
        self.given_back += 1
        self.places += 1


async def waiting(lane: Lane, count: int) -> None:
    """Until so many wait."""
    while lane.snapshot().waiting != count:  # noqa: ASYNC110 - the lane tells nobody
        await asyncio.sleep(0)


async def passing(lane: Lane, name: int, passed: list[int]) -> None:
    """Wait for a place, and say so."""
    await lane.acquire()
    passed.append(name)


def start(lane: Lane, count: int) -> tuple[list[asyncio.Task[None]], list[int]]:
    """Tasks that want to pass, and the list that they enter when they have."""
    passed: list[int] = []
    return [asyncio.create_task(passing(lane, name, passed)) for name in range(count)], passed


async def test_tasks_pass_in_the_order_of_their_arrival() -> None:
    gate = Gate()
    lane = Lane("host", gate, None)
    tasks, passed = start(lane, 5)
    await waiting(lane, 5)
    gate.places = 2
    await waiting(lane, 3)
    await asyncio.sleep(0)
    assert passed == [0, 1]
    gate.places = 3
    await asyncio.gather(*tasks)
    assert passed == [0, 1, 2, 3, 4]


async def test_nobody_overtakes_those_who_wait() -> None:
    gate = Gate()
    lane = Lane("host", gate, None)
    (task,), _ = start(lane, 1)
    await waiting(lane, 1)
    gate.places = 1
    assert not lane.try_acquire()
    await task


async def test_who_is_cancelled_while_waiting_takes_no_place() -> None:
    gate = Gate()
    lane = Lane("host", gate, None)
    tasks, passed = start(lane, 3)
    await waiting(lane, 3)
    tasks[1].cancel()
    await waiting(lane, 2)
    gate.places = 2
    await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [0, 2]
    assert gate.given_back == 0


async def test_who_is_cancelled_with_a_place_gives_it_to_the_next() -> None:
    gate = Gate()
    lane = Lane("host", gate, None)
    tasks, passed = start(lane, 2)
    await waiting(lane, 2)
    gate.places = 1
    lane._let_through()  # the first has its place, and has not run yet
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [1]
    assert gate.given_back == 1


async def test_waiting_has_an_end() -> None:
    lane = Lane("host", Gate(), 0.01)
    with pytest.raises(RateLimited, match=r"0\.01 seconds, and not sent") as raised:
        await lane.acquire()
    assert raised.value.retry_after is not None
    assert lane.snapshot().waiting == 0


async def test_who_may_not_wait_at_all_passes_an_open_gate() -> None:
    gate = Gate(1)
    lane = Lane("host", gate, 0.0)
    assert await lane.acquire()
    with pytest.raises(RateLimited):
        await lane.acquire()


def test_a_throttle_outlives_the_event_loop_in_which_somebody_waited() -> None:
    gate = Gate()
    lane = Lane("host", gate, None)

    async def give_up() -> None:
        tasks, _ = start(lane, 1)
        await waiting(lane, 1)
        tasks[0].cancel()

    async def pass_later() -> None:
        tasks, passed = start(lane, 1)
        await waiting(lane, 1)
        gate.places = 1
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)
        assert passed == [0]

    asyncio.run(give_up())
    asyncio.run(pass_later())


async def test_one_429_holds_every_task_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiovonage.throttle")
    answers = Answers(Answer(200), Answer(429, {"retry_after": 30}), Answer(200))
    async with answers.client() as vonage:
        await vonage.ten_dlc.get_brand("B0")
        tasks = [asyncio.create_task(vonage.ten_dlc.get_brand(f"B{number}")) for number in range(1, 6)]
        await asyncio.sleep(0)
        late = [asyncio.create_task(vonage.ten_dlc.delete_brand("late")) for _ in range(3)]
        await asyncio.sleep(0.02)
        assert not any(task.done() for task in late)
        (snapshot,) = vonage.throttle.snapshot()
        assert snapshot.host == "https://api-eu.vonage.com"
        assert 20 < snapshot.closed_for <= 30
        assert snapshot.waiting == sum(not task.done() for task in [*tasks, *late])
        assert snapshot.throttled == 1
        for task in [*tasks, *late]:
            task.cancel()
        await asyncio.gather(*tasks, *late, return_exceptions=True)
        assert vonage.throttle.snapshot()[0].waiting == 0
    assert [request.method for request in answers.requests].count("DELETE") == 0
    (line,) = [record.getMessage() for record in caplog.records]
    assert "api-eu.vonage.com answered 429: no request for 30.0 seconds" in line


async def test_max_wait_tells_when_to_come_again() -> None:
    answers = Answers(Answer(429, {}, {"Retry-After": "30"}), Answer(200))
    async with answers.client(throttle=Throttle(max_wait=0.01)) as vonage:
        with pytest.raises(RateLimited) as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert len(answers.requests) == 1
    assert raised.value.retry_after is not None
    assert 20 < raised.value.retry_after <= 30


async def test_clients_of_one_account_share_a_throttle() -> None:
    throttle = Throttle(max_wait=0.01)
    refusing, other = Answers(Answer(429, {"retry_after": 30})), Answers()
    async with refusing.client(throttle=throttle, max_retries=0) as first, other.client(throttle=throttle) as second:
        with pytest.raises(RateLimited):
            await first.ten_dlc.get_brand("B1")
        with pytest.raises(RateLimited, match="not sent"):
            await second.ten_dlc.get_brand("B1")
    assert not other.requests


@pytest.mark.parametrize("settings", [{"api_key": "other", "api_secret": "s"}, {"base_url": "https://other.example"}])
async def test_other_accounts_and_hosts_are_not_held_back(settings: dict[str, Any]) -> None:
    throttle = Throttle(max_wait=0.01)
    refusing, other = Answers(Answer(429, {"retry_after": 30})), Answers()
    async with (
        refusing.client(throttle=throttle, max_retries=0) as first,
        other.client(throttle=throttle, **settings) as second,
    ):
        with pytest.raises(RateLimited):
            await first.ten_dlc.get_brand("B1")
        await second.ten_dlc.get_brand("B1")
    assert len(other.requests) == 1
    assert len(throttle.snapshot()) == 2


async def test_a_documented_rate_is_kept_to_unless_told_otherwise() -> None:
    operation = an_operation(requests_per_second=170)
    for throttle, expected in ((Throttle(), 170), (Throttle(20), 20)):
        async with Answers().client(throttle=throttle) as vonage:
            await vonage._session.call(operation)
        assert [lane.rate for lane in throttle.snapshot()] == [expected]


async def test_without_a_rate_nothing_is_held_back_before_the_first_429() -> None:
    answers = Answers()
    async with answers.client(throttle=Throttle(max_wait=0)) as vonage:
        await asyncio.gather(*[vonage.ten_dlc.get_brand("B1") for _ in range(300)])
        (snapshot,) = vonage.throttle.snapshot()
    assert (snapshot.rate, snapshot.closed_for, snapshot.waiting, snapshot.throttled) == (None, 0, 0, 0)


@pytest.mark.parametrize("settings", [{"rate": 0}, {"rate": -1}, {"rate": float("nan")}, {"max_wait": -1}])
def test_what_is_no_rate_and_no_wait_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"rate|max_wait"):
        Throttle(**settings)
