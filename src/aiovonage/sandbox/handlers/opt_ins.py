"""The opt-in list of a short code campaign, as JSON and as XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State

PAGE_SIZE = 100


def seed(state: State) -> None:
    """Add three numbers that have opted out."""
    for number in ("15558937009", "15554908975", "15559912501"):
        opt_out(state, number)


def opt_out(state: State, number: str) -> None:
    """Record that a subscriber opted out, as a STOP message does."""
    state.opt_ins[number] = {"msisdn": number, "opt-in": "false", "opt-out": "true", "opt-out-date": state.clock.text()}


@handles("opt_ins.query")
def query(call: Call) -> Response:
    size = call.page_size(PAGE_SIZE, name="page-size")
    first = max(0, call.values.get("page", 0)) * size
    found = [entry for entry in call.state.opt_ins.values() if entry["opt-out"] == "true"][first : first + size]
    if call.values["format"] == "json":
        return Response(200, {"opt-in-count": str(len(found)), "opt-in-list": found})
    root = ET.Element("opt-in-list", {"opt-in-count": str(len(found))})
    for entry in found:
        ET.SubElement(root, "opt-in", entry)
    return _xml(root)


@handles("opt_ins.manage")
def manage(call: Call) -> Response:
    number = call.values["msisdn"]
    entry: Json = {"msisdn": number, "opt-in": "true", "opt-in-date": call.state.clock.text(), "opt-out": "false"}
    call.state.opt_ins[number] = entry
    return Response(200, entry) if call.values["format"] == "json" else _xml(ET.Element("opt-in", entry))


def _xml(root: ET.Element) -> Response:
    return Response(200, ET.tostring(root, encoding="utf-8", xml_declaration=True), "application/xml")
