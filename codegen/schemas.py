"""Prepares the schemas of a spec for datamodel-code-generator.

The generator decides the types and the order of the classes. What it does not know (names on the wire, checks on what
is sent, formats) is worked out here, member by member, and handed to its template.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import attrs

from codegen.names import enum_members, member_name
from codegen.spec import Json, Spec, reference_name

TYPES = {"string": "str", "integer": "int", "number": "int, float", "boolean": "bool"}
CHECKS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "minItems": "min_items",
    "maxItems": "max_items",
    "pattern": "pattern",
}
DATES = {"date-time", "date-time-local", "date"}
KEPT = (
    "type",
    "items",
    "additionalProperties",
    "enum",
    "const",
    "oneOf",
    "anyOf",
    "allOf",
    "description",
    "required",
    "$ref",
)


@attrs.frozen
class Prepared:
    """What the generator is given.

    Attributes:
        schemas: The schemas, stripped to what makes types.
        template_data: What the template needs beside, by class: the docstring; the names and values of an enum; the
            right-hand side and the docstring of each member, by its name on the wire.
        aliases: The attribute of each member, as `Class.wire`.
    """

    schemas: Json
    template_data: dict[str, dict[str, Any]]
    aliases: dict[str, str]


def prepare(spec: Spec) -> Prepared:
    """Prepare all schemas of a spec."""
    sent = sent_schemas(spec)
    received = received_schemas(spec)
    known_kinds = _known_kinds(spec)
    prepared = Prepared({}, {}, {})
    for name, schema in spec.schemas.items():
        prepared.schemas[name] = stripped = _stripped(spec, schema)
        data = prepared.template_data[name] = {"doc": docstring(spec, schema, indent=4)}
        if "enum" in schema:
            data["values"] = enum_members(schema["enum"], schema.get("x-enum-varnames"))
        elif properties := schema.get("properties"):
            required = required_members(schema)
            data["together"] = _together(schema)
            stripped.pop("anyOf", None)
            if name in received:
                # What only the document marks as required may be missing all the same: None is part of its type, and
                # it has no default.
                stripped["required"] = [wire for wire in required if _always_there(schema, wire)]
            stripped["properties"] = {wire: _stripped(spec, member) for wire, member in properties.items()}
            data["members"] = {
                wire: {
                    "default": _default(
                        spec,
                        wire,
                        member,
                        required=wire in required,
                        sent=name in sent,
                        kinds=known_kinds.get((name, wire), ()),
                    ),
                    "null": name in sent and _admits_null(spec.resolve(member)),
                    "doc": docstring(spec, member, indent=4),
                }
                for wire, member in properties.items()
            }
            prepared.aliases.update({f"{name}.{wire}": member_name(wire) for wire in properties})
    return prepared


def sent_schemas(spec: Spec) -> frozenset[str]:
    """The schemas that are part of a request's body or of a query parameter sent as JSON: these check what they are
    given.
    """
    roots: list[Any] = []
    for _, _, operation in spec.operations():
        roots.append(operation.get("requestBody", {}))
        roots += [parameter for parameter in operation.get("parameters", []) if "content" in spec.resolve(parameter)]
    return _reachable(spec, roots)


def received_schemas(spec: Spec) -> frozenset[str]:
    """The schemas that are part of an answer's body, and those that other specs share."""
    if not spec.operations():
        return frozenset(spec.schemas)
    return _reachable(spec, [operation.get("responses", {}) for _, _, operation in spec.operations()])


def required_members(schema: Json) -> list[str]:
    """The members that are required: as the document marks them, and those that identify the thing."""
    return list(dict.fromkeys([*schema.get("required", []), *schema.get("x-identity", [])]))


def _always_there(schema: Json, wire: str) -> bool:
    """Whether a required member is in every answer: it identifies the thing, or says of which kind it is."""
    return wire in schema.get("x-identity", []) or "const" in schema["properties"][wire]


def _together(schema: Json) -> list[str]:
    """The calls that check what members need of each other, as expressions."""
    calls = [
        f"needs(self, {member_name(wire)!r}, {member_name(other)!r})"
        for wire, others in schema.get("dependentRequired", {}).items()
        for other in others
    ]
    if alternatives := schema.get("anyOf"):
        names = [member_name(wire) for branch in alternatives for wire in branch["required"]]
        calls.append(f"needs_one(self, {', '.join(map(repr, names))})")
    return calls


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


def _reachable(spec: Spec, roots: list[Any]) -> frozenset[str]:
    """The schemas that are referred to, directly or not."""
    found: set[str] = set()
    pending = list(roots)
    while pending:
        for reference in _references(pending.pop()):
            name = reference.rpartition("/")[2]
            if reference.startswith(("#/components/parameters/", "#/components/responses/")):
                pending.append(spec.resolve({"$ref": reference}))
            elif reference.startswith("#/components/schemas/") and name not in found:
                found.add(name)
                pending.append(spec.schemas[name])
    return frozenset(found)


