"""A body of the wrong class is refused before anything is sent; and namespaces can be patched in tests."""

from __future__ import annotations

from typing import Any
from unittest.mock import AsyncMock, patch

import pytest

from aiovonage import InvalidValue
from aiovonage.api.ten_dlc import Brand, CreateCampaign, LinkNumber
from tests.core.answers import Answer, Answers, an_operation

A_SECRET = "12025550101-is-secret"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (A_SECRET, "str; make one with LinkNumber(country=..., number=...)"),
        ({"country": A_SECRET}, "dict; aiovonage.decode(LinkNumber, body) reads a dict that has the names on the wire"),
        (None, "None; make one with LinkNumber(country=..., number=...)"),
        (b"{}", "bytes; make one with LinkNumber(country=..., number=...)"),
        (CreateCampaign, "type; make one with LinkNumber(country=..., number=...)"),
        ([LinkNumber(country="US", number="12025550101")], "list; make one with LinkNumber(country=..., number=...)"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_body_of_the_wrong_class_is_not_sent(body: Any, message: str) -> None:
    answers = Answers()
    operation = an_operation(method="POST", body=(LinkNumber,))
    async with answers.client() as vonage:
        with pytest.raises((InvalidValue, TypeError), match="LinkNumber") as refused:
            await vonage.ten_dlc.link_number("B", "C", body)
        with pytest.raises(InvalidValue) as raised:
            await vonage._session.call(operation, body=body)
        assert not vonage.throttle.snapshot()
    assert str(raised.value) == f"things.get_thing.body must be LinkNumber, not {message}"
    assert A_SECRET not in str(refused.value)
    assert not answers.requests


async def test_where_there_are_several_classes_all_are_named() -> None:
    async with Answers().client() as vonage:
        with pytest.raises(InvalidValue, match=r"must be one of .*CreatePrivateCompanyBrand.*, not dict; make an inst"):
            await vonage.ten_dlc.create_brand({"display_name": "x"})  # type: ignore[call-overload]


async def test_a_subclass_of_the_right_class_is_sent() -> None:
    class Mine(LinkNumber):
        pass

    answers = Answers(Answer(202, {"number": "12025550101"}))
    async with answers.client() as vonage:
        await vonage.ten_dlc.link_number("B", "C", Mine(country="US", number="12025550101"))
    assert answers.requests[0].content == b'{"country":"US","number":"12025550101"}'


async def test_a_method_of_a_namespace_can_be_patched() -> None:
    answers = Answers(Answer(200, {"brand_id": "sent"}))
    async with answers.client() as vonage:
        with patch.object(vonage.ten_dlc, "get_brand", AsyncMock(return_value=Brand(brand_id="patched"))):
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "patched"
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "sent"
    assert len(answers.requests) == 1
