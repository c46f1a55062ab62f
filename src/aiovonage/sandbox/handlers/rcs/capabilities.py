"""What devices can do, the opt-out keywords of senders, and carriers."""

from __future__ import annotations

from aiovonage.sandbox.handlers.rcs.common import check_phone
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import documented


@handles("rcs.get_device_capabilities")
def get_device_capabilities(call: Call) -> Response:
    if not _reachable(call.values["phone_number"]):
        raise not_found(call.values["phone_number"])
    return Response(200, documented("rcs.get_device_capabilities"))


@handles("rcs.check_device_capabilities")
def check_device_capabilities(call: Call) -> Response:
    check_phone(call.body["msisdn"], "msisdn")
    if not _reachable(call.body["msisdn"]):
        return Response(200, {"rcs_supported": False, "features": []})
    return Response(200, documented("rcs.check_device_capabilities"))


@handles("rcs.batch_check_capabilities")
def batch_check_capabilities(call: Call) -> Response:
    return Response(200, {"reachableUsers": [user for user in call.body.get("users", []) if _reachable(user)]})


@handles("rcs.get_opt_out")
def get_opt_out(call: Call) -> Response:
    sender = call.values["sender_id"]
    return Response(200, call.state.rcs.opt_outs.get(sender) or {"actions": [], "enabled": False})


@handles("rcs.update_opt_out")
def update_opt_out(call: Call) -> Response:
    opt_out = call.state.rcs.opt_outs[call.values["sender_id"]] = {"actions": call.body["actions"], "enabled": True}
    return Response(200, opt_out)


@handles("rcs.list_carriers")
def list_carriers(_: Call) -> Response:
    return Response(200, documented("rcs.list_carriers"))


def _reachable(number: str) -> bool:
    """Whether a number has RCS: those that end in 9 do not, so that both responses can be seen."""
    return not number.endswith("9")
