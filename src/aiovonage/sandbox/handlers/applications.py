"""Applications: each with a key pair that its tokens are checked with."""

from __future__ import annotations

from aiovonage.sandbox.authentication import key_pair, new_key_pair
from aiovonage.sandbox.handlers.registry import Answer, Call, handles
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


def seed(_: State) -> None:
    """Nothing: the account's first application is not listed."""


@handles("applications.list_applications")
def list_applications(call: Call) -> Answer:
    applications = [_without_private_key(a) for a in call.state.applications.values()]
    return Answer(200, call.page(applications, path="/v2/applications", name="applications", previous="prev"))


@handles("applications.create_application")
def create_application(call: Call) -> Answer:
    application_id = call.state.new_uuid()
    application = {**call.body, "id": application_id}
    public_key = (call.body.get("keys") or {}).get("public_key")
    private_key = None
    if public_key is None:
        private_key, public_key = new_key_pair()
    return _stored(call, application_id, application, public_key, private_key, status=201)


@handles("applications.get_application")
def get_application(call: Call) -> Answer:
    return Answer(200, _without_private_key(_application(call)))


@handles("applications.update_application")
def update_application(call: Call) -> Answer:
    _application(call)
    application_id = call.values["application_id"]
    public_key = (call.body.get("keys") or {}).get("public_key") or call.state.public_keys[application_id]
    return _stored(call, application_id, {**call.body, "id": application_id}, public_key, None, status=200)


@handles("applications.delete_application")
def delete_application(call: Call) -> Answer:
    _application(call)
    del call.state.applications[call.values["application_id"]]
    del call.state.public_keys[call.values["application_id"]]
    return Answer(204)


def public_key_of(state: State, first_application: str, application_id: str) -> str | None:
    """The key that an application's tokens are checked with; None where there is no such application."""
    return key_pair()[1] if application_id == first_application else state.public_keys.get(application_id)


def _stored(
    call: Call, application_id: str, application: Json, public_key: str, private_key: str | None, *, status: int
) -> Answer:
    """Keep an application; its private key is told once, and not kept."""
    application["keys"] = {"public_key": public_key}
    call.state.applications[application_id] = application
    call.state.public_keys[application_id] = public_key
    keys = {**application["keys"], "private_key": private_key} if private_key else application["keys"]
    return Answer(status, {**application, "keys": keys})


def _application(call: Call) -> Json:
    return call.find(call.state.applications, "application_id")


def _without_private_key(application: Json) -> Json:
    return {**application, "keys": {"public_key": application["keys"]["public_key"]}}
