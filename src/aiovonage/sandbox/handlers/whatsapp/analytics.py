"""WhatsApp: business accounts, their numbers and profiles, analytics, and subscriptions to notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiovonage.sandbox.handlers.periods import Periods
from aiovonage.sandbox.handlers.registry import Answer, Call, handles
from aiovonage.sandbox.pages import LINKS_HOST
from aiovonage.sandbox.problems import not_found, refused
from aiovonage.sandbox.specs import Json, documented
from aiovonage.sandbox.state import State

ROOT = "/v1/channel-manager/whatsapp"
POINTS_A_PAGE = 2
MOST_DAYS = 90
"""Between start and end, for the figures of templates; the document gives no limit for the others."""


def seed(state: State) -> None:
    """Three accounts with two numbers each, and the two subscriptions of the documents' example."""
    waba = documented("whatsapp.get_waba")
    number = documented("whatsapp.get_waba_number")
    profile = documented("whatsapp.get_number_profile")
    for index in range(3):
        waba_id = str(int(waba["waba_id"]) + index)
        root = f"{LINKS_HOST}{ROOT}/wabas/{waba_id}"
        links = {"self": {"href": root}, "numbers": {"href": f"{root}/numbers"}}
        state.wabas[waba_id] = {**waba, "waba_id": waba_id, "_links": links}
        for offset in range(2):
            digits = str(int(number["phone_number"]) + 2 * index + offset)
            link = {"self": {"href": f"{root}/numbers/{digits}"}}
            state.waba_numbers[digits] = {
                **number,
                "phone_number": digits,
                "display_phone_number": f"+{digits}",
                "waba_id": waba_id,
                "_links": link,
            }
            state.profiles[digits] = {**profile, "_links": link}
    state.subscriptions.update({entry["id"]: entry for entry in documented("whatsapp.list_subscriptions")})


@handles("whatsapp.list_wabas")
def list_wabas(call: Call) -> Answer:
    return Answer(200, _page(call, list(call.state.wabas.values()), f"{ROOT}/wabas"))


@handles("whatsapp.get_waba")
def get_waba(call: Call) -> Answer:
    return Answer(200, _waba(call))


@handles("whatsapp.list_waba_numbers")
def list_waba_numbers(call: Call) -> Answer:
    waba_id = _waba(call)["waba_id"]
    numbers = [number for number in call.state.waba_numbers.values() if number["waba_id"] == waba_id]
    return Answer(200, _page(call, numbers, f"{ROOT}/wabas/{waba_id}/numbers"))


@handles("whatsapp.get_waba_number")
def get_waba_number(call: Call) -> Answer:
    number = call.state.waba_numbers.get(call.values["whatsapp_number"])
    if number is None or number["waba_id"] != _waba(call)["waba_id"]:
        raise not_found(call.values["whatsapp_number"])
    return Answer(200, number)


@handles("whatsapp.get_number_profile")
def get_number_profile(call: Call) -> Answer:
    return Answer(200, _profile(call))


@handles("whatsapp.update_number_profile")
def update_number_profile(call: Call) -> Answer:
    profile = _profile(call)
    profile |= call.body or {}
    return Answer(200, profile)


@handles("whatsapp.create_sign_up_url")
def create_sign_up_url(call: Call) -> Answer:
    url = f"https://tools.vonage.com/wa/partners/onboard?token={call.state.new_id('', 43)}"
    return Answer(200, {"id": call.state.new_uuid(), "url": url})


