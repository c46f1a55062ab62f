"""RCS: capabilities of devices, opt-out keywords, brands, agents, carriers and test devices."""

from __future__ import annotations

from aiovonage.sandbox.handlers.formats import is_phone
from aiovonage.sandbox.handlers.registry import Answer, Call, handles
from aiovonage.sandbox.problems import not_found, refused
from aiovonage.sandbox.specs import Json, documented
from aiovonage.sandbox.state import State

ROOT = "/v1/channel-manager/rcs"
PAGE_SIZE = 20
SECTIONS = ("application_settings", "basic_info", "visual_design", "representative", "carrier_requirements")
FILTERS = ("brand_id", "agent_purpose", "billing_category", "hosting_region")


def seed(state: State) -> None:
    """The brand and the agent of the documents' examples."""
    brand = documented("rcs.create_brand", 201)
    state.rcs_brands[brand["id"]] = brand
    agent = documented("rcs.get_agent")
    state.agents[agent["id"]] = agent


@handles("rcs.get_device_capabilities")
def get_device_capabilities(call: Call) -> Answer:
    if not _reachable(call.values["phone_number"]):
        raise not_found(call.values["phone_number"])
    return Answer(200, documented("rcs.get_device_capabilities"))


@handles("rcs.check_device_capabilities")
def check_device_capabilities(call: Call) -> Answer:
    _check_phone(call.body["msisdn"], "msisdn")
    if not _reachable(call.body["msisdn"]):
        return Answer(200, {"rcs_supported": False, "features": []})
    return Answer(200, documented("rcs.check_device_capabilities"))


@handles("rcs.batch_check_capabilities")
def batch_check_capabilities(call: Call) -> Answer:
    return Answer(200, {"reachableUsers": [user for user in call.body.get("users", []) if _reachable(user)]})


@handles("rcs.get_opt_out")
def get_opt_out(call: Call) -> Answer:
    sender = call.values["sender_id"]
    return Answer(200, call.state.opt_outs.get(sender) or {"actions": [], "enabled": False})


@handles("rcs.update_opt_out")
def update_opt_out(call: Call) -> Answer:
    opt_out = call.state.opt_outs[call.values["sender_id"]] = {"actions": call.body["actions"], "enabled": True}
    return Answer(200, opt_out)


@handles("rcs.list_brands")
def list_brands(call: Call) -> Answer:
    return Answer(200, [{"brands": list(call.state.rcs_brands.values())}])


@handles("rcs.create_brand")
def create_brand(call: Call) -> Answer:
    brand = {"id": call.state.new_uuid(), "display_name": call.body["display_name"]}
    call.state.rcs_brands[brand["id"]] = brand
    return Answer(201, brand)


@handles("rcs.update_brand")
def update_brand(call: Call) -> Answer:
    brand = call.find(call.state.rcs_brands, "brand_id")
    brand["display_name"] = call.body["display_name"]
    return Answer(200, brand)


@handles("rcs.delete_brand")
def delete_brand(call: Call) -> Answer:
    if call.state.rcs_brands.pop(call.values["brand_id"], None) is None:
        raise not_found(call.values["brand_id"])
    return Answer(204)


@handles("rcs.list_agents")
def list_agents(call: Call) -> Answer:
    wanted = {name: call.values[name] for name in FILTERS if name in call.values}
    found = [
        agent
        for agent in call.state.agents.values()
        if call.values.get("state") in {None, agent["state"]}
        and all(agent["basic_info"].get(name) == value for name, value in wanted.items())
    ]
    if call.values.get("order") == "desc":
        found.reverse()
    path = f"{ROOT}/agents"
    return Answer(200, call.page(found, path=path, name="agents", previous="prev", size=PAGE_SIZE))


