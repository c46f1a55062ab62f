"""10DLC: brands, their vettings and use cases, campaigns and numbers."""

from __future__ import annotations

from aiovonage.sandbox.clock import now_text
from aiovonage.sandbox.handlers.registry import Answer, Call, handles, without_unknown
from aiovonage.sandbox.pages import LINKS_HOST, matches, page_of
from aiovonage.sandbox.problems import not_found, refused
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import BRAND, CAMPAIGN, Brand, Campaign, Number, State

ROOT = "/v1/10dlc"
SPEC = "ten-dlc.v1.yaml"

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


def seed(state: State) -> None:
    """The brand and the campaign that are there from the start."""
    brand = _add_brand(
        state, BRAND, {"entity_type": "PUBLIC_PROFIT", "display_name": "Vonage", "company_name": "Vonage"}
    )
    brand.qualified.add("ACCOUNT_NOTIFICATION")
    _add_campaign(state, BRAND, CAMPAIGN, {"usecase": "ACCOUNT_NOTIFICATION", "description": "The sandbox's campaign"})


@handles("ten_dlc.list_brands")
def list_brands(call: Call) -> Answer:
    brands = [brand.data for brand in call.state.brands.values() if matches(brand.data, call.values.get("filter"))]
    return Answer(200, page_of(brands, call.values, path=f"{ROOT}/brands", name="brands"))


@handles("ten_dlc.create_brand")
def create_brand(call: Call) -> Answer:
    return Answer(201, _add_brand(call.state, call.state.new_id("B", 6), call.body).data)


@handles("ten_dlc.get_brand")
def get_brand(call: Call) -> Answer:
    return Answer(200, _brand(call).data)


@handles("ten_dlc.update_brand")
def update_brand(call: Call) -> Answer:
    brand = _brand(call)
    body = without_unknown(SPEC, call.body, entity_type="EntityType", vertical="Vertical")
    brand.data |= {**body, "last_updated": now_text()}
    return Answer(200, brand.data)


@handles("ten_dlc.delete_brand")
def delete_brand(call: Call) -> Answer:
    brand = _brand(call)
    if any(call.state.campaigns[campaign].active for campaign in brand.campaigns):
        raise refused(
            409,
            "/10dlc#brand-conflict",
            "An error occurred with this brand while communicating with a third party",
            "The brand has active campaigns.",
        )
    brand.deleted = True
    brand.data["status"] = "DELETED"
    return Answer(204)


@handles("ten_dlc.get_brand_feedback")
def get_brand_feedback(call: Call) -> Answer:
    _brand(call)
    return Answer(200, {"categories": []})


@handles("ten_dlc.check_use_case")
def check_use_case(call: Call) -> Answer:
    brand, usecase = _brand(call), call.values["usecase"]
    brand.qualified.add(usecase)
    return Answer(200, {"usecase": usecase, "quarterly_fee": 30, "annual_fee": 120, "mno_metadata": []})


@handles("ten_dlc.list_vettings")
def list_vettings(call: Call) -> Answer:
    return Answer(200, _brand(call).vettings)


@handles("ten_dlc.request_vetting")
def request_vetting(call: Call) -> Answer:
    vetting = {
        **call.body,
        "vetting_id": call.state.new_id("V", 8),
        "vetting_status": "PENDING",
        "create_date": now_text(),
    }
    return Answer(200, _add_vetting(call, vetting))


@handles("ten_dlc.import_vetting")
def import_vetting(call: Call) -> Answer:
    brand = _brand(call)
    if any(vetting.get("vetting_id") == call.body["vetting_id"] for vetting in brand.vettings):
        raise refused(
            409,
            "/10dlc#vetting-conflict",
            "An error occurred while requesting third party vetting",
            "This vetting has been imported already.",
        )
    vetting = {
        **call.body,
        "vetting_status": "ACTIVE",
        "vetting_score": 75,
        "create_date": now_text(),
        "vetted_date": now_text(),
    }
    return Answer(200, _add_vetting(call, vetting))


@handles("ten_dlc.revet_brand")
def revet_brand(call: Call) -> Answer:
    brand = _brand(call)
    brand.revetted = True
    brand.data["last_updated"] = now_text()
    return Answer(200, brand.data)


@handles("ten_dlc.list_vetting_classes")
def list_vetting_classes(_: Call) -> Answer:
    return Answer(200, VETTING_CLASSES)


@handles("ten_dlc.list_vetting_providers")
def list_vetting_providers(_: Call) -> Answer:
    return Answer(200, VETTING_PROVIDERS)


@handles("ten_dlc.list_campaigns")
def list_campaigns(call: Call) -> Answer:
    campaigns = [call.state.campaigns[name].data for name in _brand(call).campaigns]
    found = [data for data in campaigns if matches(data, call.values.get("filter"))]
    path = f"{ROOT}/brands/{call.values['brand_id']}/campaigns"
    body = page_of(found, call.values, path=path, name="campaigns")
    body["_links"]["brand"] = _link(f"/brands/{call.values['brand_id']}")
    return Answer(200, body)


@handles("ten_dlc.create_campaign")
def create_campaign(call: Call) -> Answer:
    brand = _brand(call)
    if call.body["usecase"] not in brand.qualified:
        raise refused(
            409,
            "/10dlc#brand-not-qualified",
            "This brand has not been qualified for the given use case",
            "A campaign use case must be checked before a campaign can be created. "
            "Please verify the brand use case before submitting this campaign.",
        )
    campaign = _add_campaign(call.state, call.values["brand_id"], call.state.new_id("C", 7), call.body)
    return Answer(201, campaign.data)


