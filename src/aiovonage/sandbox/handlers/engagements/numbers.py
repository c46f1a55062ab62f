"""Messaging engagements: identities, engagements and their numbers."""

from __future__ import annotations

from collections.abc import Callable

from aiovonage.sandbox.handlers.registry import Answer, Call, handles, without_unknown
from aiovonage.sandbox.number_format import written
from aiovonage.sandbox.problems import BASE, not_found, refused
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import ENGAGEMENT, IDENTITY, Engagement, State

HOST = "https://api.nexmo.com"
ROOT = "/v1/messaging-engagement"
SPEC = "messaging-engagement.v1.yaml"
REFUSED = f"{BASE}/messaging-engagement#number-refused"
NONE = "/messaging-engagement#all-numbers-refused"


def seed(state: State) -> None:
    """The identity and the engagement that are there from the start, under the ids of the documents' examples."""
    _add_identity(state, IDENTITY, {"entity_type": "PUBLIC_PROFIT", "display_name": "Vonage"})
    _add_engagement(state, ENGAGEMENT, {"identity_id": IDENTITY, "use_case": "ACCOUNT_NOTIFICATION"})


@handles("engagements.list_identities")
def list_identities(call: Call) -> Answer:
    identities = list(call.state.identities.values())
    return Answer(200, call.page(identities, path="", name="brands", links=False))


@handles("engagements.create_identity")
def create_identity(call: Call) -> Answer:
    return Answer(201, _add_identity(call.state, call.state.new_id("B", 6), call.body))


@handles("engagements.get_identity")
def get_identity(call: Call) -> Answer:
    return Answer(200, _identity(call))


@handles("engagements.replace_identity")
def replace_identity(call: Call) -> Answer:
    identity = _identity(call)
    body = without_unknown(SPEC, call.body, brand_relationship="BrandRelationship")
    fixed = {"identity_id", "created_date", "_links", "company_name", "ein", "alt_business_id", "alt_business_id_type"}
    for name in identity.keys() - fixed:  # what no update can change stays
        del identity[name]
    identity |= {**body, "last_updated": call.state.clock.text()}
    return Answer(200, identity)


@handles("engagements.update_identity")
def update_identity(call: Call) -> Answer:
    identity = _identity(call)
    body = without_unknown(SPEC, call.body, brand_relationship="BrandRelationship")
    identity |= {**body, "last_updated": call.state.clock.text()}
    return Answer(200, identity)


@handles("engagements.list_engagements")
def list_engagements(call: Call) -> Answer:
    wanted = call.values.get("identity_id")
    found = [e.data for e in call.state.engagements.values() if wanted in {None, e.data.get("identity_id")}]
    return Answer(200, call.page(found, path="", name="brands", links=False))


@handles("engagements.create_engagement")
def create_engagement(call: Call) -> Answer:
    identity = call.body.get("identity_id")
    if identity is not None and identity not in call.state.identities:
        raise not_found(identity)
    return Answer(201, _add_engagement(call.state, call.state.new_id("C", 7), call.body).data)


@handles("engagements.get_engagement")
def get_engagement(call: Call) -> Answer:
    return Answer(200, _engagement(call).data)


@handles("engagements.replace_engagement")
def replace_engagement(call: Call) -> Answer:
    data = _engagement(call).data
    for name in data.keys() - {"engagement_id", "created_date", "_links"}:
        del data[name]
    data |= {**call.body, "last_updated": call.state.clock.text()}
    return Answer(200, data)


@handles("engagements.update_engagement")
def update_engagement(call: Call) -> Answer:
    data = _engagement(call).data
    data |= {**call.body, "last_updated": call.state.clock.text()}
    return Answer(200, data)


@handles("engagements.list_numbers")
def list_numbers(call: Call) -> Answer:
    engagement = _engagement(call)
    body = call.page(list(engagement.members.seen()), path="", name="numbers", links=False)
    if (form := call.state.behaviour.number_format) != "plain":
        body["_embedded"]["numbers"] = [written(number, form) for number in body["_embedded"]["numbers"]]
    body["_embedded"]["_links"] = _number_links(call)
    return Answer(200, body)


@handles("engagements.add_numbers")
def add_numbers(call: Call) -> Answer:
    engagement, engagement_id = _engagement(call), call.values["engagement_id"]

    def add(number: str) -> str | None:
        if call.state.engaged.setdefault(number, engagement_id) != engagement_id:
            return "is part of another engagement"
        if number not in engagement.numbers:
            engagement.members.add(number, None)
        return None

    return _each_number(call, add)


@handles("engagements.remove_numbers")
def remove_numbers(call: Call) -> Answer:
    engagement = _engagement(call)

    def remove(number: str) -> str | None:
        if number not in engagement.numbers:
            return "is not part of this engagement"
        engagement.members.remove(number)
        call.state.engaged.pop(number, None)
        return None

    return _each_number(call, remove)


def _each_number(call: Call, action: Callable[[str], str | None]) -> Answer:
    """Do something with each number of the body: 200 when all succeed, 207 when some do, 400 when none does."""
    done: list[str] = []
    errors: list[Json] = []
    for number in call.body["numbers"]:
        reason = "was refused by the sandbox's faults" if call.dice.refuses_item() else _shape(number) or action(number)
        if reason is None:
            done.append(number)
        else:
            title, detail = "The number was refused", f"The number {number} {reason}"
            errors.append({"number": number, "type": REFUSED, "title": title, "detail": detail})
    body: Json = {"numbers": done, "_links": _number_links(call)}
    if errors:
        body["errors"] = errors
    if errors and not done:
        raise refused(400, NONE, "All numbers were refused", "See errors for each number", **body)
    return Answer(207 if errors else 200, body)


def _shape(number: str) -> str | None:
    return None if number.isascii() and number.isdigit() and 7 <= len(number) <= 15 else "is not a telephone number"


def _identity(call: Call) -> Json:
    return call.find(call.state.identities, "identity_id")


def _engagement(call: Call) -> Engagement:
    return call.find(call.state.engagements, "engagement_id")


def _add_identity(state: State, identity_id: str, data: Json) -> Json:
    links = {
        "self": {"href": f"{HOST}{ROOT}/identities/{identity_id}"},
        "engagements": {"href": f"{HOST}{ROOT}/engagements/?identity_id={identity_id}"},
    }
    dates = {"created_date": state.clock.text(), "last_updated": state.clock.text()}
    identity = state.identities[identity_id] = {**data, "identity_id": identity_id, **dates, "_links": links}
    return identity


def _add_engagement(state: State, engagement_id: str, data: Json) -> Engagement:
    root = f"{HOST}{ROOT}/engagements/{engagement_id}"
    links = {"self": {"href": root}, "numbers": {"href": f"{root}/numbers"}}
    dates = {"created_date": state.clock.text(), "last_updated": state.clock.text()}
    engagement = state.new_engagement({**data, "engagement_id": engagement_id, **dates, "_links": links})
    state.engagements[engagement_id] = engagement
    return engagement


def _number_links(call: Call) -> Json:
    return {"engagement": {"href": {"value": f"{HOST}{ROOT}/engagements/{call.values['engagement_id']}/"}}}
