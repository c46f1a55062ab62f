"""Turns the schemas of a document into the form of our own specs: objects, enums and unions by name, no `allOf`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import attrs

from codegen.foreign.place import Inexpressible, Json, Place, follow
from codegen.names import class_name, is_taken, member_name

UNSUPPORTED = (
    "not", "if", "then", "else", "patternProperties", "prefixItems", "contains", "propertyNames", "dependentSchemas",
    "unevaluatedProperties", "unevaluatedItems", "$dynamicRef",
)  # fmt: skip
UNCHECKED = ("multipleOf", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "minProperties", "maxProperties")
BOUNDS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern")
MINOR = {"default", "deprecated", "readOnly", "writeOnly", "externalDocs", *BOUNDS}
"""What a part of an `allOf` may say otherwise than the first: that of the first is taken."""
SCALARS = {"string", "integer", "number", "boolean", "null"}


@attrs.define
class Shape:
    """A schema with all that its `allOf` adds.

    Attributes:
        place: Where it stands.
        node: What is said of it, without its members.
        members: Its members, each with its place.
        required: Which of them are required.
    """

    place: Place
    node: Json
    members: dict[str, tuple[Place, Any]] = attrs.field(factory=dict)
    required: list[str] = attrs.field(factory=list)


class Schemas:
    """The named schemas that a document comes to.

    Attributes:
        named: What has been named so far.
        notes: What is not checked or not carried over, and where.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self.named: Json = {}
        self.notes: list[str] = []
        self._taken = taken
        self._names: dict[Place, str] = {}
        self._open: list[Place] = []

    def schema(self, place: Place, node: Any, hint: str) -> Json:
        """A schema in our form; what needs a name is named, and referred to.

        Args:
            place: Where it stands.
            node: The schema.
            hint: What to call it where it has no name of its own.
        """
        if node is True or node == {}:
            return {}
        place, node = _unwrapped(place, node)
        reference = isinstance(node, dict) and "$ref" in node
        target, resolved = follow(place, node)
        if target in self._names:
            return self._reference(target, resolved)
        shape = self._shape(target, resolved)
        if not _needs_name(shape):
            if target in self._open:
                raise Inexpressible(place, "a list or a map that contains itself")
            self._open.append(target)
            try:
                return self._unnamed(shape, hint)
            finally:
                self._open.pop()
        own = target.last if reference or target.pointer.startswith("/components/schemas/") else ""
        generic = own in {"schema", "items", ""} or "/properties/" in target.pointer
        self._names[target] = name = self._new_name(hint if generic else own)
        self.named[name] = {}  # it may refer to itself
        self.named[name] = self._built(shape, name)
        return self._reference(target, resolved)

    def _reference(self, target: Place, node: Json) -> Json:
        reference = {"$ref": f"#/components/schemas/{self._names[target]}"}
        if node.get("nullable") or "null" in _types(node):
            return {"anyOf": [reference, {"type": "null"}], "description": _description(node, target.last)}
        return {**reference, "description": _description(node, target.last)}

    def _shape(self, place: Place, node: Json) -> Shape:
        """The schema, its `allOf` merged into it."""
        self._supported(place, node)
        shape = Shape(place, {k: v for k, v in node.items() if k not in {"allOf", "properties", "required"}})
        for index, part in enumerate(node.get("allOf", [])):
            self._merge(shape, self._shape(*follow(place / "allOf" / index, part)))
        for name, member in (node.get("properties") or {}).items():
            shape.members[name] = (place / "properties" / name, member)
        required = node.get("required") or []
        if not isinstance(required, list):
            self.notes.append(f"{place}: `required: {required}` is not a list of members")
            required = []
        shape.required = list(dict.fromkeys([*shape.required, *required]))
        if "pattern" in node and not _compiles(node["pattern"]):
            self.notes.append(f"{place}: the pattern is not one of Python, and not checked by the client")
            del shape.node["pattern"]
        return shape

    def _merge(self, shape: Shape, part: Shape) -> None:
        for key, value in part.node.items():
            if key in {"description", "title", "example", "examples", "discriminator", "xml"}:
                shape.node.setdefault(key, value)
            elif shape.node.setdefault(key, value) != value and key not in MINOR:
                raise Inexpressible(part.place, f"allOf: {key} differs between the parts")
        shape.members |= part.members
        shape.required += part.required

    def _supported(self, place: Place, node: Json) -> None:
        for key in UNSUPPORTED:
            if key in node:
                raise Inexpressible(place, f"`{key}` cannot be expressed")
        for key in UNCHECKED:
            if key in node:
                self.notes.append(f"{place}: `{key}` is not checked by the client")
        if node.get("type") == "string" and node.get("format") == "binary":
            raise Inexpressible(place, "binary content cannot be expressed")

    def _built(self, shape: Shape, name: str) -> Json:
        node, place = shape.node, shape.place
        described = {"description": _description(node, name)}
        if shape.members:
            if variants := [key for key in ("oneOf", "anyOf") if key in node]:
                return {**described, **self._variants(shape, name, variants[0])}
            if "discriminator" in node:
                self.notes.append(f"{place}: the discriminator of a parent is left to you; its members are read")
            return {"type": "object", **described, **self._object(shape, name)}
        if "enum" in node:
            values = [value for value in node["enum"] if value is not None]
            kind = "integer" if all(isinstance(value, int) for value in values) else "string"
            if kind == "string" and not all(isinstance(value, str) for value in values):
                raise Inexpressible(place, "an enum of values of several types")
            return {"type": kind, **described, "enum": list(dict.fromkeys(values))}
        return {**described, **self._union(shape, name)}

    def _variants(self, shape: Shape, name: str, key: str) -> Json:
        """An object whose members are joined by those of one of several branches: a union of the whole objects.
        Branches that only list required members leave it one object.
        """
        branches = shape.node.pop(key)
        if all(
            isinstance(branch, dict) and branch.keys() <= {"required", "title", "description"} for branch in branches
        ):
            alternatives = [{"required": branch.get("required", [])} for branch in branches]
            whole = self._object(shape, name)
            if key == "oneOf" or not all(len(a["required"]) == 1 for a in alternatives):
                self.notes.append(f"{shape.place / key}: which members go together is not checked by the client")
                return {"type": "object", **whole}
            return {"type": "object", **whole, "anyOf": alternatives}
        made = []
        for index, branch in enumerate(branches):
            place, node = follow(shape.place / key / index, branch)
            joined = Shape(shape.place, dict(shape.node), dict(shape.members), list(shape.required))
            self._merge(joined, self._shape(place, node))
            title = node.get("title") or (place.last if "$ref" in branch else "")
            inner = self._new_name(name + (class_name(title) if title else str(index + 1)))
            self.named[inner] = {}
            self.named[inner] = self._built(joined, inner)
            made.append({"$ref": f"#/components/schemas/{inner}"})
        return {key: made}

    def _object(self, shape: Shape, name: str) -> Json:
        by_attribute: dict[str, str] = {}
        for wire in shape.members:
            if other := by_attribute.get(member_name(wire)):
                raise Inexpressible(shape.place, f"the members {other} and {wire} have the same name in Python")
            by_attribute[member_name(wire)] = wire
        if unknown := [wire for wire in shape.required if wire not in shape.members]:
            self.notes.append(f"{shape.place}: {', '.join(unknown)} is required and not described; send it in `extra`")
        required = [wire for wire in dict.fromkeys(shape.required) if wire in shape.members]
        properties = {}
        for wire, (place, member) in shape.members.items():
            properties[wire] = self.schema(place, member, name + class_name(wire))
            properties[wire].setdefault("description", _description(member if isinstance(member, dict) else {}, wire))
        return {**({"required": required} if required else {}), "properties": properties}

    def _union(self, shape: Shape, name: str) -> Json:
        key = "oneOf" if "oneOf" in shape.node else "anyOf"
        branches = []
        keys: dict[str, str] = {}
        for index, branch in enumerate(shape.node[key]):
            place = shape.place / key / index
            title = branch.get("title") if isinstance(branch, dict) else None
            made = self.schema(place, branch, class_name(title) if title else f"{name}{index + 1}")
            target, _ = follow(place, branch)
            keys[target.last] = made.get("$ref", "")
            branches.append({k: v for k, v in made.items() if k != "description" or "$ref" not in made})
        discriminator = shape.node.get("discriminator")
        if discriminator is None or not all("$ref" in branch for branch in branches):
            return {key: branches}
        member = discriminator["propertyName"]
        mapping = {
            value: keys.get(reference.rpartition("/")[2], "")
            for value, reference in (discriminator.get("mapping") or {k: k for k in keys}).items()
        }
        if missing := [value for value, reference in mapping.items() if not reference]:
            raise Inexpressible(shape.place, f"discriminator: {', '.join(missing)} is not one of the branches")
        for reference in set(mapping.values()):
            self._constant(reference, member, [value for value, other in mapping.items() if other == reference])
        return {key: branches, "discriminator": {"propertyName": member, "mapping": mapping}}

    def _constant(self, reference: str, member: str, values: list[str]) -> None:
        """Let a branch of a union carry the constant that it is told by."""
        model = self.named[reference.rpartition("/")[2]]
        if len(values) == 1 and member in model.get("properties", {}):
            description = model["properties"][member].get("description", member)
            model["properties"][member] = {"type": "string", "const": values[0], "description": description}
            model["required"] = list(dict.fromkeys([*model.get("required", []), member]))

    def _unnamed(self, shape: Shape, hint: str) -> Json:
        node, place = shape.node, shape.place
        described = {"description": _description(node, place.last)}
        types = [kind for kind in _types(node) if kind != "null"]
        nullable = bool(node.get("nullable")) or "null" in _types(node)
        if types == ["array"] or (not types and "items" in node):
            items = self.schema(place / "items", node.get("items", {}), f"{hint}Item")
            items.pop("description", None)
            kind: Any = ["array", "null"] if nullable else "array"
            return {"type": kind, **described, "items": items, **{k: node[k] for k in BOUNDS if k in node}}
        if types == ["object"] or (not types and "additionalProperties" in node):
            values = node.get("additionalProperties", {})
            if isinstance(values, dict) and values:
                values = self.schema(place / "additionalProperties", values, f"{hint}Value")
                values.pop("description", None)
            else:
                values = {}
            return {"type": ["object", "null"] if nullable else "object", **described, "additionalProperties": values}
        if not types:
            return described
        if unknown := [kind for kind in types if kind not in SCALARS]:
            raise Inexpressible(place, f"the types {' and '.join(unknown)} together cannot be expressed")
        kept = {k: node[k] for k in (*BOUNDS, "default", "const") if k in node}
        if node.get("format") in {"date-time", "date"}:
            kept["format"] = node["format"]
        if nullable:
            types.append("null")
        return {"type": types if len(types) > 1 else types[0], **described, **kept}

    def _new_name(self, wanted: str) -> str:
        name = class_name(wanted)
        if is_taken(name) or name in self._taken:
            name += "Model"
        number = 2
        first = name
        while name in self.named:
            name, number = f"{first}{number}", number + 1
        return name


