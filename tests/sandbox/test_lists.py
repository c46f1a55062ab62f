"""Lists write numbers in the form that was asked for, and hold no more items than they may."""

from __future__ import annotations

from typing import Any

import pytest

from aiovonage.sandbox import Sandbox
from tests.sandbox.asking import CAMPAIGN, ENGAGED, NUMBER, NUMBERS, asked

FORMS = [
    ("plain", "12025550101", "12025550101"),
    ("plus", "+12025550101", "+12025550101"),
    ("spaces", "1 202 555 0101", "1 202 555 0101"),
    ("int", 12025550101, 12025550101),
    ("object", {"number": "12025550101"}, "12025550101"),
]


@pytest.mark.parametrize(("form", "bare", "member"), FORMS)
async def test_numbers_are_written_in_the_form_that_was_asked_for(form: Any, bare: Any, member: Any) -> None:
    async with asked(number_format=form) as api:
        await api.link()
        await api.client.post(ENGAGED, json={"numbers": [NUMBER]})
        assert (await api.client.get(ENGAGED)).json()["_embedded"]["numbers"] == [bare]
        (linked,) = (await api.client.get(NUMBERS)).json()["_embedded"]["numbers"]
        assert linked["number"] == member
        assert (await api.get()).json()["number"] == NUMBER


async def test_a_page_holds_no_more_than_the_limit() -> None:
    async with asked(max_page_size=3) as api:
        for index in range(8):
            api.sandbox.state.link(str(12025550000 + index), CAMPAIGN)
        for given in ({}, {"page_size": 100}):
            page = (await api.client.get(NUMBERS, params=given)).json()
            assert (page["page_size"], page["total_pages"], page["total_items"]) == (3, 3, 8)
            assert len(page["_embedded"]["numbers"]) == 3
        page = (await api.client.get(NUMBERS, params={"page_size": 2, "page": 4})).json()
        assert (page["page_size"], len(page["_embedded"]["numbers"])) == (2, 2)


async def test_a_larger_page_is_an_error_where_that_was_asked_for() -> None:
    async with asked(max_page_size=3, page_size_error=True) as api:
        answer = await api.client.get(NUMBERS, params={"page_size": 4})
        assert answer.status_code == 400
        assert [wrong["field"] for wrong in answer.json()["invalid_parameters"]] == ["page_size"]
        assert (await api.client.get(NUMBERS, params={"page_size": 3})).status_code == 200
        assert (await api.client.get(NUMBERS)).status_code == 200


async def test_applications_are_listed_with_links_between_their_pages() -> None:
    async with asked() as api:
        for index in range(3):
            keys = {"public_key": "-----BEGIN PUBLIC KEY-----"}
            await api.client.post("/v2/applications", json={"name": str(index), "keys": keys})
        pages = [
            (await api.client.get("/v2/applications", params={"page_size": 1, "page": n})).json() for n in (1, 2, 3)
        ]
        assert [sorted(page["_links"]) for page in pages] == [
            ["first", "last", "next", "self"],
            ["first", "last", "next", "prev", "self"],
            ["first", "last", "prev", "self"],
        ]
        assert pages[0]["_links"]["next"]["href"].endswith("/v2/applications?page=2&page_size=1")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            {"number_format": "pluss"},
            r"Sandbox\.number_format: 'pluss' is not known\. Did you mean 'plus'\?",
        ),
        ({"max_page_size": 0}, r"Sandbox\.max_page_size must be a whole number from 1, or None, not 0"),
        ({"max_page_size": 1.5}, r"Sandbox\.max_page_size"),
        ({"page_size_error": True}, r"Sandbox\.page_size_error needs max_page_size"),
        ({"carriers": {"delay": 1}}, r"carriers"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        Sandbox(**wrong)
