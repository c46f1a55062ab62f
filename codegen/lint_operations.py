"""The rules for operations: their names, sources, parameters and extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.spec import COMMON, Json, Spec

SCHEMES = {"jwt", "basic", "signature", "apiKeySecret"}
STYLES = {
    "page": set(),
    "cursor": {"next", "parameter"},
    "paging-cursors": {"next", "after", "parameter"},
    "whole": set(),
}


def operation_rules(spec: Spec) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the operations of a complete spec: where, which rule, and in words."""
    declared = {tag["name"] for tag in spec.data.get("tags", [])}
    for path, method, operation in spec.operations():
        pointer = f"/paths/{path.replace('/', '~1')}/{method}"
        name = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield pointer, "operation-id", f"{name!r} is not a snake_case name"
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
        yield f"{wanted} is not a parameter of this operation"
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
