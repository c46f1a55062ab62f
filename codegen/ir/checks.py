"""The validators of values that are sent, as expressions."""

from __future__ import annotations

from collections.abc import Mapping

from codegen.ir.types import Type
from codegen.spec import Json, Spec, reference_name

CHECKS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "minItems": "min_items",
    "maxItems": "max_items",
    "pattern": "pattern",
}


def check(spec: Spec, schema: Json, type_: Type, named: Mapping[str, Type], kinds: tuple[object, ...] = ()) -> str:
    """The validator of a value that is sent; empty where any value is admitted.

    Args:
        spec: The spec.
        schema: The schema of the value.
        type_: The type that was decided for it.
        named: The types that have a name of their own.
        kinds: For a constant, all constants of its union, where other values are admitted too.
    """
    schema, resolved = without_null(schema), without_null(spec.resolve(schema))
    if "const" in resolved:
        return f"Constrained(const={resolved['const']!r}{f', enum={kinds!r}' if kinds else ''})"
    if "enum" in resolved.get("not", {}):
        return f"Constrained(enum={tuple(resolved['not']['enum'])!r})"
    bounds = [f"{argument}={resolved[key]!r}" for key, argument in CHECKS.items() if key in resolved]
    if "enum" in resolved:
        closed = ["closed=True"] if "x-closed" in resolved else []
        return f"Constrained({', '.join([*bounds, f'enum=tuple({reference_name(schema)})', *closed])})"
    type_ = named.get(type_.not_none.text, type_)
    arguments = [*type_.scalars]
    if "x-type" not in resolved:  # the bounds are those of the text on the wire
        arguments += bounds
    if "items" in resolved and (item := check(spec, resolved["items"], type_.item, named)):
        arguments.append(f"items={item}")
    return f"Constrained({', '.join(arguments)})" if arguments else ""


def admits_null(schema: Json) -> bool:
    """Whether null is a value of the schema."""
    return "null" in schema.get("type", []) or any(
        branch.get("type") == "null" for key in ("oneOf", "anyOf") for branch in schema.get(key, [])
    )


def without_null(schema: Json) -> Json:
    """The branch of a union with null that is not null."""
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        return {**schema, "type": [t for t in types if t != "null"]}
    for key in ("oneOf", "anyOf"):
        rest = [branch for branch in schema.get(key, []) if branch.get("type") != "null"]
        if len(rest) == 1 and len(rest) < len(schema[key]):
            return dict(rest[0])
    return schema
