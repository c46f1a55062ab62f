"""Engagements: what messages are for."""

from __future__ import annotations

from aiovonage.sandbox.handlers.engagements.common import ROOT, find_engagement
from aiovonage.sandbox.handlers.engagements.state import ENGAGEMENT, IDENTITY, Engagement
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.pages import link
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


def seed(state: State) -> None:
    """Add the engagement of the documents' examples."""
    _add_engagement(state, ENGAGEMENT, {"identity_id": IDENTITY, "use_case": "ACCOUNT_NOTIFICATION"})


@handles("engagements.list_engagements")
def list_engagements(call: Call) -> Response:
    wanted = call.values.get("identity_id")
    found = [e.data for e in call.state.messaging.engagements.values() if wanted in {None, e.data.get("identity_id")}]
    return Response(200, call.page(found, path="", name="brands", links=False))


@handles("engagements.create_engagement")
def create_engagement(call: Call) -> Response:
    identity = call.body.get("identity_id")
    if identity is not None and identity not in call.state.messaging.identities:
        raise not_found(identity)
    return Response(201, _add_engagement(call.state, call.state.new_id("C", 7), call.body).data)


@handles("engagements.get_engagement")
def get_engagement(call: Call) -> Response:
    return Response(200, find_engagement(call).data)


@handles("engagements.replace_engagement")
def replace_engagement(call: Call) -> Response:
    data = find_engagement(call).data
    for name in data.keys() - {"engagement_id", "created_date", "_links"}:
        del data[name]
    data |= {**call.body, "last_updated": call.state.clock.text()}
    return Response(200, data)


@handles("engagements.update_engagement")
def update_engagement(call: Call) -> Response:
    data = find_engagement(call).data
    data |= {**call.body, "last_updated": call.state.clock.text()}
    return Response(200, data)


def _add_engagement(state: State, engagement_id: str, data: Json) -> Engagement:
    root = f"{ROOT}/engagements/{engagement_id}"
    links = {"self": link(root), "numbers": link(f"{root}/numbers")}
    dates = {"created_date": state.clock.text(), "last_updated": state.clock.text()}
    engagement = state.messaging.new_engagement({**data, "engagement_id": engagement_id, **dates, "_links": links})
    state.messaging.engagements[engagement_id] = engagement
    return engagement
