"""Models as fields of pydantic's models, and in FastAPI."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from aiovonage import NULL, decode, encode
from aiovonage._core.codec.model import Model
from aiovonage.api.applications import UpdateApplication
from aiovonage.api.ten_dlc import (
    Brand,
    BrandPage,
    CreateBrand,
    CreatePrivateCompanyBrand,
    CreateSoleProprietorBrand,
    LinkNumber,
    MnoComplaint,
)
from tests.specs import cases

BRAND = {"brand_id": "B1", "display_name": "Ada", "entity_type": "A_NEW_ONE", "added": {"since": 1}}
PRIVATE = {
    "account_id": "a",
    "entity_type": "PRIVATE_PROFIT",
    "display_name": "Ada",
    "company_name": "Ada Ltd",
    "street": "Main Street 1",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78701",
    "ein": "12",
    "phone": "+12025550101",
    "country": "US",
    "email": "a@example.com",
    "vertical": "RETAIL",
}


class Order(BaseModel):
    brand: Brand
    links: list[LinkNumber] = []
    by_name: dict[str, Brand] = {}
    create: CreateBrand | None = None


def test_a_model_is_written_as_the_client_sends_it() -> None:
    brand = decode(Brand, BRAND)
    order = Order(brand=brand, links=[LinkNumber(country="US", number="12025550101")], by_name={"a": brand})
    assert order.brand is brand
    expected = {
        "brand": BRAND,
        "links": [{"country": "US", "number": "12025550101"}],
        "by_name": {"a": BRAND},
        "create": None,
    }
    assert order.model_dump() == expected
    assert json.loads(order.model_dump_json()) == expected
    assert Order.model_validate_json(order.model_dump_json()) == order
    assert TypeAdapter(list[Brand]).dump_python([brand]) == [BRAND]


def test_a_model_is_read_from_an_object_with_the_names_on_the_wire() -> None:
    page = TypeAdapter(BrandPage).validate_python({"_embedded": {"brands": [BRAND]}, "total_pages": 1})
    assert page.embedded is not None
    assert page.embedded.brands is not None
    assert page.embedded.brands[0] == decode(Brand, BRAND)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"brand": 5}, "an object or a Brand is expected, not int"),
        ({"brand": LinkNumber(country="US", number="12025550101")}, "an object or a Brand is expected, not LinkNumber"),
        ({"brand": {"brand_id": "B"}, "links": [{"country": "US"}]}, "number"),
        (
            {"brand": {"brand_id": "B"}, "links": [{"country": "US", "number": "1"}]},
            "must have at least 7 characters, not '1'",
        ),
        ({"brand": {"brand_id": "B"}, "by_name": {"a": []}}, "an object or a Brand is expected, not list"),
    ],
)
def test_what_is_not_valid_is_a_validation_error_that_says_why(value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Order.model_validate(value)
    assert message in str(raised.value)


def test_the_branch_of_a_union_is_the_one_whose_constant_fits() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(CreateBrand)
    assert type(adapter.validate_python(PRIVATE)) is CreatePrivateCompanyBrand
    brand = CreatePrivateCompanyBrand(**PRIVATE)  # type: ignore[arg-type]
    assert adapter.dump_python(brand) == encode(brand)
    without = {name: value for name, value in PRIVATE.items() if name != "entity_type"}
    assert TypeAdapter(CreatePrivateCompanyBrand).validate_python(without).entity_type == "PRIVATE_PROFIT"
    with pytest.raises(ValidationError):
        TypeAdapter(CreateSoleProprietorBrand).validate_python(PRIVATE)


def test_dates_and_nulls_go_both_ways() -> None:
    complaint = {"created_at": "2024-01-02T03:04:05Z"}
    adapter = TypeAdapter(MnoComplaint)
    assert adapter.dump_python(adapter.validate_python(complaint)) == complaint
    update = UpdateApplication(name="Shop")
    assert not any(value is NULL for value in vars(type(update)).values())


def schemas_of(model: Any) -> dict[str, Any]:
    """Its JSON Schemas in both modes, which are the same."""
    adapter = TypeAdapter(model)
    reading, writing = adapter.json_schema(mode="validation"), adapter.json_schema(mode="serialization")
    assert reading == writing
    return reading


def test_the_json_schema_names_types_bounds_and_what_is_required() -> None:
    schema = schemas_of(LinkNumber)
    assert (schema["type"], schema["title"]) == ("object", "LinkNumber")
    assert schema["required"] == ["country", "number"]
    assert schema["properties"]["number"]["minLength"] == 7
    assert schema["properties"]["number"]["type"] == "string"
    brand = schemas_of(Brand)
    assert brand["properties"]["entity_type"]["type"] == "string"
    assert "PRIVATE_PROFIT" in brand["properties"]["entity_type"]["examples"]
    page = schemas_of(BrandPage)
    assert page["properties"]["_embedded"]["properties"]["brands"]["items"]["title"] == "Brand"
    assert schemas_of(MnoComplaint)["properties"]["created_at"]["format"] == "date-time"


ANSWERS = [
    (case, status, value)
    for case in cases()
    for status, media, _, value in case.response_examples()
    if str(status).startswith("2") and "json" in media and isinstance(value, dict)
]


@pytest.mark.parametrize(("case", "status", "value"), ANSWERS, ids=lambda v: getattr(v, "id", None) or "")
def test_the_documents_examples_conform_to_the_json_schema(case: Any, status: int, value: Any) -> None:
    import jsonschema

    from aiovonage.api.operations import OPERATIONS

    type_ = OPERATIONS[case.id].success.get(int(status))
    if not (isinstance(type_, type) and issubclass(type_, Model)):
        pytest.skip("its answer is not one model")
    jsonschema.validate(encode(decode(type_, value)), schemas_of(type_))


async def test_fastapi_takes_and_gives_models() -> None:
    app = FastAPI()

    @app.post("/link", response_model=Brand)
    async def link(body: Annotated[LinkNumber, Body()]) -> Any:
        assert isinstance(body, LinkNumber)
        return decode(Brand, {**BRAND, "phone": body.number})

    @app.get("/brands", response_model=list[Brand])
    async def brands() -> Any:
        return [BRAND, decode(Brand, BRAND)]

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.example") as client:
        answer = await client.post("/link", json={"country": "US", "number": "12025550101"})
        assert (answer.status_code, answer.json()) == (200, {**BRAND, "phone": "12025550101"})
        refused = await client.post("/link", json={"country": "US", "number": "1"})
        assert refused.status_code == 422
        assert "at least 7 characters" in refused.json()["detail"][0]["msg"]
        assert (await client.get("/brands")).json() == [BRAND, BRAND]
        document = (await client.get("/openapi.json")).json()
    body = document["paths"]["/link"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["country"]["type"] == "string"


def test_pydantic_is_not_imported_before_it_asks() -> None:
    program = (
        "import sys; from aiovonage import decode, encode; from aiovonage.api.ten_dlc import Brand;"
        "encode(decode(Brand, {'brand_id': 'B'})); assert 'pydantic' not in sys.modules"
        " and 'pydantic_core' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
