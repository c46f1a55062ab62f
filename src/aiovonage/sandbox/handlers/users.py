"""Users, in lists that go on by a cursor."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from aiovonage.sandbox.handlers.registry import Answer, Call, handles
from aiovonage.sandbox.problems import refused
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State

PAGE_SIZE = 10
LINKS_HOST = "https://api-us-3.vonage.com"
"""As with the real API, the links name another host than the one that is asked."""

ROOT = "/v1/users"


def seed(_: State) -> None:
    """Nothing."""


@handles("users.list_users")
def list_users(call: Call) -> Answer:
    order = str(call.values.get("order", "asc")).lower()
    wanted = call.values.get("name")
    found = [user for user in call.state.users.values() if wanted in {None, user.get("name")}]
    if order == "desc":
        found.reverse()
    size = call.page_size(PAGE_SIZE)
    first = _offset(call.values.get("cursor"))
    shown = [_summary(user) for user in found[first : first + size]]

    def link(offset: int) -> Json:
        cursor = quote(_cursor(offset), safe="")
        return {"href": f"{LINKS_HOST}{ROOT}?page_size={size}&order={order}&cursor={cursor}"}

    links = {"first": {"href": f"{LINKS_HOST}{ROOT}?page_size={size}&order={order}"}, "self": link(first)}
    if first + size < len(found):
        links["next"] = link(first + size)
    if first:
        links["prev"] = link(max(0, first - size))
    return Answer(200, {"page_size": size, "_embedded": {"users": shown}, "_links": links})


@handles("users.create_user")
def create_user(call: Call) -> Answer:
    user_id = f"USR-{call.state.new_uuid()}"
    _check_name(call, user_id)
    user = {"name": f"NAM-{call.state.new_uuid()}", **(call.body or {}), "id": user_id}
    user["_links"] = {"self": {"href": f"{LINKS_HOST}{ROOT}/{user_id}"}}
    call.state.users[user_id] = user
    return Answer(201, user)


@handles("users.get_user")
def get_user(call: Call) -> Answer:
    return Answer(200, _user(call))


@handles("users.update_user")
def update_user(call: Call) -> Answer:
    user = _user(call)
    _check_name(call, user["id"])
    user |= call.body or {}
    return Answer(200, user)


@handles("users.delete_user")
def delete_user(call: Call) -> Answer:
    _user(call)
    del call.state.users[call.values["user_id"]]
    return Answer(204)


def _user(call: Call) -> Json:
    return call.find(call.state.users, "user_id")


def _check_name(call: Call, user_id: str) -> None:
    """Names are unique, as the document says; it shows no error for it, but public clients read this code."""
    name = (call.body or {}).get("name")
    if name is None or all(user["id"] == user_id or user["name"] != name for user in call.state.users.values()):
        return
    raise refused(
        409, "#duplicate-name", "Conflict", "The name specified is already taken.", code="user:error:duplicate-name"
    )


def _summary(user: Json) -> Json:
    return {name: user[name] for name in ("id", "name", "display_name", "_links") if name in user}


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset={offset}".encode()).decode()


def _offset(cursor: str | None) -> int:
    """Where a cursor points; the start for one that is not ours."""
    try:
        text = base64.b64decode(cursor or "", validate=True).decode("ascii")
        return max(0, int(text.removeprefix("offset=") or 0))
    except (binascii.Error, ValueError):
        return 0
