"""What belongs to one event loop of one process."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import threading

import pytest

from aiovonage._core.event_loop.loop_local import Home, LoopLocal


def test_a_loop_keeps_its_value_and_the_next_one_gets_another() -> None:
    local = LoopLocal[list[int]](list)

    async def twice() -> list[int]:
        assert local.get() is local.get()
        return local.get()

    assert asyncio.run(twice()) is not asyncio.run(twice())


def test_the_values_of_closed_loops_are_abandoned_once_and_not_kept() -> None:
    abandoned: list[tuple[Home, list[int]]] = []
    local = LoopLocal[list[int]](list, lambda value, home: abandoned.append((home, value)))

    async def get() -> list[int]:
        return local.get()

    values = [asyncio.run(get()) for _ in range(5)]
    assert [value for _, value in abandoned] == values[:4]
    assert all(home.loop.is_closed() for home, _ in abandoned)
    assert local.items() == []
    assert len(abandoned) == 5


def test_a_loop_that_has_stopped_and_runs_again_keeps_its_value() -> None:
    local = LoopLocal[list[int]](list)

    async def get() -> list[int]:
        return local.get()

    with asyncio.Runner() as runner:
        assert runner.run(get()) is runner.run(get())


def test_loops_that_run_at_once_in_threads_have_values_of_their_own() -> None:
    local, seen, together = LoopLocal[list[int]](list), list[list[int]](), threading.Barrier(8)

    async def get() -> None:
        value = local.get()
        for number in range(1000):
            value.append(number)
            assert local.get() is value
            if number % 100 == 0:
                await asyncio.sleep(0)
        seen.append(value)
        await asyncio.to_thread(together.wait, 60)  # no loop ends before all have begun

    threads = [threading.Thread(target=lambda: asyncio.run(get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({id(value) for value in seen}) == 8
    assert all(value == list(range(1000)) for value in seen)


def test_outside_a_loop_there_is_no_value() -> None:
    with pytest.raises(RuntimeError):
        LoopLocal(list).get()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_does_not_get_the_value_of_its_parent() -> None:
    abandoned: list[list[int]] = []
    local = LoopLocal[list[int]](list, lambda value, _: abandoned.append(value))
    fork = multiprocessing.get_context("fork")
    told: multiprocessing.SimpleQueue[object] = fork.SimpleQueue()

    async def get() -> list[int]:
        return local.get()

    with asyncio.Runner() as runner:
        runner.run(get()).append(1)

        def child() -> None:
            asyncio.set_event_loop(None)
            told.put((asyncio.run(get()), abandoned))

        process = fork.Process(target=child)
        process.start()
        process.join(60)
        assert told.get() == ([], [[1]])
        assert runner.run(get()) == [1]
        assert abandoned == []
