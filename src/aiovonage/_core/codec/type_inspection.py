"""Values of the wrong shape, and what the types of models say of their values."""

from __future__ import annotations

import types
import typing
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import attrs

from aiovonage._core.codec.null import Null
from aiovonage._core.codec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Hook = Callable[[Any, Any], Any]


class ShapeError(Exception):
    """A value of the wrong shape. The path grows while the error passes outwards."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.path: list[str | int] = []

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON pointer."""
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in self.path)


def unexpected(expected: str, value: object) -> ShapeError:
    """The error for a value that is of another JSON type than expected."""
    return ShapeError(f"{expected} is expected, not {_JSON_TYPES.get(value.__class__, 'a number')}")


_JSON_TYPES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}


@cache
def hints(cls: Any) -> dict[str, Any]:
    """The types of a model's members, evaluated."""
    return typing.get_type_hints(cls)


def wire_name(attribute: attrs.Attribute[Any]) -> str:
    """The name on the wire of a model's member."""
    name: str = attribute.metadata.get("wire", attribute.name)
    return name


def members(cls: Any) -> list[attrs.Attribute[Any]]:
    """The members of a model that the spec names."""
    return [a for a in attrs.fields(cls) if a.name != "extra"]


def branches(hint: Any) -> list[Any]:
    """The types that a member admits, but for None and NULL."""
    found = get_args(hint) if is_union(hint) else (hint,)
    return [b for b in found if b not in {type(None), Null}]


def is_model(type_: Any) -> bool:
    """Whether it is a generated model."""
    return isinstance(type_, type) and issubclass(type_, Record)


def is_enum(type_: Any) -> bool:
    """Whether it is an enum."""
    return isinstance(type_, type) and issubclass(type_, Enum)


def is_literal(type_: Any) -> bool:
    """Whether it is a `Literal`: the constant by which the models of a union differ."""
    return get_origin(type_) is Literal


def is_union(type_: Any) -> bool:
    """Whether it is a union."""
    return get_origin(type_) in {Union, types.UnionType}


def is_list(type_: Any) -> bool:
    """Whether it is a list."""
    return bool(get_origin(type_) is list)


def is_map(type_: Any) -> bool:
    """Whether it is a free map."""
    return bool(get_origin(type_) is dict)


def is_nested(type_: Any) -> bool:
    """Whether its values are objects or arrays that are read in turn."""
    return is_model(type_) or is_list(type_) or is_map(type_)


@cache
def contains_itself(model: Any) -> bool:
    """Whether objects of a model may contain others of it, at any depth."""
    seen: set[Any] = set()
    left = list(_models_in(model))
    while left:
        below = {found for hint in hints(left.pop()).values() for found in _models_in(hint)}
        if model in below:
            return True
        left += below - seen
        seen |= below
    return False


def _models_in(type_: Any) -> Iterator[Any]:
    if is_model(type_):
        yield type_
    for argument in get_args(type_):
        yield from _models_in(argument)


def type_name(type_: Any) -> str:
    """The type in an error message."""
    return getattr(type_, "__name__", str(type_))
