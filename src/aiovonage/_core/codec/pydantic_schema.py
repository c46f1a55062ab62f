"""Models as fields of pydantic's models, and so as request bodies and responses of FastAPI.

Nothing here is imported before pydantic asks for it, so pydantic is not a dependency. pydantic sees a model as a value
that it reads from JSON objects with the names on the wire, and writes in the same way.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from aiovonage._core.codec.codec import decode, encode
from aiovonage._core.codec.constraints import Constrained
from aiovonage._core.codec.record import Record
from aiovonage._core.codec.type_inspection import branches, hints, members, wire_name
from aiovonage.errors import DecodeError


def core_schema_of(cls: type[Record]) -> Any:
    """What pydantic's validator and serializer do with a model."""
    from pydantic_core import core_schema

    return core_schema.no_info_plain_validator_function(
        _reader(cls),
        serialization=core_schema.plain_serializer_function_ser_schema(encode),
    )


def json_schema_of(cls: type[Record]) -> dict[str, Any]:
    """The JSON Schema of a model."""
    return _object(cls, ())


def _reader(cls: type[Record]) -> Callable[[Any], Record]:
    def read(value: Any) -> Record:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"an object or a {cls.__name__} is expected, not {type(value).__name__}")  # noqa: TRY004
        try:
            made: Record = _constructed(decode(cls, dict(value)))
        except DecodeError as error:
            raise ValueError(str(error)) from None
        return made

    read.__name__ = read.__qualname__ = cls.__name__  # as which pydantic names it where there are several
    return read


def _constructed(value: Any) -> Any:
    """A decoded value made anew by its constructors, which check what the spec demands and fill in constants. Answers
    are read without; but here the value comes from somebody who sends it.
    """
    if isinstance(value, list):
        return [_constructed(item) for item in value]
    if not isinstance(value, Record):
        return value
    given = {a.alias or a.name: _constructed(getattr(value, a.name)) for a in attrs.fields(type(value))}
    required = {a.alias or a.name for a in attrs.fields(type(value)) if a.default is attrs.NOTHING}
    return type(value)(**{name: item for name, item in given.items() if item is not None or name in required})


def _object(cls: Any, outer: tuple[Any, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "title": cls.__name__}
    if cls in outer:  # models that refer to each other in a circle
        return schema
    if cls.__doc__:
        schema["description"] = " ".join(cls.__doc__.split())
    schema["properties"] = {wire_name(a): _member(cls, a, (*outer, cls)) for a in members(cls)}
    required = [wire_name(a) for a in members(cls) if a.default is attrs.NOTHING and not a.metadata.get("lenient")]
    return schema | ({"required": required} if required else {})


def _member(cls: Any, attribute: attrs.Attribute[Any], outer: tuple[Any, ...]) -> dict[str, Any]:
    form = attribute.metadata.get("format")
    if form == "string":  # booleans and integers that are written as strings
        return {"type": "string"}
    options = [_type(branch, outer) for branch in branches(hints(cls)[attribute.name])]
    open_enum = [option for option in options if "enum" in option]
    if open_enum and {"type": "string"} in options:  # an enum that the API may add to
        options = [{"type": "string", "examples": open_enum[0]["enum"]}]
    schema = dict(options[0]) if len(options) == 1 else {"anyOf": options}
    validator = attribute.validator
    if isinstance(validator, Constrained):
        bounds = {
            "minLength": validator.min_length,
            "maxLength": validator.max_length,
            "minimum": validator.minimum,
            "maximum": validator.maximum,
            "minItems": validator.min_items,
            "maxItems": validator.max_items,
            "pattern": validator.pattern.pattern if validator.pattern else None,
        }
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    return schema


_SCALARS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def _type(type_: Any, outer: tuple[Any, ...]) -> dict[str, Any]:
    if isinstance(type_, type) and issubclass(type_, Record):
        return _object(type_, outer)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return {"type": "string", "enum": [member.value for member in type_]}
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is list:
        return {"type": "array", "items": _type(arguments[0], outer)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], outer)}
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_type(branch, outer) for branch in branches(type_)]}
    return dict(_SCALARS.get(type_, {}))
