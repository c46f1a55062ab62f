"""10DLC: brands, their vettings and use cases, campaigns and numbers."""

from __future__ import annotations

from aiovonage.sandbox.handlers.formats import is_country, is_phone, is_two_letters
from aiovonage.sandbox.handlers.registry import Answer, Call, handles, without_unknown
from aiovonage.sandbox.number_format import member
from aiovonage.sandbox.pages import LINKS_HOST, matches
from aiovonage.sandbox.problems import Refused, failed, not_found, refused
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import BRAND, CAMPAIGN, EXPIRED, HIPAA, Brand, Campaign, Number, State

ROOT = "/v1/10dlc"
SPEC = "ten-dlc.v1.yaml"
READ_ONLY = frozenset({"brand_id", "campaign_id", "status", "created_date", "_links"})
"""Members of a campaign that the body of an update does not have."""

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
    return Answer(200, call.page(brands, path=f"{ROOT}/brands", name="brands"))


@handles("ten_dlc.create_brand")
def create_brand(call: Call) -> Answer:
    _check_brand(call.body)
    body = without_unknown(SPEC, call.body, entity_type="EntityType", vertical="Vertical")
    return Answer(201, _add_brand(call.state, call.state.new_id("B", 6), body).data)


@handles("ten_dlc.get_brand")
def get_brand(call: Call) -> Answer:
    return Answer(200, _brand(call).data)


@handles("ten_dlc.update_brand")
def update_brand(call: Call) -> Answer:
    brand = _brand(call)
    _check_brand(call.body)
    body = without_unknown(SPEC, call.body, entity_type="EntityType", vertical="Vertical")
    brand.data |= {**body, "last_updated": call.state.clock.text()}
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
        "create_date": call.state.clock.text(),
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
        "create_date": call.state.clock.text(),
        "vetted_date": call.state.clock.text(),
    }
    return Answer(200, _add_vetting(call, vetting))


@handles("ten_dlc.revet_brand")
def revet_brand(call: Call) -> Answer:
    brand = _brand(call)
    brand.revetted = True
    brand.data["last_updated"] = call.state.clock.text()
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
    body = call.page(found, path=path, name="campaigns")
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
    changed = {name: value for name, value in (call.body or {}).items() if name not in READ_ONLY}
    campaign.data |= {**changed, "last_updated": call.state.clock.text()}
    return Answer(200, campaign.data)


@handles("ten_dlc.stop_campaign")
def stop_campaign(call: Call) -> Answer:
    campaign = _campaign(call)
    campaign.status = EXPIRED
    for number in list(campaign.numbers):
        del call.state.numbers[number]
    campaign.members.clear()
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
    seen = _campaign(call).members.seen()
    numbers = list(seen)
    if groups := call.values.get("filter"):
        numbers = [number for number in numbers if matches(_number_body(call, number, seen[number]), groups)]
    body = call.page(numbers, path="", name="numbers", links=False)
    bodies = [_number_body(call, number, seen[number]) for number in body["_embedded"]["numbers"]]
    if (form := call.state.behaviour.number_format) != "plain":
        for shown in bodies:
            shown["number"] = member(shown["number"], form)
    body["_embedded"]["numbers"] = bodies
    return Answer(200, body)


@handles("ten_dlc.link_number")
def link_number(call: Call) -> Answer:
    campaign = _campaign(call)
    number, country, compliance = call.body["number"], call.body["country"], call.body.get("compliance") or ()
    call.state.posts[number] += 1
    # At most 15 characters, which is the most digits of E.164: there is room neither for a plus nor for blanks.
    wrong = [] if is_country(country) else ["country"]
    wrong += [] if number.isascii() and number.isdigit() else ["number"]
    if wrong:
        raise _invalid_number(*wrong)
    _refuse(call, number)
    if not campaign.active:
        raise refused(
            409,
            "/10dlc#campaign-not-active",
            "Campaign Not Active",
            f"Numbers can be linked only to a campaign that is ACTIVE; this one is {campaign.status}",
        )
    if number in call.state.numbers:
        raise refused(
            409,
            "/10dlc#number-already-linked",
            "Number Already Linked",
            "The number requested has already been linked to another campaign",
        )
    hipaa = HIPAA in compliance
    if campaign.hipaa not in {None, hipaa}:
        raise refused(
            409,
            "/10dlc#compliance-mismatch",
            "Compliance Mismatch",
            f"The first number that was linked decided that this campaign {'is not' if hipaa else 'is'} for HIPAA",
        )
    linked = call.state.accept_link(number, call.values["campaign_id"], country, tuple(compliance))
    # The answer is a promise: even carriers that decide at once have decided only after it.
    promised = _number_body(call, number, linked)
    promised["status"] = call.state.behaviour.carriers.pending
    return Answer(202, promised)


@handles("ten_dlc.get_number")
def get_number(call: Call) -> Answer:
    campaign, number = _campaign(call), call.values["number"]
    _refuse(call, number)
    linked = campaign.members.seen().get(number)
    if linked is None:
        raise not_found(number)
    return Answer(200, _number_body(call, number, linked))


@handles("ten_dlc.unlink_number")
def unlink_number(call: Call) -> Answer:
    _campaign(call)
    number = call.values["number"]
    _refuse(call, number)
    linked = call.state.numbers.get(number)
    if linked is None or linked.campaign_id != call.values["campaign_id"]:
        raise not_found(number)
    call.state.unlink(number)
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


def _refuse(call: Call, number: str) -> None:
    """Raise what `State.refuse` says about a number."""
    refusals = call.state.refusals
    if not refusals or (refusal := refusals.get(number)) is None or call.operation.id not in refusal.operations:
        return
    if refusal.status == 422:
        raise _invalid_number("number")
    raise failed(call.operation, refusal.status)


def _check_brand(body: Json) -> None:
    """Hold a brand against the formats that the document gives in words."""
    wrong = []
    if (phone := body.get("phone")) is not None and not is_phone(phone):
        wrong.append("phone")
    if (country := body.get("country")) is not None and not is_country(country):
        wrong.append("country")
    if country == "US" and (state := body.get("state")) is not None and not is_two_letters(state):
        wrong.append("state")
    if wrong:
        raise refused(
            422,
            "/10dlc#invalid-brand-data",
            "There were some issues with the submitted data",
            "There were some errors submitting your brand, please correct the requested fields",
            invalid_parameters=[
                {"code": 503, "field": field, "description": f"Field '{field}' is not a valid value"} for field in wrong
            ],
        )


def _invalid_number(*fields: str) -> Refused:
    return refused(
        422,
        "/10dlc#invalid-number-data",
        "There were some issues with the submitted data",
        "There were some errors submitting your campaign, please correct the requested fields",
        invalid_parameters=[{"field": name, "description": f"Field '{name}' is not a valid value"} for name in fields],
    )


def _add_brand(state: State, brand_id: str, data: Json) -> Brand:
    now = state.clock.text()
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
    campaign, root = state.add_campaign(campaign_id, brand_id, data), f"/brands/{brand_id}/campaigns/{campaign_id}"
    links = {"self": _link(root), "brand": _link(f"/brands/{brand_id}"), "numbers": _link(f"{root}/numbers")}
    campaign.data["_links"] = links
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
    return {
        "number": number,
        "country": linked.country,
        "status": linked.status,
        "compliance": list(linked.compliance),
        "_links": links,
    }


def _link(path: str) -> Json:
    return {"href": f"{LINKS_HOST}{ROOT}{path}"}
