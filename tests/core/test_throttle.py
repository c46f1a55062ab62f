"""The queue that all tasks of an account pass through."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiovonage import ConfigurationError, RateLimited, Throttle, ThrottleEvent, ThrottleTimeout, Vonage
from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.queue import RequestQueue
from aiovonage._core.throttle.throttle import MOST_IDLE
from tests.core.answers import Answer, Answers, an_operation
from tests.virtual_time import in_virtual_time


class Slots(RateController):
    """Lets through exactly as many as it is told."""

    def __init__(self, free: int = 0) -> None:
        super().__init__()
        self.free = free
        self.given_back = 0

    def next_send(self, now: float) -> float:
        """Soon, so that waiters look again."""
        return now + 0.001

    def try_send(self, now: float) -> bool:
        """Take one of the free ones."""
        if self.free == 0:
            return False
        self.free -= 1
        return True

    def give_back(self) -> None:
        """Somebody did not go."""
        self.given_back += 1
        self.free += 1


async def waiting(queue: RequestQueue, count: int) -> None:
    """Until so many wait."""
    while queue.snapshot().waiting != count:  # noqa: ASYNC110 - the queue tells nobody
        await asyncio.sleep(0)


async def passing(queue: RequestQueue, name: int, passed: list[int]) -> None:
    """Wait for a place, and say so."""
    await queue.acquire()
    passed.append(name)


def start(queue: RequestQueue, count: int) -> tuple[list[asyncio.Task[None]], list[int]]:
    """Tasks that want to pass, and the list that they enter when they have."""
    passed: list[int] = []
    return [asyncio.create_task(passing(queue, name, passed)) for name in range(count)], passed


async def test_tasks_pass_in_the_order_of_their_arrival() -> None:
    slots = Slots()
    queue = RequestQueue("host", slots, None)
    tasks, passed = start(queue, 5)
    await waiting(queue, 5)
    slots.free = 2
    await waiting(queue, 3)
    await asyncio.sleep(0)
    assert passed == [0, 1]
    slots.free = 3
    await asyncio.gather(*tasks)
    assert passed == [0, 1, 2, 3, 4]


async def test_nobody_overtakes_those_who_wait() -> None:
    slots = Slots()
    queue = RequestQueue("host", slots, None)
    (task,), _ = start(queue, 1)
    await waiting(queue, 1)
    slots.free = 1
    assert not queue.try_acquire()
    await task


async def test_who_is_cancelled_while_waiting_takes_no_place() -> None:
    slots = Slots()
    queue = RequestQueue("host", slots, None)
    tasks, passed = start(queue, 3)
    await waiting(queue, 3)
    tasks[1].cancel()
    await waiting(queue, 2)
    slots.free = 2
    await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [0, 2]
    assert slots.given_back == 0


async def test_who_is_cancelled_with_a_place_gives_it_to_the_next() -> None:
    slots = Slots()
    queue = RequestQueue("host", slots, None)
    tasks, passed = start(queue, 2)
    await waiting(queue, 2)
    slots.free = 1
    queue.look_again()  # the first has its place, and has not run yet
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [1]
    assert slots.given_back == 1


async def test_waiting_has_an_end() -> None:
    queue = RequestQueue("host", Slots(), 0.01)
    with pytest.raises(ThrottleTimeout, match=r"not sent.* longer than max_wait=0\.01 s") as raised:
        await queue.acquire()
    assert raised.value.retry_after is not None
    assert queue.snapshot().waiting == 0


async def test_who_may_not_wait_at_all_passes_an_open_gate() -> None:
    slots = Slots(1)
    queue = RequestQueue("host", slots, 0.0)
    assert await queue.acquire()
    with pytest.raises(ThrottleTimeout):
        await queue.acquire()


def test_a_throttle_outlives_the_event_loop_in_which_somebody_waited() -> None:
    slots = Slots()
    queue = RequestQueue("host", slots, None)

    async def give_up() -> None:
        tasks, _ = start(queue, 1)
        await waiting(queue, 1)
        tasks[0].cancel()

    async def pass_later() -> None:
        tasks, passed = start(queue, 1)
        await waiting(queue, 1)
        slots.free = 1
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
        assert [queue.rate for queue in throttle.snapshot()] == [expected]


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


# Waiting that has no end ---------------------------------------------------------------------------------------------


async def test_a_request_that_would_wait_too_long_is_refused_at_once() -> None:
    answers = Answers(Answer(429, {}, {"Retry-After": "100"}))
    async with answers.client(throttle=Throttle(max_wait=60), max_retries=0) as vonage:
        with pytest.raises(RateLimited):
            await vonage.ten_dlc.get_brand("B1")
        async with asyncio.timeout(5):
            with pytest.raises(ThrottleTimeout) as raised:
                await vonage.ten_dlc.get_brand("B1")
    assert raised.value.operation == "ten_dlc.get_brand"
    assert raised.value.retry_after == pytest.approx(100, abs=5)
    assert "ten_dlc.get_brand was not sent: the throttle would hold it for" in str(raised.value)
    assert len(answers.requests) == 1


async def test_those_who_wait_are_refused_when_the_gate_closes_for_too_long() -> None:
    queue = RequestQueue("host", RateController.for_rate(1.0), 60.0)
    sent_at = await queue.acquire()
    waiter = asyncio.create_task(queue.acquire("ten_dlc.get_brand"))
    await waiting(queue, 1)
    queue.throttled(sent_at, 100.0)
    async with asyncio.timeout(5):
        with pytest.raises(ThrottleTimeout, match=r"ten_dlc\.get_brand was not sent"):
            await waiter
    assert queue.snapshot().waiting == 0


async def test_who_comes_last_in_a_line_that_is_too_long_is_refused_at_once() -> None:
    queue = RequestQueue("host", RateController.for_rate(2.0), 1.9)
    await queue.acquire()
    tasks, _ = start(queue, 3)  # after 0.5, 1.0 and 1.5 seconds
    await waiting(queue, 3)
    with pytest.raises(ThrottleTimeout) as raised:
        await queue.acquire()
    assert raised.value.retry_after == pytest.approx(2.0, abs=0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_refusal_says_how_long_to_wait_so_that_nobody_comes_again_at_once() -> None:
    queue = RequestQueue("host", RateController(), 0.0)
    queue.throttled(await queue.acquire(), 2.0)
    waits = []
    for _ in range(3):
        with pytest.raises(ThrottleTimeout) as raised:
            await queue.acquire()
        waits.append(raised.value.retry_after)
    assert all(wait is not None and 0.5 < wait <= 2.0 for wait in waits)


# Event loops, threads, forks -----------------------------------------------------------------------------------------


def test_waiters_of_a_loop_that_was_closed_hold_nobody_up() -> None:
    queue = RequestQueue("host", RateController(), None)

    async def leave_waiting() -> list[asyncio.Task[None]]:
        queue.throttled(await queue.acquire(), 0.3)
        tasks, _ = start(queue, 3)
        await waiting(queue, 3)
        return tasks

    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(leave_waiting())
    loop.close()

    async def come_later() -> None:
        async with asyncio.timeout(5):
            await queue.acquire()
        assert queue.snapshot().waiting == 0

    asyncio.run(come_later())
    for task in tasks:
        task.get_coro().close()
        task._log_destroy_pending = False  # type: ignore[attr-defined]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
async def test_a_child_of_a_fork_does_not_wait_for_its_parents_waiters() -> None:
    queue = RequestQueue("host", RateController(), None)
    queue.throttled(await queue.acquire(), 0.3)
    tasks, _ = start(queue, 3)
    await waiting(queue, 3)
    child = os.fork()
    if not child:
        code = 1
        with suppress(BaseException):
            asyncio._set_running_loop(None)
            asyncio.run(asyncio.wait_for(queue.acquire(), 10))
            code = 0
        os._exit(code)
    await asyncio.gather(*tasks)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


async def test_loops_in_several_threads_share_a_lane() -> None:
    queue = RequestQueue("host", RateController.for_rate(200.0), None)

    async def take(count: int) -> list[float]:
        return [await queue.acquire() for _ in range(count)]

    taken = await asyncio.gather(*(asyncio.to_thread(asyncio.run, take(20)) for _ in range(4)))
    moments = sorted(chain.from_iterable(taken))
    assert len(moments) == 80
    assert moments[-1] - moments[0] >= 79 / 200 - 0.06


# Lanes ---------------------------------------------------------------------------------------------------------------


async def test_lanes_of_accounts_that_are_idle_are_dropped() -> None:
    throttle = Throttle()
    for number in range(200):
        async with Answers().client(api_key=f"k{number}", api_secret="s", throttle=throttle) as vonage:
            await vonage.ten_dlc.get_brand("B1")
    assert len(throttle.snapshot()) <= MOST_IDLE + 1


async def test_a_lane_that_has_met_a_429_is_kept() -> None:
    throttle = Throttle(max_wait=0)
    async with Answers(Answer(429, {"retry_after": 60})).client(throttle=throttle, max_retries=0) as vonage:
        with pytest.raises(RateLimited):
            await vonage.ten_dlc.get_brand("B1")
    for number in range(200):
        throttle.queue(f"account-{number}", "host", None)
    async with Answers().client(throttle=throttle) as vonage:
        with pytest.raises(ThrottleTimeout):
            await vonage.ten_dlc.get_brand("B1")


async def test_a_snapshot_says_which_account_and_what_is_being_done() -> None:
    async with Answers(Answer(429, {"retry_after": 0})).client(throttle=Throttle(), max_retries=0) as vonage:
        with pytest.raises(RateLimited):
            await vonage.ten_dlc.get_brand("B1")
        (snapshot,) = vonage.throttle.snapshot()
    assert (snapshot.host, snapshot.operation, snapshot.phase) == ("https://api-eu.vonage.com", None, "slow_start")
    assert snapshot.account


@pytest.mark.parametrize("rate", ["40", True, float("inf"), -0.0])
def test_a_rate_that_is_not_a_positive_number_is_refused(rate: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"rate must be a positive number of requests a second.*{rate!r}"):
        Throttle(rate)


class Rates(Slots):
    """Has found the rate that it is told."""

    rate: float | None = None

    @property
    def found_rate(self) -> float | None:
        """The rate."""
        return self.rate


async def test_a_found_rate_is_logged_when_it_is_found_and_when_it_changes_by_a_fifth(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "aiovonage.throttle")
    rates = Rates()
    queue = RequestQueue("https://host", rates, None)
    for rates.rate in (None, 30.0, 33.0, 35.0, 36.5, 40.0, 18.0, 18.0):
        queue.look_again()
    assert [record.getMessage() for record in caplog.records] == [
        "https://host permits about 30 requests a second",
        "https://host permits about 36.5 requests a second, not 30 as before",
        "https://host permits about 18 requests a second, not 36.5 as before",
    ]


async def test_a_given_rate_is_not_logged_as_found(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiovonage.throttle")
    queue = RequestQueue("https://host", RateController.for_rate(30.0), None)
    queue.throttled(await queue.acquire(), 0.01)
    assert [record.getMessage() for record in caplog.records if "permits" in record.getMessage()] == []
    assert queue.snapshot().found_rate == 30.0


# An operation with a quota of its own --------------------------------------------------------------------------------


async def exhaust(vonage: Vonage, times: int) -> None:
    """Call an operation whose quota is used up, between calls of one that is not limited."""
    for _ in range(times):
        for _ in range(4):
            await vonage.ten_dlc.get_brand("B1")
        with pytest.raises(RateLimited):
            await vonage.ten_dlc.get_brand_feedback("B1")


def answer_by_quota(request: httpx.Request) -> httpx.Response:
    """One operation is always refused, and all others are answered."""
    refused = request.url.path.endswith("/feedback")
    return httpx.Response(429, json={"retry_after": 0.01}) if refused else httpx.Response(200, json={"brand_id": "B1"})


@in_virtual_time
async def test_a_quota_of_one_operation_does_not_hold_back_the_others(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiovonage.throttle")
    events: list[ThrottleEvent] = []
    async with Vonage(
        api_key="k",
        api_secret="s",
        transport=httpx.MockTransport(answer_by_quota),
        max_retries=0,
        on_throttle=events.append,
    ) as vonage:
        while len(vonage.throttle.snapshot()) < 2:
            async with asyncio.timeout(60):
                await exhaust(vonage, 1)
        host, own = vonage.throttle.snapshot()
        assert (host.operation, host.phase, host.rate, host.closed_for) == (None, "free", None, 0.0)
        assert own.operation == "ten_dlc.get_brand_feedback"
        assert events[-1].operation == "ten_dlc.get_brand_feedback"
        # From here on, the others are not held back at all.
        await exhaust(vonage, 3)
        assert vonage.throttle.snapshot()[0].phase == "free"
    assert "the 429s are about ten_dlc.get_brand_feedback alone, which has a quota of its own" in caplog.text


async def test_an_operation_with_a_quota_of_its_own_keeps_to_the_hosts_rate_as_well() -> None:
    queue = Throttle(20).queue("account", "host", None)
    queue._set_apart("a")
    moments = [await queue.acquire("a" if number % 2 else "b") for number in range(10)]
    assert moments[-1] - moments[0] >= 9 / 20 - 0.06


async def test_who_is_cancelled_between_the_quota_and_the_host_gives_the_quotas_place_back() -> None:
    queue = Throttle(1).queue("account", "host", None)
    own = queue._set_apart("a")
    await queue.acquire("b")
    task = asyncio.create_task(queue.acquire("a"))
    await waiting(queue, 1)
    own._controller = own._lines.controller = slots = Slots()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert slots.given_back == 1


async def test_what_one_process_found_out_about_an_operation_all_know(tmp_path: Path) -> None:
    queues = [Throttle(shared_in=tmp_path).queue("account", "host", None) for _ in range(2)]
    for queue in queues:
        await queue.acquire()
    queues[0]._set_apart("a")
    async with asyncio.timeout(20):
        while len(queues[1].snapshots()) == 1:
            queues[1].accepted(await queues[1].acquire("b"), "b")
            await asyncio.sleep(0.02)
    assert [snapshot.operation for snapshot in queues[1].snapshots()] == [None, "a"]
