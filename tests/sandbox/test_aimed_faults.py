"""`fail_next`: the next calls of one operation fail as told, and no others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from aiovonage.sandbox import Faults
from tests.sandbox.asking import NUMBER, asked, code

LINK = "ten_dlc.link_number"


@pytest.mark.parametrize(("fault", "done"), [("lost", [NUMBER]), ("dropped", [])])
async def test_a_cut_connection_is_cut_after_or_before_the_work(fault: str, done: list[str]) -> None:
    async with asked() as api:
        api.sandbox.fail_next(LINK, fault)
        with pytest.raises(httpx.ReadError):
            await api.link()
        assert list(api.sandbox.state.numbers) == done
        assert (await api.link("12025550102")).status_code == 202


async def test_a_429_carries_how_long_to_wait() -> None:
    async with asked() as api:
        api.sandbox.fail_next(LINK, 429, retry_after=7)
        answer = await api.link()
        assert (answer.status_code, answer.headers["retry-after"], answer.json()["retry_after"]) == (429, "7", 7)
        assert code(answer) == "throttled"
        assert api.sandbox.injected == {"throttled": 1}
        api.sandbox.fail_next(LINK, 429)
        assert "retry-after" not in (await api.link()).headers
        assert api.sandbox.state.numbers == {}


async def test_a_status_is_answered_as_the_documents_print_it() -> None:
    async with asked() as api:
        for status, name in ((409, "number-already-linked"), (422, "invalid-number-data"), (404, "not-found")):
            api.sandbox.fail_next(LINK, status)
            answer = await api.link()
            assert (answer.status_code, code(answer)) == (status, name)
        api.sandbox.fail_next(LINK, 503, retry_after=3)
        answer = await api.link()
        assert (answer.status_code, code(answer), answer.headers["retry-after"]) == (503, "service-unavailable", "3")
        assert (await api.link()).status_code == 202


async def test_an_intermediary_can_be_aimed_too() -> None:
    async with asked() as api:
        api.sandbox.fail_next("ten_dlc.get_number", "404-page")
        assert "<html>" in (await api.get()).text
        assert code(await api.get()) == "not-found"


async def test_only_the_operation_that_was_named_fails_and_as_often_as_was_said() -> None:
    async with asked() as api:
        api.sandbox.fail_next(LINK, 500, times=2)
        api.sandbox.fail_next(LINK, 503)
        assert await api.listed() == {}
        assert [(await api.link()).status_code for _ in range(4)] == [500, 500, 503, 202]


async def test_an_aimed_fault_wins_over_a_random_one_and_a_reset_forgets_it() -> None:
    async with asked(faults=Faults(error_rate=1.0)) as api:
        api.sandbox.fail_next(LINK, 418)
        assert (await api.link()).status_code == 418
        assert (await api.link()).status_code in {500, 502, 503}
        api.sandbox.fail_next(LINK, 418)
        await api.client.post("/_sandbox/reset")
        assert (await api.link()).status_code in {500, 502, 503}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ten_dlc.link_numbers", 503), r"'ten_dlc\.link_numbers' is not known\. Did you mean 'ten_dlc\.link_number'"),
        ((LINK, "loss"), r"fault: 'loss' is not known\. Did you mean 'lost'\? Known: lost, dropped, 302"),
        ((LINK, 200), r"fault: 200 is not known.*or the status of an error, from 400 to 599"),
        ((LINK, 7), r"fault: 7 is not known"),
        ((LINK, None), r"fault: None is not known"),
    ],
)
async def test_what_cannot_be_aimed_is_refused_with_the_nearest_name(arguments: tuple[Any, Any], words: str) -> None:
    async with asked() as api:
        with pytest.raises(ValueError, match=words):
            api.sandbox.fail_next(*arguments)


@pytest.mark.parametrize(("name", "value"), [("times", 0), ("retry_after", -1)])
async def test_numbers_out_of_bounds_are_refused_by_name(name: str, value: int) -> None:
    async with asked() as api:
        with pytest.raises(ValueError, match=name):
            api.sandbox.fail_next(LINK, 429, **{name: value})
