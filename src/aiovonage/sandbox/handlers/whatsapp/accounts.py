"""Business accounts (WABAs), their numbers and profiles."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.handlers.whatsapp.common import ROOT, find_waba
from aiovonage.sandbox.pages import link
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import Json, documented
from aiovonage.sandbox.state import State


def seed(state: State) -> None:
    """Add three accounts with two numbers each, modelled on the documents' example."""
    waba = documented("whatsapp.get_waba")
    number = documented("whatsapp.get_waba_number")
    profile = documented("whatsapp.get_number_profile")
    held = state.whatsapp
    for index in range(3):
        waba_id = str(int(waba["waba_id"]) + index)
        root = f"{ROOT}/wabas/{waba_id}"
        links = {"self": link(root), "numbers": link(f"{root}/numbers")}
        held.wabas[waba_id] = {**waba, "waba_id": waba_id, "_links": links}
        for offset in range(2):
            digits = str(int(number["phone_number"]) + 2 * index + offset)
            links = {"self": link(f"{root}/numbers/{digits}")}
            held.numbers[digits] = {
                **number,
                "phone_number": digits,
                "display_phone_number": f"+{digits}",
                "waba_id": waba_id,
                "_links": links,
            }
            held.profiles[digits] = {**profile, "_links": links}


@handles("whatsapp.list_wabas")
def list_wabas(call: Call) -> Response:
    return Response(200, _page(call, list(call.state.whatsapp.wabas.values()), f"{ROOT}/wabas"))


@handles("whatsapp.get_waba")
def get_waba(call: Call) -> Response:
    return Response(200, find_waba(call))


@handles("whatsapp.list_waba_numbers")
def list_waba_numbers(call: Call) -> Response:
    waba_id = find_waba(call)["waba_id"]
    numbers = [number for number in call.state.whatsapp.numbers.values() if number["waba_id"] == waba_id]
    return Response(200, _page(call, numbers, f"{ROOT}/wabas/{waba_id}/numbers"))


@handles("whatsapp.get_waba_number")
def get_waba_number(call: Call) -> Response:
    number = call.state.whatsapp.numbers.get(call.values["whatsapp_number"])
    if number is None or number["waba_id"] != find_waba(call)["waba_id"]:
        raise not_found(call.values["whatsapp_number"])
    return Response(200, number)


@handles("whatsapp.get_number_profile")
def get_number_profile(call: Call) -> Response:
    return Response(200, _profile(call))


@handles("whatsapp.update_number_profile")
def update_number_profile(call: Call) -> Response:
    profile = _profile(call)
    profile |= call.body or {}
    return Response(200, profile)


@handles("whatsapp.create_sign_up_url")
def create_sign_up_url(call: Call) -> Response:
    url = f"https://tools.vonage.com/wa/partners/onboard?token={call.state.new_id('', 43)}"
    return Response(200, {"id": call.state.new_uuid(), "url": url})


def _page(call: Call, items: list[Json], path: str) -> Json:
    if call.values.get("order") == "desc":
        items.reverse()
    bare = [{name: value for name, value in item.items() if name != "_links"} for item in items]
    # The document lists numbers under `wabas`, too.
    return call.page(bare, path=path, name="wabas", previous="prev", size=50)


def _profile(call: Call) -> Json:
    return call.find(call.state.whatsapp.profiles, "whatsapp_number")
