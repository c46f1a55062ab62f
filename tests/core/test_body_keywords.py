"""A body can be given as a model, or as its members."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aiovonage import InvalidValue, UnknownValueWarning, Vonage, decode
from aiovonage._core.operation import Operation
from aiovonage.api.operations import OPERATIONS
from aiovonage.api.ten_dlc import CreateCampaign, CreatePublicCompanyBrand, LinkNumber
from tests.core.answers import Answers
from tests.core.test_unknown_values import BRAND, CAMPAIGN
from tests.specs import cases

CASES = {case.id: case for case in cases()}
WITH_BODY = [operation for operation in OPERATIONS.values() if operation.body]
ANYWHERE: dict[str, Any] = {"api_key": "k", "api_secret": "s", "application_id": "a"}


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.id)
@pytest.mark.filterwarnings("ignore::aiovonage.UnknownValueWarning")  # two examples have placeholders
async def test_members_are_sent_as_the_body_is(operation: Operation[Any], private_key: str) -> None:
    async def sent(*arguments: Any, **members: Any) -> bytes:
        answers = Answers()
        async with answers.client(**ANYWHERE, private_key=private_key) as vonage:
            method = getattr(getattr(vonage, operation.namespace), operation.name)
            try:
                await method(*["x" for p in operation.path_parameters if p.required], *arguments, **members)
            except Exception:
                assert answers.requests, operation.id  # the answer is of no interest here
                return answers.requests[0].content
        return answers.requests[0].content

    for _, example in CASES[operation.id].request_examples():
        body = decode(CASES[operation.id].body_type, example)
        members = {a.name: getattr(body, a.name) for a in attrs.fields(type(body)) if a.name != "extra"}
        given = {name: value for name, value in members.items() if value is not None}
        required = {a.name for a in attrs.fields(type(body)) if a.default is attrs.NOTHING}
        contradicts = operation.id == "ten_dlc.create_brand" and not isinstance(body, CreatePublicCompanyBrand)
        if required <= given.keys() and not contradicts:  # some examples of the documents are not whole
            assert await sent(**given) == await sent(body)


def test_every_body_that_is_an_object_can_be_given_by_its_members() -> None:
    assert {operation.id for operation in WITH_BODY} == {c.id for c in CASES.values() if "requestBody" in c.operation}


async def test_the_kind_of_a_brand_decides_on_its_model() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        await vonage.ten_dlc.create_brand(entity_type="NON_PROFIT", vertical="NGO", **BRAND)
        with pytest.raises(TypeError, match=r"CreatePublicCompanyBrand.*stock_symbol"):
            await vonage.ten_dlc.create_brand(entity_type="PUBLIC_PROFIT", vertical="RETAIL", **BRAND)
        with pytest.warns(UnknownValueWarning, match="GOVERNMENT"):
            await vonage.ten_dlc.create_brand(entity_type="GOVERNMENT", **BRAND)
        with pytest.raises(InvalidValue, match="entity_type must be one of NON_PROFIT, PRIVATE_PROFIT"):
            await vonage.ten_dlc.create_brand(**BRAND)
    assert [b'"entity_type":"NON_PROFIT"' in r.content for r in answers.requests] == [True, False]
    assert b'"entity_type":"GOVERNMENT"' in answers.requests[1].content


async def test_members_that_the_spec_does_not_know_go_into_extra() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        await vonage.ten_dlc.link_number("B", "C", country="US", number="12025550101", extra={"pool": "p"})
    assert answers.requests[0].content == b'{"pool":"p","country":"US","number":"12025550101"}'


@pytest.mark.parametrize("body", ["12025550101", 5, ["12025550101"], CreateCampaign(usecase="MIXED", **CAMPAIGN)])
async def test_what_is_no_body_is_refused_before_anything_is_sent(body: Any) -> None:
    answers = Answers()
    async with answers.client() as vonage:
        with pytest.raises(InvalidValue, match=r"ten_dlc\.link_number\.body must be LinkNumber"):
            await vonage.ten_dlc.link_number("B", "C", body)
    assert not answers.requests


async def test_a_call_with_both_or_with_neither_says_what_is_wrong() -> None:
    link = LinkNumber(country="US", number="12025550101")
    async with Vonage(api_key="k", api_secret="s") as vonage:
        with pytest.raises(TypeError, match="not both"):
            await vonage.ten_dlc.link_number("B", "C", link, country="US", number="12025550101")  # type: ignore[call-overload]
        with pytest.raises(TypeError, match=r"needs a body: LinkNumber\(\.\.\.\), or its members"):
            await vonage.ten_dlc.link_number("B", "C")  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="numbers"):
            await vonage.ten_dlc.link_number("B", "C", country="US", numbers="12025550101")  # type: ignore[call-overload]
        with pytest.raises(InvalidValue, match="at least 7 characters"):
            await vonage.ten_dlc.link_number("B", "C", country="US", number="1")
