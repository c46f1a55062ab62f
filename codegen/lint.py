"""The project's own rules for the specs, as openapi/README.md states them."""

from __future__ import annotations

import builtins
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
from codegen.spec import COMMON, SPECS, Json, Spec, load_all

EXTENSIONS = {
    "x-source", "x-inferred", "x-note", "x-pagination", "x-partial-success", "x-rate-limit", "x-idempotent", "x-secret",
    "x-document", "x-error-codes", "x-query", "x-type", "x-keyword", "x-lenient", "x-identity", "x-closed",
    "x-enum-varnames", "x-waiter",
}  # fmt: skip
SCHEMES = {"jwt", "basic", "signature", "apiKeySecret"}
STYLES = {
    "page": set(),
    "cursor": {"next", "parameter"},
    "paging-cursors": {"next", "after", "parameter"},
    "whole": set(),
}
DATA = {"examples", "example", "default", "const", "enum", "mapping"}
"""Members whose content is data, not schema."""


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


Found = Iterator[tuple[str, str, str]]


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
            rules += [_valid(spec), _operations(spec)]
        findings += [Finding(spec.path.name, *found) for rule in rules for found in rule]
    names = [(tag, o["operationId"], s.path.name) for s in complete for _, _, o in s.operations() for tag in o["tags"]]
    doubles = {name[:2] for name in names if sum(other[:2] == name[:2] for other in names) > 1}
    findings += [
        Finding("*", "/paths", "unique-operation", f"{tag}.{name} stands twice") for tag, name in sorted(doubles)
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


def _operations(spec: Spec) -> Found:
    declared = {tag["name"] for tag in spec.data.get("tags", [])}
    for path, method, operation in spec.operations():
        pointer = f"/paths/{path.replace('/', '~1')}/{method}"
        name = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield pointer, "operation-id", f"{name!r} is no snake_case name"
        if len(operation.get("tags", [])) != 1 or not declared.issuperset(operation["tags"]):
            yield pointer, "one-tag", "exactly one tag, declared at the top"
        for alternative in operation.get("security", [{"": []}]):
            if not SCHEMES.issuperset(alternative):
                yield pointer, "security", f"security must name schemes of {COMMON}"
        yield from ((pointer, "source", text) for text in _source(spec, operation))
        if "default" not in operation.get("responses", {}):
            yield pointer, "default-response", "no `default` response"
        parameters = [spec.resolve(parameter) for parameter in operation.get("parameters", [])]
        in_path = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
        if in_path != re.findall(r"\{([^}]+)\}", path):
            yield pointer, "path-parameters", f"the path and its parameters {in_path} differ"
        for parameter in parameters:
            if not parameter.get("description"):
                yield f"{pointer}/parameters", "description", f"parameter {parameter['name']} has no description"
        yield from ((pointer, "x-pagination", text) for text in _pagination(spec, operation, parameters))
        yield from ((pointer, "x-partial-success", text) for text in _partial(spec, operation))
        yield from ((pointer, "x-waiter", text) for text in _waiters(spec, operation))


def _source(spec: Spec, operation: Json) -> Iterator[str]:
    source = operation.get("x-source")
    if source is None:
        if "x-inferred" not in operation:
            yield "neither x-source nor x-inferred"
        return
    lines = source.get("lines", [])
    if source.get("document") != spec.data["info"].get("x-document"):
        yield f"x-source names {source.get('document')}, info.x-document another document"
    if len(lines) != 2 or lines[0] > lines[1]:
        yield "x-source.lines must be [first, last]"


def _pagination(spec: Spec, operation: Json, parameters: list[Json]) -> Iterator[str]:
    pagination = operation.get("x-pagination")
    if pagination is None:
        return
    style = pagination.get("style")
    if style not in STYLES:
        yield f"unknown style {style!r}"
        return
    if missing := (STYLES[style] | {"items"}) - pagination.keys():
        yield f"style {style} needs {', '.join(sorted(missing))}"
        return
    names = {parameter["name"] for parameter in parameters}
    wanted = pagination.get("parameter", "page")
    if style != "whole" and wanted not in names:
        yield f"there is no parameter {wanted}"
    if _at(spec, _answer(spec, operation), pagination["items"]).get("type") != "array":
        yield f"{pagination['items']!r} is not an array in the 200"


def _partial(spec: Spec, operation: Json) -> Iterator[str]:
    partial = operation.get("x-partial-success")
    if partial is None:
        return
    if missing := {"items", "statuses"} - partial.keys():
        yield f"it needs {', '.join(sorted(missing))}"
        return
    if _at(spec, _content(spec, operation.get("requestBody", {})), partial["items"]).get("type") != "array":
        yield f"{partial['items']!r} is not an array in the request's body"
    if undocumented := {str(status) for status in partial.get("statuses", [])} - {
        str(s) for s in operation["responses"]
    }:
        yield f"no response for {', '.join(sorted(undocumented))}"


def _waiters(spec: Spec, operation: Json) -> Iterator[str]:
    for name, waiter in operation.get("x-waiter", {}).items():
        if not re.fullmatch(r"wait_until_[a-z0-9_]+", name):
            yield f"{name!r} does not begin with wait_until_"
        if missing := {"summary", "member", "wanted", "timeout", "every"} - waiter.keys():
            yield f"{name} lacks {', '.join(sorted(missing))}"
            continue
        schema = _answer(spec, operation)
        if "find" in waiter:
            schema = _at(spec, schema, operation.get("x-pagination", {}).get("items", "")).get("items", {})
        for pointer in [waiter["member"], *([waiter["find"]] if "find" in waiter else [])]:
            if not _at(spec, schema, pointer):
                yield f"{name}: {pointer!r} is not in the 200"
        both = [word for word in waiter["wanted"] if word in waiter.get("failed", [])]
        if both or not waiter["wanted"]:
            yield f"{name}: wanted has {', '.join(both) or 'nothing'}, which failed has too"


def _answer(spec: Spec, operation: Json) -> Json:
    """The schema of the answer of status 200; an empty one where there is none."""
    return _content(spec, operation["responses"].get("200", {}))


def _content(spec: Spec, node: Json) -> Json:
    content = spec.resolve(node).get("content", {})
    schema: Json = next(iter(content.values()))["schema"] if content else {}
    return schema


def _at(spec: Spec, schema: Json, pointer: str) -> Json:
    for part in pointer.split("/")[1:]:
        schema = spec.resolve(schema)
        schema = (
            schema.get("items", {}) if part == "*" or part.isdecimal() else schema.get("properties", {}).get(part, {})
        )
    return spec.resolve(schema)


def _schemas(spec: Spec) -> Found:
    for name, schema in spec.schemas.items():
        pointer = f"/components/schemas/{name}"
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or hasattr(builtins, name) or name in {"Any", "Literal"}:
            yield pointer, "schema-name", "a schema's name is PascalCase, and none of Python's"
        if not schema.get("description"):
            yield pointer, "description", "no description"
        values = schema.get("enum", [])
        if len(values) != len(set(map(str, values))):
            yield pointer, "unique-enum", "a value stands twice"
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
