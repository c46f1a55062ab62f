"""The classes that the schemas of a spec become: models, enums and unions."""

from __future__ import annotations

from typing import Any

import attrs

from codegen.ir.checks import admits_null, check
from codegen.ir.decide import DATES, Types, named_types
from codegen.ir.reach import required_members, sent_schemas
from codegen.ir.text import meaning, wrapped
from codegen.ir.types import Type
from codegen.names import enum_members, member_name
from codegen.spec import Json, Spec, reference_name


@attrs.frozen
class Member:
    """A member of a model.

    Attributes:
        name: The attribute.
        wire: Its name on the wire.
        type: Its type.
        value: The right-hand side of its definition, as an expression; empty for a required member that needs none.
        required: Whether it must be given.
        constant: Whether it is the constant that tells the models of a union apart.
        null: Whether `NULL` can be sent.
        doc: Its docstring.
    """

    name: str
    wire: str
    type: Type
    value: str
    required: bool
    constant: bool
    null: bool
    doc: str


@attrs.frozen
class Model:
    """A class of attrs.

    Attributes:
        name: Its name.
        doc: Its docstring.
        members: Its members by name on the wire.
        together: The calls that check what members need of each other, as expressions.
    """

    name: str
    doc: str
    members: dict[str, Member]
    together: tuple[str, ...]


@attrs.frozen
class Enum:
    """An enum.

    Attributes:
        name: Its name.
        doc: Its docstring.
        values: Its members and their values, as expressions.
    """

    name: str
    doc: str
    values: tuple[tuple[str, str], ...]


@attrs.frozen
class Union:
    """A name for a union of models.

    Attributes:
        name: The name.
        doc: What it means.
        type: The union.
    """

    name: str
    doc: str
    type: Type


def classes_of(spec: Spec, types: Types) -> dict[str, Model | Enum | Union]:
    """The classes of a spec, by name, in its order."""
    sent = sent_schemas(spec)
    kinds = _known_kinds(spec)
    named = named_types(types)
    found: dict[str, Model | Enum | Union] = {}
    for name, schema in spec.schemas.items():
        doc = wrapped(meaning(spec, schema), indent=4)
        if "enum" in schema:
            found[name] = Enum(name, doc, tuple(enum_members(schema["enum"], schema.get("x-enum-varnames"))))
        elif "properties" in schema or "" not in types[name]:
            members = {
                wire: _member(
                    spec, schema, wire, types[name][wire], named, kinds.get((name, wire), ()), sent=name in sent
                )
                for wire in types[name]  # those without a default come first
            }
            found[name] = Model(name, doc, members, _together(schema))
        else:
            found[name] = Union(name, doc, types[name][""])
    return found


def _member(
    spec: Spec, owner: Json, wire: str, type_: Type, named: dict[str, Type], kinds: tuple[object, ...], *, sent: bool
) -> Member:
    schema = owner["properties"][wire]
    resolved = spec.resolve(schema)
    required = wire in required_members(owner)
    constant = "const" in resolved
    null = sent and admits_null(resolved)
    arguments = []
    if constant and required:
        arguments.append(f"default={resolved['const']!r}")
    elif not required:
        arguments.append("default=None")
    if sent and (validator := check(spec, schema, type_, named, kinds)):
        arguments.append(f"validator={validator}")
    if metadata := _metadata(spec, wire, resolved, sent=sent):
        arguments.append(f"metadata={metadata!r}")
    value = f"attrs.field({', '.join(arguments)})" if arguments else ""
    return Member(
        name=member_name(wire),
        wire=wire,
        type=Type(f"{type_} | Null") if null else type_,
        value="None" if arguments == ["default=None"] else value,
        required=required and not constant,
        constant=constant,
        null=null,
        doc=wrapped(meaning(spec, schema), indent=4),
    )


def _metadata(spec: Spec, wire: str, schema: Json, *, sent: bool) -> dict[str, Any]:
    """What the codec and others must know of a member, beside its type."""
    metadata: dict[str, Any] = {}
    if member_name(wire) != wire:
        metadata["wire"] = wire
    if schema.get("format") in DATES:
        metadata["format"] = schema["format"]
    if "x-type" in schema:
        metadata["format"] = "string"
    if "x-lenient" in schema:
        metadata["lenient"] = True
    if not sent and admits_null(schema):
        metadata["nullable"] = True
    if schema.get("x-secret"):
        metadata["secret"] = True
    if "xml" in schema and schema.get("type") == "array":
        metadata["children"] = spec.resolve(schema["items"]).get("xml", {}).get("name")
    return metadata


def _together(schema: Json) -> tuple[str, ...]:
    calls = [
        f"needs(self, {member_name(wire)!r}, {member_name(other)!r})"
        for wire, others in schema.get("dependentRequired", {}).items()
        for other in others
    ]
    if "properties" in schema and (alternatives := schema.get("anyOf")):
        names = [member_name(wire) for branch in alternatives for wire in branch["required"]]
        calls.append(f"needs_one(self, {', '.join(map(repr, names))})")
    return tuple(calls)


def _known_kinds(spec: Spec) -> dict[tuple[str, str], tuple[object, ...]]:
    """The constants of the models of each union that has a model for unknown ones too, by model and member."""
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for union in spec.schemas.values():
        discriminator = union.get("discriminator", {})
        mapping = discriminator.get("mapping", {})
        branches = {reference_name(b) for key in ("oneOf", "anyOf") for b in union.get(key, []) if "$ref" in b}
        named = {reference_name({"$ref": reference}) for reference in mapping.values()}
        if branches - named:
            found |= {(name, discriminator["propertyName"]): tuple(mapping) for name in named if mapping}
    return found
