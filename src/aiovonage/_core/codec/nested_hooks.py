"""The readers of lists, maps and unions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

import attrs

from aiovonage._core.codec.type_inspection import (
    ShapeError,
    branches,
    hints,
    is_enum,
    is_list,
    is_literal,
    is_map,
    is_model,
    is_nested,
    members,
    type_name,
    unexpected,
    wire_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiovonage._core.codec.type_inspection import Hook


def keep(value: Any, _: Any) -> Any:
    """The reader of a value that stays as it is."""
    return value


def list_hook(type_: Any, hook_of: Callable[[Any], Hook], look_at: Callable[[Any], None]) -> Hook:
    """The reader of a list."""
    (item,) = get_args(type_)
    hook = hook_of(item)

    def read_list(value: Any, _: Any) -> list[Any]:
        if value.__class__ is not list:
            raise unexpected("an array", value)
        if hook is keep:
            look_at(value)
            return list(value)
        try:
            return [hook(element, item) for element in value]
        except ShapeError:
            return _read_again(value)

    def _read_again(value: list[Any]) -> list[Any]:
        """Read element by element, to find the one that fails."""
        done: list[Any] = []
        for index, element in enumerate(value):
            try:
                done.append(hook(element, item))
            except ShapeError as error:
                error.path.insert(0, index)
                raise
        return done

    return read_list


def map_hook(type_: Any, hook_of: Callable[[Any], Hook], look_at: Callable[[Any], None]) -> Hook:
    """The reader of a free map."""
    _, item = get_args(type_)
    hook = hook_of(item)

    def read_map(value: Any, _: Any) -> dict[str, Any]:
        if value.__class__ is not dict:
            raise unexpected("an object", value)
        if hook is keep:
            look_at(value)
            return dict(value)
        done: dict[str, Any] = {}
        for key, element in value.items():
            try:
                done[key] = hook(element, item)
            except ShapeError as error:
                error.path.insert(0, key)
                raise
        return done

    return read_map


def union_hook(type_: Any, hook_of: Callable[[Any], Hook]) -> Hook:
    """The reader of a union."""
    admitted = branches(type_)
    models = [b for b in admitted if is_model(b)]
    by_origin: dict[Any, Hook] = {get_origin(b): hook_of(b) for b in admitted if is_list(b) or is_map(b)}
    discriminator, by_value = _discriminator(models)
    enums = {member.value: member for b in admitted if is_enum(b) for member in b}
    scalars = any(not is_nested(b) for b in admitted)

    def read_union(value: Any, _: Any) -> Any:
        if value.__class__ is dict and models:
            kind = value.get(discriminator)
            named = by_value.get(kind) if kind.__class__ is str else None
            return _read_first(hook_of, [named] if named else [], models, value)
        if value.__class__ in by_origin:
            return by_origin[value.__class__](value, None)
        if value is None or scalars:
            return enums.get(value, value) if value.__class__ is str else value
        raise unexpected(" or ".join(map(type_name, admitted)), value)

    return read_union


def _read_first(hook_of: Callable[[Any], Hook], named: list[Any], models: list[Any], value: Any) -> Any:
    """Decode as the model that the discriminator names, or else as the first model that fits, since the documents'
    own examples contradict the discriminator. Models whose required members are all present are tried first.
    """
    first_error: ShapeError | None = None
    whole = [model for model in models if _required(model) <= value.keys()]
    for model in dict.fromkeys([*named, *whole, *models]):
        try:
            return hook_of(model)(value, model)
        except ShapeError as error:
            first_error = first_error or error
    raise first_error or ShapeError("no model of the union fits")


def _discriminator(models: list[Any]) -> tuple[str, dict[Any, Any]]:
    """The discriminator of a union: its name on the wire, and the model for each value. One model may have no constant,
    for values that the spec does not know.
    """
    constants = [
        {wire_name(a): get_args(hints(m)[a.name]) for a in members(m) if is_literal(hints(m)[a.name])} for m in models
    ]
    for name in sorted(set[str]().union(*constants)):
        if sum(name in c for c in constants) >= len(models) - 1:
            return name, {v: model for model, c in zip(models, constants, strict=True) for v in c.get(name, ())}
    return "", {}


@cache
def _required(model: Any) -> frozenset[str]:
    """The members that are required, by their names on the wire."""
    return frozenset(wire_name(a) for a in members(model) if a.default is attrs.NOTHING)
