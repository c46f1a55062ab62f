"""What was written shows later in what is read, while rules that concern writes hold at once."""

from __future__ import annotations

from typing import Any

import pytest

from aiovonage.sandbox import Carriers, Sandbox
from tests.sandbox.asking import ENGAGED, NUMBER, Asked, asked, code


async def test_a_link_shows_later_though_a_second_one_is_a_conflict_at_once() -> None:
    async with asked(visible_after=3, carriers=Carriers(delay=1)) as api:
        assert (await api.link()).status_code == 202
        assert code(await api.link()) == "number-already-linked"
        api.clock.at += 2.9
        assert (await api.get()).status_code == 404
        assert await api.listed() == {}
        assert (await api.state())["linked"] == {"C1DEB879": [NUMBER]}
        api.clock.at += 0.1
        assert (await api.get()).json()["status"] == "APPROVED"
        assert await api.listed() == {NUMBER: "APPROVED"}


async def test_the_end_of_a_link_shows_later_too() -> None:
    async with asked(visible_after=3) as api:
        api.sandbox.state.add_campaign("C2")
        await api.link()
        api.clock.at += 3
        assert (await api.unlink()).status_code == 204
        assert (await api.unlink()).status_code == 404
        assert (await api.link(campaign="C2")).status_code == 202
        api.clock.at += 2.9
        assert await api.listed() == {NUMBER: "APPROVED"}
        assert (await api.get()).status_code == 200
        api.clock.at += 0.1
        assert await api.listed() == {}
        assert (await api.get()).status_code == 404


async def test_readers_see_each_change_in_its_order() -> None:
    async with asked(visible_after=3) as api:
        for at in range(4):  # linked at 0 and 2, unlinked at 1 and 3
            api.clock.at = 1000.0 + at
            await (api.unlink() if at % 2 else api.link())
        seen = []
        for at in range(3, 8):
            api.clock.at = 1000.5 + at
            seen.append(len(await api.listed()))
        assert seen == [1, 0, 1, 0, 0]


async def test_an_unlinking_that_takes_a_while_shows_later_still() -> None:
    async with asked(visible_after=3, carriers=Carriers(unlink_delay=4)) as api:
        await api.link()
        api.clock.at += 3
        await api.unlink()
        api.clock.at += 6.9  # nobody has looked since the number has gone
        assert await api.listed() == {NUMBER: "UNLINKING"}
        assert list(api.sandbox.state.numbers) == []
        api.clock.at += 0.1
        assert await api.listed() == {}


async def engaged(api: Asked) -> Any:
    return (await api.client.get(ENGAGED)).json()["_embedded"]["numbers"]


async def test_numbers_of_an_engagement_show_and_vanish_later() -> None:
    async with asked(visible_after=3) as api:
        assert (await api.client.post(ENGAGED, json={"numbers": [NUMBER]})).status_code == 200
        assert await engaged(api) == []
        api.clock.at += 3
        assert await engaged(api) == [NUMBER]
        assert (await api.client.request("DELETE", ENGAGED, json={"numbers": [NUMBER]})).status_code == 200
        assert await engaged(api) == [NUMBER]
        api.clock.at += 3
        assert await engaged(api) == []
        api.sandbox.state.engage(NUMBER, "C1DEB879")
        assert await engaged(api) == [NUMBER]


@pytest.mark.parametrize("wrong", [-1, float("inf"), "soon", None])
def test_a_delay_that_makes_no_sense_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"Sandbox\.visible_after must be seconds, 0 or more, not "):
        Sandbox(visible_after=wrong)