def check(spec: Spec, schema: Json, kinds: tuple[object, ...] = ()) -> str:
    """The validator of a value that is sent, as an expression; empty where any value is admitted.

    Args:
        spec: The spec.
        schema: The schema of the value.
        kinds: For a constant, all constants of its union, where other values are admitted too.
    """
    schema, resolved = _without_null(schema), _without_null(spec.resolve(schema))
    if "const" in resolved:
        return f"Constrained(const={resolved['const']!r}{f', enum={kinds!r}' if kinds else ''})"
    if "enum" in resolved.get("not", {}):
        return f"Constrained(enum={tuple(resolved['not']['enum'])!r})"
    bounds = [f"{argument}={resolved[key]!r}" for key, argument in CHECKS.items() if key in resolved]
    if "enum" in resolved:
        closed = ["closed=True"] if "x-closed" in resolved else []
        return f"Constrained({', '.join([*bounds, f'enum=tuple({reference_name(schema)})', *closed])})"
    arguments: list[str] = []
    types = resolved.get("type", [])
    types = types if isinstance(types, list) else [types]
    if "x-type" in resolved:
        types = [resolved["x-type"]]
    if types and all(t in TYPES for t in types) and resolved.get("format") not in DATES:
        arguments += [TYPES[t] for t in types]
    if "x-type" not in resolved:
        arguments += bounds
    if "array" in types and (item := check(spec, resolved["items"])):
        arguments.append(f"items={item}")
    return f"Constrained({', '.join(arguments)})" if arguments else ""


def docstring(spec: Spec, schema: Json, *, indent: int) -> str:
    """What a schema or member means, with its bounds and default, as the content of a docstring."""
    resolved = spec.resolve(schema)
    text = " ".join(str(schema.get("description", resolved.get("description", ""))).split())
    facts = []
    if "default" in resolved:
        facts.append(f"Default: {resolved['default']}.")
    bounds = [f"{words} {resolved[key]}{unit}" for key, words, unit in _BOUNDS if key in resolved]
    if bounds:
        facts.append(f"{', '.join(bounds).capitalize()}.")
    if text and text[-1] not in ".!?:":
        text += "."
    return wrapped(" ".join([text, *facts]), indent=indent)


def wrapped(text: str, *, indent: int) -> str:
    """The text as lines of a docstring, its quotes on lines of their own where it takes several."""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    margin = " " * indent
    lines = textwrap.wrap(text, 120 - indent - 3, break_on_hyphens=False, break_long_words=False)
    return lines[0] if len(lines) == 1 else f"\n{margin}".join([*lines, ""])


_BOUNDS = (
    ("minLength", "at least", " characters"),
    ("maxLength", "at most", " characters"),
    ("minimum", "from", ""),
    ("maximum", "up to", ""),
    ("minItems", "at least", " items"),
    ("maxItems", "at most", " items"),
)


def _default(spec: Spec, wire: str, member: Json, *, required: bool, sent: bool, kinds: tuple[object, ...] = ()) -> str:
    """The right-hand side of a member; empty for a required one that needs no more."""
    resolved = spec.resolve(member)
    arguments = []
    if "const" in resolved and required:
        arguments.append(f"default={resolved['const']!r}")
    elif not required:
        arguments.append("default=None")
    if sent and (validator := check(spec, member, kinds)):
        arguments.append(f"validator={validator}")
    metadata: dict[str, Any] = {}
    if member_name(wire) != wire:
        metadata["wire"] = wire
    if resolved.get("format") in DATES:
        metadata["format"] = resolved["format"]
    if "x-type" in resolved:
        metadata["format"] = "string"
    if "x-lenient" in resolved:
        metadata["lenient"] = True
    if not sent and _admits_null(resolved):
        metadata["nullable"] = True
    if resolved.get("x-secret"):
        metadata["secret"] = True
    if "xml" in resolved and resolved.get("type") == "array":
        metadata["children"] = spec.resolve(resolved["items"]).get("xml", {}).get("name")
    if metadata:
        arguments.append(f"metadata={metadata!r}")
    if not arguments:
        return ""
    return "None" if arguments == ["default=None"] else f"attrs.field({', '.join(arguments)})"


def _stripped(spec: Spec, schema: Json) -> Json:
    """The schema with only what makes a type. Enums become open: a value that is not known stays a string."""
    if "$ref" in schema:
        resolved = spec.resolve({"$ref": schema["$ref"]})
        reference = {"$ref": schema["$ref"]}
        return {"anyOf": [reference, {"type": resolved.get("type", "string")}]} if "enum" in resolved else reference
    kept: Json = {key: schema[key] for key in KEPT if key in schema and key != "required"}
    if required := required_members(schema):
        kept["required"] = required
    if schema.get("format") in DATES:
        kept["format"] = "date" if schema["format"] == "date" else "date-time"
    if "x-type" in schema:
        kept["type"] = schema["x-type"]
    if isinstance(kept.get("type"), list) and "null" in kept["type"]:
        kept["type"] = [t for t in kept["type"] if t != "null"]
    if isinstance(kept.get("type"), list) and len(kept["type"]) == 1:
        kept["type"] = kept["type"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in kept:
            kept[key] = [_stripped(spec, branch) for branch in kept[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = _stripped(spec, kept[key])
    return kept


def _admits_null(schema: Json) -> bool:
    return "null" in schema.get("type", []) or any(
        branch.get("type") == "null" for key in ("oneOf", "anyOf") for branch in schema.get(key, [])
    )


def _without_null(schema: Json) -> Json:
    """The branch of a union with null that is not null."""
    types = schema.get("type")
    if isinstance(types, list) and "null" in types:
        return {**schema, "type": [t for t in types if t != "null"]}
    for key in ("oneOf", "anyOf"):
        rest = [branch for branch in schema.get(key, []) if branch.get("type") != "null"]
        if len(rest) == 1 and len(rest) < len(schema[key]):
            return dict(rest[0])
    return schema


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            if key not in {"examples", "mapping"}:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