@handles("whatsapp.get_template_analytics")
def get_template_analytics(call: Call) -> Answer:
    waba_id = _waba(call)["waba_id"]
    periods = Periods.asked_for(call.values)
    if (periods.last - periods.first).days > MOST_DAYS:
        wrong = {"field": "end", "description": f"Field 'end' must be at most {MOST_DAYS} days after 'start'"}
        detail = "There were some errors with the request, please correct the requested fields"
        title = "There were some issues with the submitted data"
        raise refused(422, "#invalid-data", title, detail, invalid_parameters=[wrong])
    body = documented("whatsapp.get_template_analytics")
    (point,) = body["_embedded"]["template_analytics"]
    templates = call.values.get("template_ids") or [point["template_id"]]
    first, size = _cursor(call.values.get("cursor")), call.page_size(POINTS_A_PAGE)
    total = len(periods) * len(templates)
    points = []
    for index in range(first, min(first + size, total)):
        template, period = divmod(index, len(periods))
        begin, end = periods[period]
        dates = {"start": _rfc3339(begin), "end": _rfc3339(end)}
        points.append({**point, "template_id": str(templates[template]), **dates, "sent": 100 + period})
    body["_embedded"]["template_analytics"] = points
    path = f"{LINKS_HOST}{ROOT}/wabas/{waba_id}/template-analytics?page_size={size}&cursor="
    body["page_size"] = size
    body["_links"] = {"self": {"href": f"{path}c{first}"}}
    if first + size < total:
        body["_links"]["next"] = {"href": f"{path}c{first + size}"}
    return Answer(200, body)


@handles("whatsapp.get_messaging_analytics")
def get_messaging_analytics(call: Call) -> Answer:
    return _analytics(call, "messaging", "sent")


@handles("whatsapp.get_pricing_analytics")
def get_pricing_analytics(call: Call) -> Answer:
    return _analytics(call, "pricing", "volume")


@handles("whatsapp.list_subscriptions")
def list_subscriptions(call: Call) -> Answer:
    return Answer(200, list(call.state.subscriptions.values()))


@handles("whatsapp.create_subscription")
def create_subscription(call: Call) -> Answer:
    subscription_id = call.state.new_uuid()
    subscription = {**call.body, "id": subscription_id, "created_at": call.state.clock.rfc3339()}
    call.state.subscriptions[subscription_id] = subscription
    return Answer(200, subscription)


@handles("whatsapp.delete_subscription")
def delete_subscription(call: Call) -> Answer:
    if call.state.subscriptions.pop(call.values["subscription_id"], None) is None:
        raise not_found(call.values["subscription_id"])
    return Answer(204)


def _analytics(call: Call, kind: str, count: str) -> Answer:
    """A page of points, with the cursors of the pages beside it."""
    waba_id = _waba(call)["waba_id"]
    body = documented(f"whatsapp.get_{kind}_analytics")
    (point,) = body["_embedded"][f"{kind}_analytics"]
    periods = Periods.asked_for(call.values)
    first = _cursor(call.values.get("after"))
    following = first + POINTS_A_PAGE
    written = _unix if kind == "messaging" else _rfc3339
    points = []
    for index in range(first, min(following, len(periods))):
        begin, end = periods[index]
        points.append({**point, "start": written(begin), "end": written(end), count: 100 + index})
    body["_embedded"][f"{kind}_analytics"] = points
    body["granularity"] = periods.granularity
    # As in the document, the URLs name a version and a path of their own: only the cursors are of use.
    url = f"{LINKS_HOST}/v2/channel-manager/wabas/{waba_id}/{kind}-analytics"
    body["paging"] = {"cursors": {"before": f"c{first}", "after": f"c{following}"}}
    if following < len(periods):
        body["paging"]["next"] = f"{url}?after=c{following}"
    if first:
        body["paging"]["previous"] = f"{url}?before=c{first}"
    return Answer(200, body)


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _rfc3339(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"  # strftime does not pad years before 1000


def _cursor(text: Any) -> int:
    digits = str(text or "c0").removeprefix("c")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0


def _page(call: Call, items: list[Json], path: str) -> Json:
    if call.values.get("order") == "desc":
        items.reverse()
    bare = [{name: value for name, value in item.items() if name != "_links"} for item in items]
    return call.page(bare, path=path, name="wabas", previous="prev", size=50)


def _waba(call: Call) -> Json:
    return call.find(call.state.wabas, "waba_id")


def _profile(call: Call) -> Json:
    return call.find(call.state.profiles, "whatsapp_number")