@handles("rcs.create_agent")
def create_agent(call: Call) -> Answer:
    _check_unique(call, None)
    agent_id, now = call.state.new_uuid(), call.state.clock.rfc3339()
    sections = {name: call.body[name] for name in SECTIONS if name in call.body}
    agent = {"id": agent_id, "state": "DRAFT", **sections, "created_at": now, "updated_at": now}
    call.state.agents[agent_id] = agent
    return Answer(201, agent)


@handles("rcs.get_agent")
def get_agent(call: Call) -> Answer:
    return Answer(200, _agent(call))


@handles("rcs.replace_agent")
def replace_agent(call: Call) -> Answer:
    agent = _agent(call)
    _check_unique(call, agent)
    for name in SECTIONS:
        agent.pop(name, None)
    return _change(call, agent, call.body)


@handles("rcs.update_agent")
def update_agent(call: Call) -> Answer:
    agent = _agent(call)
    _check_unique(call, agent)
    return _change(call, agent, call.body or {})


@handles("rcs.list_carriers")
def list_carriers(_: Call) -> Answer:
    return Answer(200, documented("rcs.list_carriers"))


@handles("rcs.add_agent_carriers")
def add_agent_carriers(call: Call) -> Answer:
    agent = _agent(call)
    known = {carrier["id"] for carrier in documented("rcs.list_carriers")["carriers"]}
    for carrier in call.body["carriers"]:
        if carrier not in known:
            raise not_found(carrier)
        agent["carriers"] = {"id": carrier, "launch_state": "LAUNCH_STATE_PENDING"}
    return Answer(202, documented("rcs.add_agent_carriers", 202))


@handles("rcs.add_agent_test_device")
def add_agent_test_device(call: Call) -> Answer:
    _check_phone(call.body["phone"], "phone")
    device = {
        "id": call.state.new_uuid(),
        "phone": call.body["phone"],
        "created_at": call.state.clock.rfc3339(),
        "status": "PENDING",
    }
    _agent(call).setdefault("test_devices", []).append(device)
    return Answer(202, device)


@handles("rcs.remove_agent_test_device")
def remove_agent_test_device(call: Call) -> Answer:
    agent, device_id = _agent(call), call.values["test_device_id"]
    devices = agent.get("test_devices", [])
    kept = [device for device in devices if device["id"] != device_id]
    if len(kept) == len(devices):
        raise not_found(device_id)
    agent["test_devices"] = kept
    return Answer(204)


def _agent(call: Call) -> Json:
    return call.find(call.state.agents, "agent_id")


def _check_unique(call: Call, agent: Json | None) -> None:
    """Refuse a name or a sender id that another agent has, and another sender id for an agent that has one.

    The document says both, and shows no error for either. The agent that is there from the start does not count: it is
    the document's example, and so is the first agent that most people create.
    """
    example = documented("rcs.get_agent")["id"]
    given = (call.body or {}).get("basic_info") or {}
    for name in ("sender_id", "display_name"):
        value = given.get(name)
        if value is not None and any(
            other is not agent and other["id"] != example and other["basic_info"].get(name) == value
            for other in call.state.agents.values()
        ):
            raise refused(409, "#conflict", "Conflict", f"Another agent has the {name} {value!r}")
    if agent is not None and given.get("sender_id") not in {None, agent["basic_info"].get("sender_id")}:
        raise refused(409, "#conflict", "Conflict", "The sender_id cannot be changed once the agent exists")


def _check_phone(number: str, field: str) -> None:
    if is_phone(number):
        return
    wrong = {"field": field, "description": f"Field '{field}' is not a valid value"}
    title, detail = "There were some issues with the submitted data", f"{field} must be a telephone number in E.164"
    raise refused(422, "#invalid-data", title, detail, invalid_parameters=[wrong])


def _change(call: Call, agent: Json, body: Json) -> Answer:
    agent |= {name: body[name] for name in SECTIONS if name in body}
    agent["updated_at"] = call.state.clock.rfc3339()
    return Answer(202, agent)


def _reachable(number: str) -> bool:
    """Numbers that end in 9 have no RCS, so that both answers can be seen."""
    return not number.endswith("9")