def _unwrapped(place: Place, node: Any) -> tuple[Place, Any]:
    """The only part of an `allOf`, or the only branch beside null: what is said around it applies to it."""
    while isinstance(node, dict):
        around = {key: value for key, value in node.items() if key not in {"allOf", "oneOf", "anyOf", "type"}}
        key = next((k for k in ("allOf", "oneOf", "anyOf") if k in node), None)
        if key is None or not around.keys() <= {"description", "title", "nullable", "example", "default", "readOnly"}:
            break
        parts = [(index, part) for index, part in enumerate(node[key]) if part != {"type": "null"}]
        if len(parts) != 1 or not isinstance(parts[0][1], dict):
            break
        if len(parts) < len(node[key]):
            around["nullable"] = True
        index, part = parts[0]
        place, node = place / key / index, {**part, **around}
    return place, node


def _compiles(pattern: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as for what a later Python reads otherwise
        try:
            re.compile(pattern)
        except (re.error, Warning):
            return False
    return True


def _needs_name(shape: Shape) -> bool:
    enum = "enum" in shape.node and _types(shape.node) not in (["boolean"], ["number"])
    return bool(shape.members) or enum or "oneOf" in shape.node or "anyOf" in shape.node


def _types(node: Json) -> list[str]:
    types = node.get("type", [])
    return list(types) if isinstance(types, list) else [types]


def _description(node: Json, name: str) -> str:
    text = " ".join(str(node.get("description") or node.get("title") or "").split())
    return text or f"The {' '.join(_words(name))}."


def _words(name: str) -> Iterator[str]:
    yield member_name(name).strip("_").replace("_", " ")
