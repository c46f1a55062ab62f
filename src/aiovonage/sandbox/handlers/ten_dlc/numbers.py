"""Numbers of a campaign: linking, reading and unlinking them."""

from __future__ import annotations

from aiovonage.sandbox.handlers.formats import is_country
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.handlers.ten_dlc.common import find_campaign, link_to
from aiovonage.sandbox.handlers.ten_dlc.state import HIPAA, Number
from aiovonage.sandbox.number_format import member
from aiovonage.sandbox.pages import matches
from aiovonage.sandbox.problems import ProblemResponse, documented_error, not_found, problem
from aiovonage.sandbox.specs import Json


@handles("ten_dlc.list_numbers")
def list_numbers(call: Call) -> Response:
    seen = find_campaign(call).members.visible()
    numbers = list(seen)
    if groups := call.values.get("filter"):
        numbers = [number for number in numbers if matches(_number_body(call, number, seen[number]), groups)]
    body = call.page(numbers, path="", name="numbers", links=False)
    bodies = [_number_body(call, number, seen[number]) for number in body["_embedded"]["numbers"]]
    if (form := call.state.behaviour.number_format) != "plain":
        for shown in bodies:
            shown["number"] = member(shown["number"], form)
    body["_embedded"]["numbers"] = bodies
    return Response(200, body)


@handles("ten_dlc.link_number")
def link_number(call: Call) -> Response:
    campaign = find_campaign(call)
    number, country, compliance = call.body["number"], call.body["country"], call.body.get("compliance") or ()
    call.state.ten_dlc.posts[number] += 1
    # The schema admits 15 characters, and E.164 has up to 15 digits: a plus or blanks would not fit.
    wrong = [] if is_country(country) else ["country"]
    wrong += [] if number.isascii() and number.isdigit() else ["number"]
    if wrong:
        raise _invalid_number(*wrong)
    _raise_refusal(call, number)
    if not campaign.active:
        raise problem(
            409,
            "/10dlc#campaign-not-active",
            "Campaign Not Active",
            f"Numbers can be linked only to a campaign that is ACTIVE; this one is {campaign.status}",
        )
    if number in call.state.ten_dlc.numbers:
        raise problem(
            409,
            "/10dlc#number-already-linked",
            "Number Already Linked",
            "The number requested has already been linked to another campaign",
        )
    hipaa = HIPAA in compliance
    if campaign.hipaa not in {None, hipaa}:
        raise problem(
            409,
            "/10dlc#compliance-mismatch",
            "Compliance Mismatch",
            f"The first number that was linked decided that this campaign {'is not' if hipaa else 'is'} for HIPAA",
        )
    linked = call.state.ten_dlc.accept_link(number, call.values["campaign_id"], country, tuple(compliance))
    # Even carriers that approve at once do so after this response.
    accepted = _number_body(call, number, linked)
    accepted["status"] = call.state.behaviour.carriers.pending
    return Response(202, accepted)


@handles("ten_dlc.get_number")
def get_number(call: Call) -> Response:
    campaign, number = find_campaign(call), call.values["number"]
    _raise_refusal(call, number)
    linked = campaign.members.visible().get(number)
    if linked is None:
        raise not_found(number)
    return Response(200, _number_body(call, number, linked))


@handles("ten_dlc.unlink_number")
def unlink_number(call: Call) -> Response:
    find_campaign(call)
    number = call.values["number"]
    _raise_refusal(call, number)
    linked = call.state.ten_dlc.numbers.get(number)
    if linked is None or linked.campaign_id != call.values["campaign_id"]:
        raise not_found(number)
    call.state.ten_dlc.unlink(number)
    return Response(204)


def _raise_refusal(call: Call, number: str) -> None:
    """Raise the error that a test has set for a number with `State.refuse`."""
    refusals = call.state.ten_dlc.refusals
    if not refusals or (refusal := refusals.get(number)) is None or call.operation.id not in refusal.operations:
        return
    if refusal.status == 422:
        raise _invalid_number("number")
    raise documented_error(call.operation, refusal.status)


def _invalid_number(*fields: str) -> ProblemResponse:
    return problem(
        422,
        "/10dlc#invalid-number-data",
        "There were some issues with the submitted data",
        "There were some errors submitting your campaign, please correct the requested fields",
        invalid_parameters=[{"field": name, "description": f"Field '{name}' is not a valid value"} for name in fields],
    )


def _number_body(call: Call, number: str, linked: Number) -> Json:
    root = f"/brands/{call.values['brand_id']}"
    campaign = f"{root}/campaigns/{linked.campaign_id}"
    links = {
        "self": link_to(f"{campaign}/numbers/{number}"),
        "campaign": link_to(f"{campaign}/"),
        "brand": link_to(root),
    }
    return {
        "number": number,
        "country": linked.country,
        "status": linked.status,
        "compliance": list(linked.compliance),
        "_links": links,
    }
