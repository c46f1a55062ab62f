"""Applications, each with a key pair. Its public key verifies its tokens."""

from __future__ import annotations

from aiovonage.sandbox.authentication import key_pair, new_key_pair
from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


@handles("applications.list_applications")
def list_applications(call: Call) -> Response:
    applications = [_without_private_key(a) for a in call.state.applications.values()]
    return Response(200, call.page(applications, path="/v2/applications", name="applications", previous="prev"))


@handles("applications.create_application")
def create_application(call: Call) -> Response:
    application_id = call.state.new_uuid()
    application = {**call.body, "id": application_id}
    public_key = (call.body.get("keys") or {}).get("public_key")
    private_key = None
    if public_key is None:
        private_key, public_key = new_key_pair()
    return _stored(call, application_id, application, public_key, private_key, status=201)


@handles("applications.get_application")
def get_application(call: Call) -> Response:
    return Response(200, _without_private_key(_application(call)))


@handles("applications.update_application")
def update_application(call: Call) -> Response:
    application = _application(call)
    application_id = call.values["application_id"]
    public_key = (call.body.get("keys") or {}).get("public_key") or application["keys"]["public_key"]
    return _stored(call, application_id, {**call.body, "id": application_id}, public_key, None, status=200)


@handles("applications.delete_application")
def delete_application(call: Call) -> Response:
    _application(call)
    del call.state.applications[call.values["application_id"]]
    return Response(204)


def public_key_of(state: State, first_application: str, application_id: str) -> str | None:
    """The key that verifies an application's tokens; None if there is no such application.

    Args:
        state: The state.
        first_application: The application that the sandbox has from the start. It is not listed.
        application_id: The application.
    """
    if application_id == first_application:
        return key_pair()[1]
    application = state.applications.get(application_id)
    return application["keys"]["public_key"] if application is not None else None


def _stored(
    call: Call, application_id: str, application: Json, public_key: str, private_key: str | None, *, status: int
) -> Response:
    """Store an application. The response shows its private key this once, and it is not stored."""
    application["keys"] = {"public_key": public_key}
    call.state.applications[application_id] = application
    keys = {**application["keys"], "private_key": private_key} if private_key else application["keys"]
    return Response(status, {**application, "keys": keys})


def _application(call: Call) -> Json:
    return call.find(call.state.applications, "application_id")


def _without_private_key(application: Json) -> Json:
    return {**application, "keys": {"public_key": application["keys"]["public_key"]}}
