"""Decides the types, once for all: datamodel-code-generator says what the type of each schema is in Python.

It is given the schemas of a spec, and for each operation one more whose members are its parameters, its body and its
answers. The types come from the metadata that it emits (`--emit-model-metadata`), not from the code that it writes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from codegen.ir.reach import always_there, received_schemas, required_members
from codegen.ir.types import Type
from codegen.model_generator import generate_models
from codegen.names import member_name
from codegen.spec import Json, Spec

DATES = {"date-time", "date-time-local", "date"}
KEPT = ("type", "items", "additionalProperties", "enum", "const", "oneOf", "anyOf", "allOf", "description")

Types = dict[str, dict[str, Type]]
"""Types by class and by name on the wire. A union has its own type under the empty name."""


def decide(spec: Spec, places: dict[str, Json]) -> Types:
    """The types of all members, and of the values that operations take and give.

    Args:
        spec: The spec.
        places: For each operation the schemas of its values by name. The keys are names that no schema has.
    """
    schemas = class_schemas(spec)
    for name, values in places.items():
        properties = {place: stripped(spec, value, null=True) for place, value in values.items()}
        schemas[name] = {"type": "object", "required": list(values), "properties": properties}
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder) / "models.json"
        generate_models(spec, schemas, metadata=metadata, aliases=aliases(spec))
        models = json.loads(metadata.read_text("utf-8"))["models"]
    return {
        model["source_path"][-1]: {field["original_name"] or "": Type(field["type"]) for field in model["fields"]}
        for model in models
    }


def named_types(types: Types) -> dict[str, Type]:
    """The types that have a name of their own: unions and lists among the schemas."""
    return {name: members[""] for name, members in types.items() if "" in members}


def aliases(spec: Spec) -> dict[str, str]:
    """The attribute of each member, as `Class.wire`."""
    return {
        f"{name}.{wire}": member_name(wire)
        for name, schema in spec.schemas.items()
        for wire in schema.get("properties", {})
    }


def class_schemas(spec: Spec) -> Json:
    """The schemas with only what makes classes and types."""
    received = received_schemas(spec)
    found: Json = {}
    for name, schema in spec.schemas.items():
        found[name] = class_ = stripped(spec, schema)
        required = required_members(schema)
        if properties := schema.get("properties"):
            class_.pop("anyOf", None)  # which members need each other makes no type
            class_["properties"] = {wire: stripped(spec, member) for wire, member in properties.items()}
            if name in received:
                # What only the document marks as required may be missing all the same: None is part of its type, and
                # it has no default.
                required = [wire for wire in required if always_there(schema, wire)]
        if required:
            class_["required"] = required
    return found


def stripped(spec: Spec, schema: Json, *, null: bool = False) -> Json:
    """The schema with only what makes a type. Enums become open: a value that is not known stays a string.

    Args:
        spec: The spec.
        schema: The schema.
        null: Whether a null among its types counts. That of a member does not: it is optional, or takes `NULL`.
    """
    if "$ref" in schema:
        resolved = spec.resolve({"$ref": schema["$ref"]})
        reference = {"$ref": schema["$ref"]}
        return {"anyOf": [reference, {"type": resolved.get("type", "string")}]} if "enum" in resolved else reference
    kept: Json = {key: schema[key] for key in KEPT if key in schema}
    if schema.get("format") in DATES:
        kept["format"] = "date" if schema["format"] == "date" else "date-time"
    if "x-type" in schema:
        kept["type"] = schema["x-type"]
    if isinstance(kept.get("type"), list) and not null:
        kept["type"] = [t for t in kept["type"] if t != "null"]
    if isinstance(kept.get("type"), list) and len(kept["type"]) == 1:
        kept["type"] = kept["type"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in kept:
            kept[key] = [stripped(spec, branch, null=null) for branch in kept[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), dict):
            kept[key] = stripped(spec, kept[key], null=null)
    return kept
