"""Identities: who sends."""

from __future__ import annotations

from aiovonage.sandbox.handlers.engagements.common import ROOT, SPEC
from aiovonage.sandbox.handlers.engagements.state import IDENTITY
from aiovonage.sandbox.handlers.registry import Call, Response, handles, without_unknown
from aiovonage.sandbox.pages import link
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


def seed(state: State) -> None:
    """Add the identity of the documents' examples."""
    _add_identity(state, IDENTITY, {"entity_type": "PUBLIC_PROFIT", "display_name": "Vonage"})


@handles("engagements.list_identities")
def list_identities(call: Call) -> Response:
    identities = list(call.state.messaging.identities.values())
    return Response(200, call.page(identities, path="", name="brands", links=False))


@handles("engagements.create_identity")
def create_identity(call: Call) -> Response:
    return Response(201, _add_identity(call.state, call.state.new_id("B", 6), call.body))


@handles("engagements.get_identity")
def get_identity(call: Call) -> Response:
    return Response(200, _identity(call))


@handles("engagements.replace_identity")
def replace_identity(call: Call) -> Response:
    identity = _identity(call)
    body = without_unknown(SPEC, call.body, brand_relationship="BrandRelationship")
    fixed = {"identity_id", "created_date", "_links", "company_name", "ein", "alt_business_id", "alt_business_id_type"}
    for name in identity.keys() - fixed:  # a PUT replaces the rest
        del identity[name]
    identity |= {**body, "last_updated": call.state.clock.text()}
    return Response(200, identity)


@handles("engagements.update_identity")
def update_identity(call: Call) -> Response:
    identity = _identity(call)
    body = without_unknown(SPEC, call.body, brand_relationship="BrandRelationship")
    identity |= {**body, "last_updated": call.state.clock.text()}
    return Response(200, identity)


def _identity(call: Call) -> Json:
    return call.find(call.state.messaging.identities, "identity_id")


def _add_identity(state: State, identity_id: str, data: Json) -> Json:
    links = {
        "self": link(f"{ROOT}/identities/{identity_id}"),
        "engagements": link(f"{ROOT}/engagements/", identity_id=identity_id),
    }
    dates = {"created_date": state.clock.text(), "last_updated": state.clock.text()}
    identity = state.messaging.identities[identity_id] = {**data, "identity_id": identity_id, **dates, "_links": links}
    return identity
