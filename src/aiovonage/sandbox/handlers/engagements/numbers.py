"""Numbers of an engagement, which are added and removed in batches."""

from __future__ import annotations

from collections.abc import Callable

from aiovonage.sandbox.handlers.engagements.common import ROOT, find_engagement
from aiovonage.sandbox.handlers.formats import is_phone
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.number_format import written
from aiovonage.sandbox.pages import LINKS_HOST
from aiovonage.sandbox.problems import BASE, problem
from aiovonage.sandbox.specs import Json

REFUSED = f"{BASE}/messaging-engagement#number-refused"
ALL_REFUSED = "/messaging-engagement#all-numbers-refused"


@handles("engagements.list_numbers")
def list_numbers(call: Call) -> Response:
    engagement = find_engagement(call)
    body = call.page(list(engagement.members.visible()), path="", name="numbers", links=False)
    if (form := call.state.behaviour.number_format) != "plain":
        body["_embedded"]["numbers"] = [written(number, form) for number in body["_embedded"]["numbers"]]
    body["_embedded"]["_links"] = _number_links(call)
    return Response(200, body)


@handles("engagements.add_numbers")
def add_numbers(call: Call) -> Response:
    engagement, engagement_id = find_engagement(call), call.values["engagement_id"]

    def add(number: str) -> str | None:
        if call.state.messaging.engaged.setdefault(number, engagement_id) != engagement_id:
            return "is part of another engagement"
        if number not in engagement.numbers:
            engagement.members.add(number, None)
        return None

    return _each_number(call, add)


@handles("engagements.remove_numbers")
def remove_numbers(call: Call) -> Response:
    engagement = find_engagement(call)

    def remove(number: str) -> str | None:
        if number not in engagement.numbers:
            return "is not part of this engagement"
        engagement.members.remove(number)
        call.state.messaging.engaged.pop(number, None)
        return None

    return _each_number(call, remove)


def _each_number(call: Call, action: Callable[[str], str | None]) -> Response:
    """Apply an action to each number of the body: 200 if all succeed, 207 if some do, 400 if none does.

    Args:
        call: The request.
        action: Handles one number; returns why the number is refused, or None.
    """
    done: list[str] = []
    errors: list[Json] = []
    for number in call.body["numbers"]:
        reason = (
            "was refused by the sandbox's faults"
            if call.faults.refuses_item()
            else _format_error(number) or action(number)
        )
        if reason is None:
            done.append(number)
        else:
            title, detail = "The number was refused", f"The number {number} {reason}"
            errors.append({"number": number, "type": REFUSED, "title": title, "detail": detail})
    body: Json = {"numbers": done, "_links": _number_links(call)}
    if errors:
        body["errors"] = errors
    if errors and not done:
        raise problem(400, ALL_REFUSED, "All numbers were refused", "See errors for each number", **body)
    return Response(207 if errors else 200, body)


def _format_error(number: str) -> str | None:
    return None if is_phone(number) and not number.startswith("+") else "is not a telephone number"


def _number_links(call: Call) -> Json:
    # The documents show this link with its URL in a `value`, unlike all others.
    return {"engagement": {"href": {"value": f"{LINKS_HOST}{ROOT}/engagements/{call.values['engagement_id']}/"}}}
