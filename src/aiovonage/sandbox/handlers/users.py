"""Users, in lists with a cursor."""

from __future__ import annotations

import base64
import binascii

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.pages import link
from aiovonage.sandbox.problems import problem
from aiovonage.sandbox.specs import Json

PAGE_SIZE = 10
LINKS_HOST = "https://api-us-3.vonage.com"
"""The links name another host than the requests, as those of the real API do."""

ROOT = "/v1/users"


@handles("users.list_users")
def list_users(call: Call) -> Response:
    order = str(call.values.get("order", "asc")).lower()
    wanted = call.values.get("name")
    found = [user for user in call.state.users.values() if wanted in {None, user.get("name")}]
    if order == "desc":
        found.reverse()
    size = call.page_size(PAGE_SIZE)
    first = _offset(call.values.get("cursor"))
    shown = [_summary(user) for user in found[first : first + size]]

    def page(offset: int) -> Json:
        return link(ROOT, host=LINKS_HOST, page_size=size, order=order, cursor=_cursor(offset))

    links = {"first": link(ROOT, host=LINKS_HOST, page_size=size, order=order), "self": page(first)}
    if first + size < len(found):
        links["next"] = page(first + size)
    if first:
        links["prev"] = page(max(0, first - size))
    return Response(200, {"page_size": size, "_embedded": {"users": shown}, "_links": links})


@handles("users.create_user")
def create_user(call: Call) -> Response:
    user_id = f"USR-{call.state.new_uuid()}"
    _check_name(call, user_id)
    user = {"name": f"NAM-{call.state.new_uuid()}", **(call.body or {}), "id": user_id}
    user["_links"] = {"self": link(f"{ROOT}/{user_id}", host=LINKS_HOST)}
    call.state.users[user_id] = user
    return Response(201, user)


@handles("users.get_user")
def get_user(call: Call) -> Response:
    return Response(200, _user(call))


@handles("users.update_user")
def update_user(call: Call) -> Response:
    user = _user(call)
    _check_name(call, user["id"])
    user |= call.body or {}
    return Response(200, user)


@handles("users.delete_user")
def delete_user(call: Call) -> Response:
    _user(call)
    del call.state.users[call.values["user_id"]]
    return Response(204)


def _user(call: Call) -> Json:
    return call.find(call.state.users, "user_id")


def _check_name(call: Call, user_id: str) -> None:
    """Refuse a name that is taken. The document shows no error for it, but public clients read this code.

    Raises:
        ProblemResponse: 409.
    """
    name = (call.body or {}).get("name")
    if name is None or all(user["id"] == user_id or user["name"] != name for user in call.state.users.values()):
        return
    raise problem(
        409, "#duplicate-name", "Conflict", "The name specified is already taken.", code="user:error:duplicate-name"
    )


def _summary(user: Json) -> Json:
    return {name: user[name] for name in ("id", "name", "display_name", "_links") if name in user}


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset={offset}".encode()).decode()


def _offset(cursor: str | None) -> int:
    """The offset that a cursor stands for; 0 for a cursor that the sandbox has not made."""
    try:
        text = base64.b64decode(cursor or "", validate=True).decode("ascii")
        return max(0, int(text.removeprefix("offset=") or 0))
    except (binascii.Error, ValueError):
        return 0
