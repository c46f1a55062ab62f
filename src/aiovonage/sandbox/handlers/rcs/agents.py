"""Brands, their agents, and the test devices of agents."""

from __future__ import annotations

from aiovonage.sandbox.handlers.rcs.common import check_phone
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.problems import not_found, problem
from aiovonage.sandbox.specs import Json, documented
from aiovonage.sandbox.state import State

ROOT = "/v1/channel-manager/rcs"
PAGE_SIZE = 20
SECTIONS = ("application_settings", "basic_info", "visual_design", "representative", "carrier_requirements")
FILTERS = ("brand_id", "agent_purpose", "billing_category", "hosting_region")


def seed(state: State) -> None:
    """Add the brand and the agent of the documents' examples."""
    brand = documented("rcs.create_brand", 201)
    state.rcs.brands[brand["id"]] = brand
    agent = documented("rcs.get_agent")
    state.rcs.agents[agent["id"]] = agent


@handles("rcs.list_brands")
def list_brands(call: Call) -> Response:
    return Response(200, [{"brands": list(call.state.rcs.brands.values())}])


@handles("rcs.create_brand")
def create_brand(call: Call) -> Response:
    brand = {"id": call.state.new_uuid(), "display_name": call.body["display_name"]}
    call.state.rcs.brands[brand["id"]] = brand
    return Response(201, brand)


@handles("rcs.update_brand")
def update_brand(call: Call) -> Response:
    brand = call.find(call.state.rcs.brands, "brand_id")
    brand["display_name"] = call.body["display_name"]
    return Response(200, brand)


@handles("rcs.delete_brand")
def delete_brand(call: Call) -> Response:
    if call.state.rcs.brands.pop(call.values["brand_id"], None) is None:
        raise not_found(call.values["brand_id"])
    return Response(204)


@handles("rcs.list_agents")
def list_agents(call: Call) -> Response:
    wanted = {name: call.values[name] for name in FILTERS if name in call.values}
    found = [
        agent
        for agent in call.state.rcs.agents.values()
        if call.values.get("state") in {None, agent["state"]}
        and all(agent["basic_info"].get(name) == value for name, value in wanted.items())
    ]
    if call.values.get("order") == "desc":
        found.reverse()
    path = f"{ROOT}/agents"
    return Response(200, call.page(found, path=path, name="agents", previous="prev", size=PAGE_SIZE))


@handles("rcs.create_agent")
def create_agent(call: Call) -> Response:
    _check_unique(call, None)
    agent_id, now = call.state.new_uuid(), call.state.clock.rfc3339()
    sections = {name: call.body[name] for name in SECTIONS if name in call.body}
    agent = {"id": agent_id, "state": "DRAFT", **sections, "created_at": now, "updated_at": now}
    call.state.rcs.agents[agent_id] = agent
    return Response(201, agent)


@handles("rcs.get_agent")
def get_agent(call: Call) -> Response:
    return Response(200, _agent(call))


@handles("rcs.replace_agent")
def replace_agent(call: Call) -> Response:
    agent = _agent(call)
    _check_unique(call, agent)
    for name in SECTIONS:
        agent.pop(name, None)
    return _change(call, agent, call.body)


@handles("rcs.update_agent")
def update_agent(call: Call) -> Response:
    agent = _agent(call)
    _check_unique(call, agent)
    return _change(call, agent, call.body or {})


@handles("rcs.add_agent_carriers")
def add_agent_carriers(call: Call) -> Response:
    agent = _agent(call)
    known = {carrier["id"] for carrier in documented("rcs.list_carriers")["carriers"]}
    for carrier in call.body["carriers"]:
        if carrier not in known:
            raise not_found(carrier)
        agent["carriers"] = {"id": carrier, "launch_state": "LAUNCH_STATE_PENDING"}
    return Response(202, documented("rcs.add_agent_carriers", 202))


@handles("rcs.add_agent_test_device")
def add_agent_test_device(call: Call) -> Response:
    check_phone(call.body["phone"], "phone")
    device = {
        "id": call.state.new_uuid(),
        "phone": call.body["phone"],
        "created_at": call.state.clock.rfc3339(),
        "status": "PENDING",
    }
    _agent(call).setdefault("test_devices", []).append(device)
    return Response(202, device)


@handles("rcs.remove_agent_test_device")
def remove_agent_test_device(call: Call) -> Response:
    agent, device_id = _agent(call), call.values["test_device_id"]
    devices = agent.get("test_devices", [])
    kept = [device for device in devices if device["id"] != device_id]
    if len(kept) == len(devices):
        raise not_found(device_id)
    agent["test_devices"] = kept
    return Response(204)


def _agent(call: Call) -> Json:
    return call.find(call.state.rcs.agents, "agent_id")


def _check_unique(call: Call, agent: Json | None) -> None:
    """Refuse the name or the sender id of another agent, and a change of an agent's sender id.

    The document states both rules and shows no error for either. The agent of a new sandbox does not count: it is the
    document's example, which is also the first agent that most people create.

    Raises:
        ProblemResponse: 409 that says what is taken.
    """
    example = documented("rcs.get_agent")["id"]
    given = (call.body or {}).get("basic_info") or {}
    for name in ("sender_id", "display_name"):
        value = given.get(name)
        if value is not None and any(
            other is not agent and other["id"] != example and other["basic_info"].get(name) == value
            for other in call.state.rcs.agents.values()
        ):
            raise problem(409, "#conflict", "Conflict", f"Another agent has the {name} {value!r}")
    if agent is not None and given.get("sender_id") not in {None, agent["basic_info"].get("sender_id")}:
        raise problem(409, "#conflict", "Conflict", "The sender_id cannot be changed once the agent exists")


def _change(call: Call, agent: Json, body: Json) -> Response:
    agent |= {name: body[name] for name in SECTIONS if name in body}
    agent["updated_at"] = call.state.clock.rfc3339()
    return Response(202, agent)
