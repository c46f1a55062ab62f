"""Vettings of a brand by a third party, and its qualification for use cases."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.handlers.ten_dlc.common import find_brand, link_to
from aiovonage.sandbox.problems import problem
from aiovonage.sandbox.specs import Json

VETTING_CLASSES: list[Json] = [
    {
        "id": name,
        "enabled": True,
        "display_name": name.capitalize(),
        "description": f"The {name} vetting.",
        "validity_months": 12,
    }
    for name in ("STANDARD", "ENHANCED", "POLITICAL")
]
VETTING_PROVIDERS: list[Json] = [
    {
        "evp_id": provider,
        "display_name": provider,
        "tcr_billable": True,
        "vetting_classes": ["STANDARD", "ENHANCED"],
        "vetting_instruction": "Nothing to do in the sandbox.",
    }
    for provider in ("Aegis", "CV", "WMC")
]


@handles("ten_dlc.check_use_case")
def check_use_case(call: Call) -> Response:
    brand, usecase = find_brand(call), call.values["usecase"]
    brand.qualified.add(usecase)
    return Response(200, {"usecase": usecase, "quarterly_fee": 30, "annual_fee": 120, "mno_metadata": []})


@handles("ten_dlc.list_vettings")
def list_vettings(call: Call) -> Response:
    return Response(200, find_brand(call).vettings)


@handles("ten_dlc.request_vetting")
def request_vetting(call: Call) -> Response:
    vetting = {
        **call.body,
        "vetting_id": call.state.new_id("V", 8),
        "vetting_status": "PENDING",
        "create_date": call.state.clock.text(),
    }
    return Response(200, _add_vetting(call, vetting))


@handles("ten_dlc.import_vetting")
def import_vetting(call: Call) -> Response:
    brand = find_brand(call)
    if any(vetting.get("vetting_id") == call.body["vetting_id"] for vetting in brand.vettings):
        raise problem(
            409,
            "/10dlc#vetting-conflict",
            "An error occurred while requesting third party vetting",
            "This vetting has been imported already.",
        )
    vetting = {
        **call.body,
        "vetting_status": "ACTIVE",
        "vetting_score": 75,
        "create_date": call.state.clock.text(),
        "vetted_date": call.state.clock.text(),
    }
    return Response(200, _add_vetting(call, vetting))


@handles("ten_dlc.revet_brand")
def revet_brand(call: Call) -> Response:
    brand = find_brand(call)
    brand.revetted = True
    brand.data["last_updated"] = call.state.clock.text()
    return Response(200, brand.data)


@handles("ten_dlc.list_vetting_classes")
def list_vetting_classes(_: Call) -> Response:
    return Response(200, VETTING_CLASSES)


@handles("ten_dlc.list_vetting_providers")
def list_vetting_providers(_: Call) -> Response:
    return Response(200, VETTING_PROVIDERS)


def _add_vetting(call: Call, vetting: Json) -> Json:
    brand = find_brand(call)
    vetting = {**vetting, "_links": {"brand": link_to(f"/brands/{call.values['brand_id']}")}}
    brand.vettings.append(vetting)
    return vetting
