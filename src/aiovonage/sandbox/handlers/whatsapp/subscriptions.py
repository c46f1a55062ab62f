"""Subscriptions to notifications."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import documented
from aiovonage.sandbox.state import State


def seed(state: State) -> None:
    """Add the two subscriptions of the documents' example."""
    entries = documented("whatsapp.list_subscriptions")
    state.whatsapp.subscriptions.update({entry["id"]: entry for entry in entries})


@handles("whatsapp.list_subscriptions")
def list_subscriptions(call: Call) -> Response:
    return Response(200, list(call.state.whatsapp.subscriptions.values()))


@handles("whatsapp.create_subscription")
def create_subscription(call: Call) -> Response:
    subscription_id = call.state.new_uuid()
    subscription = {**call.body, "id": subscription_id, "created_at": call.state.clock.rfc3339()}
    call.state.whatsapp.subscriptions[subscription_id] = subscription
    return Response(200, subscription)


@handles("whatsapp.delete_subscription")
def delete_subscription(call: Call) -> Response:
    if call.state.whatsapp.subscriptions.pop(call.values["subscription_id"], None) is None:
        raise not_found(call.values["subscription_id"])
    return Response(204)
