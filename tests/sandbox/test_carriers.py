"""The carriers: they decide later, on their own clock, and each reader sees the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from aiovonage.sandbox import Carriers
from tests.sandbox.asking import CAMPAIGN, NUMBER, asked, code
from tests.virtual_time import in_virtual_time

MANY = [str(12025550000 + index) for index in range(400)]


async def test_without_carriers_a_link_is_promised_first_and_approved_at_the_next_look() -> None:
    async with asked() as api:
        answer = await api.link()
        assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")
        assert await api.listed() == {NUMBER: "APPROVED"}
        assert (await api.get()).json()["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("words", "pending", "approved"), [("document", "PENDING", "APPROVED"), ("live", "LINKING", "LINKED")]
)
async def test_a_link_is_undecided_until_its_time_has_come(words: Any, pending: str, approved: str) -> None:
    async with asked(carriers=Carriers(delay=5, words=words)) as api:
        assert (await api.link()).json()["status"] == pending
        for at, status in ((1000.0, pending), (1004.9, pending), (1005.0, approved), (9999.0, approved)):
            api.clock.at = at
            assert (await api.get()).json()["status"] == status
            assert await api.listed() == {NUMBER: status}
            assert (await api.state())["number_status"][CAMPAIGN] == {NUMBER: status}


@in_virtual_time
async def test_they_approve_reject_or_never_answer_in_the_shares_that_were_asked_for() -> None:
    async with asked(carriers=Carriers(delay=(1, 10), reject=0.25, never=0.25, seed=3)) as api:
        for number in MANY:
            await api.link(number)
        assert Counter((await api.listed()).values()) == {"PENDING": 400}
        api.clock.at += 5
        undecided = Counter((await api.listed()).values())["PENDING"]
        assert 200 < undecided < 350
        api.clock.at += 1e9
        counted = Counter((await api.listed()).values())
        assert set(counted) == {"PENDING", "APPROVED", "REJECTED"}
        assert 60 < counted["PENDING"] < 140
        assert 60 < counted["REJECTED"] < 140


@in_virtual_time
async def test_the_decision_on_a_number_depends_on_the_seed_and_not_on_the_order() -> None:
    async def decided(numbers: list[str], seed: int) -> dict[str, str]:
        async with asked(carriers=Carriers(delay=(0, 1), reject=0.5, seed=seed)) as api:
            for number in numbers:
                await api.link(number)
            api.clock.at += 2
            return await api.listed()

    numbers = MANY[:60]
    assert await decided(numbers, 1) == await decided(numbers[::-1], 1)
    assert await decided(numbers, 1) != await decided(numbers, 2)


async def test_a_rejected_number_stays_until_it_is_unlinked_and_may_then_be_decided_anew() -> None:
    async with asked(carriers=Carriers(reject=0.5, seed=1)) as api:
        seen = set()
        for _ in range(12):
            await api.link()
            seen.add((await api.get()).json()["status"])
            assert code(await api.link()) == "number-already-linked"
            assert (await api.unlink()).status_code == 204
            assert (await api.get()).status_code == 404
        assert seen == {"APPROVED", "REJECTED"}


async def test_a_status_that_a_test_sets_wins() -> None:
    async with asked(carriers=Carriers(delay=5)) as api:
        await api.link()
        api.sandbox.state.numbers[NUMBER].status = "REJECTED"
        assert await api.listed() == {NUMBER: "REJECTED"}
        api.clock.at += 10
        assert (await api.get()).json()["status"] == "REJECTED"


async def test_a_number_that_a_test_links_is_decided_and_shows_at_once() -> None:
    async with asked(carriers=Carriers(delay=5, reject=1.0), visible_after=5) as api:
        api.sandbox.state.link(NUMBER, CAMPAIGN)
        api.sandbox.state.link("12025550102", CAMPAIGN, status="UNKNOWN")
        assert await api.listed() == {NUMBER: "APPROVED", "12025550102": "UNKNOWN"}


async def test_unlinking_takes_a_while_and_keeps_the_number_until_then() -> None:
    async with asked(carriers=Carriers(unlink_delay=4)) as api:
        api.sandbox.state.add_campaign("C2")
        await api.link()
        assert (await api.unlink()).status_code == 204
        assert (await api.unlink()).status_code == 204  # it is on its way
        api.clock.at += 3.9
        assert (await api.get()).json()["status"] == "UNLINKING"
        assert await api.listed() == {NUMBER: "UNLINKING"}
        assert code(await api.link(campaign="C2")) == "number-already-linked"
        api.clock.at += 0.1
        assert (await api.get()).status_code == 404
        assert await api.listed() == {}
        assert list(api.sandbox.state.numbers) == []
        assert (await api.link(campaign="C2")).status_code == 202
        api.clock.at += 100  # what was to be unlinked then is linked anew
        assert await api.listed("C2") == {NUMBER: "APPROVED"}


async def test_a_number_that_is_linked_again_is_not_unlinked_by_what_was_before() -> None:
    async with asked(carriers=Carriers(unlink_delay=4)) as api:
        await api.link()
        await api.unlink()
        api.sandbox.state.link(NUMBER, CAMPAIGN)
        api.clock.at += 5
        assert await api.listed() == {NUMBER: "APPROVED"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"delay": -1}, r"Carriers\.delay must be seconds, or \(least, most\) seconds, not -1"),
        ({"delay": (2, 1)}, r"Carriers\.delay"),
        ({"delay": "soon"}, r"Carriers\.delay"),
        ({"delay": float("nan")}, r"Carriers\.delay"),
        ({"unlink_delay": (1, 2, 3)}, r"Carriers\.unlink_delay"),
        ({"reject": 1.5}, r"Carriers\.reject must be a share from 0 to 1, not 1\.5"),
        ({"never": -0.1}, r"Carriers\.never"),
        ({"reject": 0.6, "never": 0.6}, r"Carriers\.reject and Carriers\.never must not exceed 1 together"),
        ({"words": "liv"}, r"Carriers\.words: 'liv' is not known\. Did you mean 'live'\? Known: document, live"),
    ],
)
def test_carriers_that_make_no_sense_are_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Carriers(**wrong)