@handles("ten_dlc.get_campaign")
def get_campaign(call: Call) -> Answer:
    return Answer(200, _campaign(call).data)


@handles("ten_dlc.update_campaign")
def update_campaign(call: Call) -> Answer:
    campaign = _campaign(call)
    campaign.data |= {**(call.body or {}), "last_updated": now_text()}
    return Answer(200, campaign.data)


@handles("ten_dlc.stop_campaign")
def stop_campaign(call: Call) -> Answer:
    campaign = _campaign(call)
    campaign.active = False
    campaign.data["status"] = "EXPIRED"
    for number in campaign.numbers:
        del call.state.numbers[number]
    campaign.numbers.clear()
    return Answer(204)


@handles("ten_dlc.import_partner_campaign")
def import_partner_campaign(call: Call) -> Answer:
    return Answer(
        201,
        {
            "brand_id": BRAND,
            "campaign_id": call.body["campaign_id"],
            "sharing_status": "PENDING",
            "downstream_cnp_id": call.state.new_id("S", 6),
            "upstream_cnp_id": call.state.new_id("S", 6),
        },
    )


@handles("ten_dlc.list_numbers")
def list_numbers(call: Call) -> Answer:
    campaign = _campaign(call)
    numbers = list(campaign.numbers)
    if groups := call.values.get("filter"):
        numbers = [n for n in numbers if matches(_number_body(call, n, call.state.numbers[n]), groups)]
    body = page_of(numbers, call.values, path="", name="numbers", links=False)
    body["_embedded"]["numbers"] = [
        _number_body(call, number, call.state.numbers[number]) for number in body["_embedded"]["numbers"]
    ]
    return Answer(200, body)


@handles("ten_dlc.link_number")
def link_number(call: Call) -> Answer:
    campaign = _campaign(call)
    number = call.body["number"]
    call.state.posts[number] += 1
    if number in call.state.numbers or not campaign.active:
        raise refused(
            409,
            "/10dlc#number-already-linked",
            "Number Already Linked",
            "The number requested has already been linked to another campaign",
        )
    linked = call.state.link(number, call.values["campaign_id"], call.body["country"])
    return Answer(202, _number_body(call, number, linked))


@handles("ten_dlc.get_number")
def get_number(call: Call) -> Answer:
    number, linked = _linked(call)
    linked.status = "APPROVED"  # the carriers approve between the POST and the first look
    return Answer(200, _number_body(call, number, linked))


@handles("ten_dlc.unlink_number")
def unlink_number(call: Call) -> Answer:
    number, _ = _linked(call)
    del call.state.numbers[number]
    del call.state.campaigns[call.values["campaign_id"]].numbers[number]
    return Answer(204)


def _brand(call: Call) -> Brand:
    brand = call.state.brands.get(call.values["brand_id"])
    if brand is None or brand.deleted:
        raise not_found(call.values["brand_id"])
    return brand


def _campaign(call: Call) -> Campaign:
    _brand(call)
    campaign = call.state.campaigns.get(call.values["campaign_id"])
    if campaign is None or campaign.brand_id != call.values["brand_id"]:
        raise not_found(call.values["campaign_id"])
    return campaign


def _linked(call: Call) -> tuple[str, Number]:
    _campaign(call)
    number = call.values["number"]
    linked = call.state.numbers.get(number)
    if linked is None or linked.campaign_id != call.values["campaign_id"]:
        raise not_found(number)
    return number, linked


def _add_brand(state: State, brand_id: str, data: Json) -> Brand:
    now = now_text()
    brand = state.brands[brand_id] = Brand(
        {
            **data,
            "brand_id": brand_id,
            "status": "ACTIVE",
            "created_date": now,
            "last_updated": now,
            "_links": {"self": _link(f"/brands/{brand_id}"), "campaigns": _link(f"/brands/{brand_id}/campaigns")},
        }
    )
    return brand


def _add_campaign(state: State, brand_id: str, campaign_id: str, data: Json) -> Campaign:
    now, root = now_text(), f"/brands/{brand_id}/campaigns/{campaign_id}"
    campaign = state.campaigns[campaign_id] = Campaign(
        brand_id,
        {
            **data,
            "brand_id": brand_id,
            "campaign_id": campaign_id,
            "status": "ACTIVE",
            "created_date": now,
            "last_updated": now,
            "_links": {"self": _link(root), "brand": _link(f"/brands/{brand_id}"), "numbers": _link(f"{root}/numbers")},
        },
    )
    state.brands[brand_id].campaigns.append(campaign_id)
    return campaign


def _add_vetting(call: Call, vetting: Json) -> Json:
    brand = _brand(call)
    vetting = {**vetting, "_links": {"brand": _link(f"/brands/{call.values['brand_id']}")}}
    brand.vettings.append(vetting)
    return vetting


def _number_body(call: Call, number: str, linked: Number) -> Json:
    root = f"/brands/{call.values['brand_id']}"
    campaign = f"{root}/campaigns/{linked.campaign_id}"
    links = {"self": _link(f"{campaign}/numbers/{number}"), "campaign": _link(f"{campaign}/"), "brand": _link(root)}
    return {"number": number, "country": linked.country, "status": linked.status, "compliance": [], "_links": links}


def _link(path: str) -> Json:
    return {"href": f"{LINKS_HOST}{ROOT}{path}"}
