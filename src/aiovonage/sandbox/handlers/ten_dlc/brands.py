"""Brands: who sends."""

from __future__ import annotations

from aiovonage.sandbox.handlers.formats import is_country, is_phone, is_two_letters
from aiovonage.sandbox.handlers.registry import Call, Response, handles, without_unknown
from aiovonage.sandbox.handlers.ten_dlc.common import ROOT, SPEC, find_brand, link_to
from aiovonage.sandbox.handlers.ten_dlc.state import BRAND, Brand
from aiovonage.sandbox.pages import matches
from aiovonage.sandbox.problems import problem
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


def seed(state: State) -> None:
    """Add the brand of the documents' examples, qualified for one use case."""
    brand = _add_brand(
        state, BRAND, {"entity_type": "PUBLIC_PROFIT", "display_name": "Vonage", "company_name": "Vonage"}
    )
    brand.qualified.add("ACCOUNT_NOTIFICATION")


@handles("ten_dlc.list_brands")
def list_brands(call: Call) -> Response:
    brands = [
        brand.data for brand in call.state.ten_dlc.brands.values() if matches(brand.data, call.values.get("filter"))
    ]
    return Response(200, call.page(brands, path=f"{ROOT}/brands", name="brands"))


@handles("ten_dlc.create_brand")
def create_brand(call: Call) -> Response:
    _check_brand(call.body)
    body = without_unknown(SPEC, call.body, entity_type="EntityType", vertical="Vertical")
    return Response(201, _add_brand(call.state, call.state.new_id("B", 6), body).data)


@handles("ten_dlc.get_brand")
def get_brand(call: Call) -> Response:
    return Response(200, find_brand(call).data)


@handles("ten_dlc.update_brand")
def update_brand(call: Call) -> Response:
    brand = find_brand(call)
    _check_brand(call.body)
    body = without_unknown(SPEC, call.body, entity_type="EntityType", vertical="Vertical")
    brand.data |= {**body, "last_updated": call.state.clock.text()}
    return Response(200, brand.data)


@handles("ten_dlc.delete_brand")
def delete_brand(call: Call) -> Response:
    brand = find_brand(call)
    if any(call.state.ten_dlc.campaigns[campaign].active for campaign in brand.campaigns):
        raise problem(
            409,
            "/10dlc#brand-conflict",
            "An error occurred with this brand while communicating with a third party",
            "The brand has active campaigns.",
        )
    brand.deleted = True
    brand.data["status"] = "DELETED"
    return Response(204)


@handles("ten_dlc.get_brand_feedback")
def get_brand_feedback(call: Call) -> Response:
    find_brand(call)  # raises a 404 for an unknown brand
    return Response(200, {"categories": []})


def _check_brand(body: Json) -> None:
    """Check the formats that the document gives in words, which no schema can express.

    Raises:
        ProblemResponse: 422 that names each member.
    """
    wrong = []
    if (phone := body.get("phone")) is not None and not is_phone(phone):
        wrong.append("phone")
    if (country := body.get("country")) is not None and not is_country(country):
        wrong.append("country")
    if country == "US" and (state := body.get("state")) is not None and not is_two_letters(state):
        wrong.append("state")
    if wrong:
        raise problem(
            422,
            "/10dlc#invalid-brand-data",
            "There were some issues with the submitted data",
            "There were some errors submitting your brand, please correct the requested fields",
            invalid_parameters=[
                {"code": 503, "field": field, "description": f"Field '{field}' is not a valid value"} for field in wrong
            ],
        )


def _add_brand(state: State, brand_id: str, data: Json) -> Brand:
    now = state.clock.text()
    brand = state.ten_dlc.brands[brand_id] = Brand(
        {
            **data,
            "brand_id": brand_id,
            "status": "ACTIVE",
            "created_date": now,
            "last_updated": now,
            "_links": {"self": link_to(f"/brands/{brand_id}"), "campaigns": link_to(f"/brands/{brand_id}/campaigns")},
        }
    )
    return brand
