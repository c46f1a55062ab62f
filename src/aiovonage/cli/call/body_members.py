"""The members of operations' request bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

import attrs

from aiovonage._core.codec.type_inspection import hints, is_literal, members, wire_name
from aiovonage._core.operation import Operation, Parameter


@attrs.frozen(kw_only=True)
class BodyMember:
    """A member of a body.

    Attributes:
        name: Its name on the wire.
        type: Its type.
        required: Whether every model of the body requires it.
        lenient: Whether it may be left out although it is required, because the documents' own example leaves it out.
    """

    name: str
    type: Any
    required: bool
    lenient: bool


def body_members(operation: Operation[Any]) -> dict[str, BodyMember]:
    """The members of an operation's body, by name. If the body is one of several models, the members of all of them."""
    found: dict[str, list[BodyMember]] = {}
    models: tuple[Any, ...] = operation.body
    for model in models:
        for attribute in members(model):
            type_ = hints(model)[attribute.name]
            required = attribute.default is attrs.NOTHING or (is_literal(type_) and len(operation.body) > 1)
            lenient = bool(attribute.metadata.get("lenient"))
            member = BodyMember(name=wire_name(attribute), type=type_, required=required, lenient=lenient)
            found.setdefault(member.name, []).append(member)
    return {
        name: BodyMember(
            name=name,
            type=Union[tuple(member.type for member in same)],  # noqa: UP007 - any number of types
            required=len(same) == len(operation.body) and all(member.required for member in same),
            lenient=any(member.lenient for member in same),
        )
        for name, same in found.items()
    }


def bracketed(found: Iterable[Parameter | BodyMember]) -> list[str]:
    """The names, in brackets if they may be left out."""
    return [item.name if item.required else f"[{item.name}]" for item in found]
