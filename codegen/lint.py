"""The project's own rules for the specs, as openapi/README.md states them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.readers import read_from_filename
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from codegen.complete import incomplete
from codegen.lint_operations import operation_rules
from codegen.names import is_taken
from codegen.spec import COMMON, SPECS, Json, Spec, load_all

EXTENSIONS = {
    "x-source", "x-inferred", "x-note", "x-pagination", "x-partial-success", "x-rate-limit", "x-idempotent", "x-secret",
    "x-document", "x-error-codes", "x-query", "x-type", "x-keyword", "x-lenient", "x-identity", "x-closed",
    "x-enum-varnames", "x-waiter",
}  # fmt: skip
DATA = {"examples", "example", "default", "const", "enum", "mapping"}
"""Members whose content is data, not schema."""


Found = Iterator[tuple[str, str, str]]
"""Pointers, rules and messages."""


@attrs.frozen
class Finding:
    """A rule that a spec breaks.

    Attributes:
        file: The file.
        pointer: Where in the file, as a JSON pointer.
        rule: The rule.
        message: What is wrong.
    """

    file: str
    pointer: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}: {self.rule}: {self.message}"


def lint(folder: Path = SPECS) -> list[Finding]:
    """All findings in the specs of a folder."""
    specs = load_all(folder)
    registry = _registry(specs)
    findings: list[Finding] = []
    complete: list[Spec] = []
    for spec in specs:
        lacking = [Finding(spec.path.name, *found) for found in incomplete(spec)]
        findings += lacking
        if not lacking:
            complete.append(spec)
    for spec in complete:
        rules = [_extensions(spec), _schemas(spec), _examples(spec, registry), _unused(spec, specs)]
        if spec.path.name != COMMON:
            rules += [_valid(spec), operation_rules(spec)]
        findings += [Finding(spec.path.name, *found) for rule in rules for found in rule]
    names = [(tag, o["operationId"], s.path.name) for s in complete for _, _, o in s.operations() for tag in o["tags"]]
    doubles = {name[:2] for name in names if sum(other[:2] == name[:2] for other in names) > 1}
    findings += [
        Finding("*", "/paths", "unique-operation", f"{tag}.{name} is defined twice") for tag, name in sorted(doubles)
    ]
    return findings


def _valid(spec: Spec) -> Found:
    data, base = read_from_filename(str(spec.path))
    for error in OpenAPIV31SpecValidator(data, base_uri=base).iter_errors():
        yield "/" + "/".join(map(str, getattr(error, "path", []))), "openapi-3.1", str(error.args[0])


def _extensions(spec: Spec) -> Found:
    for pointer, node in _nodes(spec.data):
        for key in node:
            if isinstance(key, str) and key.startswith("x-") and key not in EXTENSIONS:
                yield f"{pointer}/{key}", "extension", f"unknown extension {key}"


def _schemas(spec: Spec) -> Found:
    for name, schema in spec.schemas.items():
        pointer = f"/components/schemas/{name}"
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or is_taken(name):
            yield pointer, "schema-name", "a schema's name must be PascalCase, and not one that generated code imports"
        if not schema.get("description"):
            yield pointer, "description", "no description"
        values = schema.get("enum", [])
        if len(values) != len(set(map(str, values))):
            yield pointer, "unique-enum", "a value is listed twice"
        properties = schema.get("properties", {})
        if unknown := set(schema.get("required", [])) - set(properties):
            yield pointer, "required", f"{', '.join(sorted(unknown))} required, but no member"
        if unknown := set(schema.get("x-identity", [])) - set(properties):
            yield pointer, "x-identity", f"{', '.join(sorted(unknown))} is not a member"
        for wire, member in properties.items():
            if not member.get("description"):
                yield f"{pointer}/properties/{wire}", "description", "no description"
            if str(member.get("description", "")) != str(member.get("description", "")).rstrip():
                yield f"{pointer}/properties/{wire}", "white-space", "the description ends in white space"
            yield from _inline(f"{pointer}/properties/{wire}", member)


def _inline(pointer: str, member: Json) -> Found:
    for inner, node in _nodes(member):
        if "properties" in node or ("enum" in node and not inner.endswith("/not")):
            yield pointer + inner, "inline", "objects and enums are named schemas"


def _examples(spec: Spec, registry: Registry[Any]) -> Found:
    for pointer, node in _nodes(spec.data):
        if "schema" not in node or "examples" not in node:
            continue
        reference = {"$ref": f"{spec.path.name}#{pointer}/schema"}
        validator = Draft202012Validator(reference, registry=registry)
        for name, example in node["examples"].items():
            resolved = spec.resolve(example)
            value = resolved.get("value")
            if isinstance(value, str) or "x-note" in resolved or "x-inferred" in resolved:
                continue
            if error := next(validator.iter_errors(value), None):
                yield f"{pointer}/examples/{name}", "example", f"{error.json_path}: {error.message}"


def _unused(spec: Spec, specs: list[Spec]) -> Found:
    prefix = f"{COMMON}#" if spec.path.name == COMMON else "#"
    used = {
        str(node["$ref"])
        if other is not spec
        else str(node["$ref"]).replace("#", prefix, 1)
        if prefix != "#"
        else node["$ref"]
        for other in ([*specs] if spec.path.name == COMMON else [spec])
        for _, node in _nodes(other.data)
        if isinstance(node.get("$ref"), str)
    }
    for name in spec.schemas:
        if f"{prefix}/components/schemas/{name}" not in used:
            yield f"/components/schemas/{name}", "unused", "nothing refers to it"


def _nodes(node: Any, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """All objects of a spec with their pointers, but for those that are data."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            is_data = key in DATA and not (key == "enum" and isinstance(value, dict))
            if not is_data or pointer.endswith(("/properties", "/schemas")):
                yield from _nodes(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _nodes(value, f"{pointer}/{index}")


def _registry(specs: list[Spec]) -> Registry[Any]:
    resources = [(spec.path.name, Resource.from_contents(spec.data, DRAFT202012)) for spec in specs]
    return Registry().with_resources(resources)
