"""Whether a spec has all that code can be made of. The other rules of `lint` look only at specs that have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from codegen.spec import COMMON, Json, Spec, load

RULES = {"security": "security", "operationId": "operation-id", "tags": "one-tag", "description": "description"}
"""The rules that say more of some members."""

TEXT: Json = {"type": "string", "minLength": 1}
MEDIA: Json = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "object", "required": ["schema"], "properties": {"schema": {"type": "object"}}},
}


def reference_or(schema: Json) -> Json:
    """An object that may stand elsewhere."""
    return {"if": {"required": ["$ref"]}, "else": schema}


PARAMETER: Json = {
    "type": "object",
    "required": ["name", "in"],
    "properties": {"name": TEXT, "in": {"enum": ["path", "query"]}, "content": MEDIA},
    "if": {"required": ["content"]},
    "else": {"required": ["schema"]},
}
KEYWORD: Json = {
    "if": {"required": ["x-keyword"]},
    "then": {"properties": {"schema": {"required": ["default"]}}},
}
OPERATION: Json = {
    "type": "object",
    "required": ["operationId", "tags", "summary", "security", "responses"],
    "properties": {
        "operationId": TEXT,
        "summary": TEXT,
        "tags": {"type": "array", "minItems": 1, "items": TEXT},
        "security": {"type": "array", "items": {"type": "object", "minProperties": 1, "maxProperties": 1}},
        "parameters": {"type": "array", "items": reference_or({"allOf": [PARAMETER, KEYWORD]})},
        "requestBody": reference_or({"type": "object", "required": ["content"], "properties": {"content": MEDIA}}),
        "responses": {
            "type": "object",
            "patternProperties": {
                "^([1-5][0-9][0-9]|default)$": reference_or(
                    {"type": "object", "required": ["description"], "properties": {"content": MEDIA}}
                )
            },
            "additionalProperties": False,
        },
        "x-source": {"type": "object", "properties": {"lines": {"type": "array", "items": {"type": "integer"}}}},
        "x-pagination": {"type": "object"},
        "x-partial-success": {"type": "object"},
        "x-rate-limit": {"type": "object", "required": ["requests_per_second"]},
        "x-waiter": {"type": "object", "additionalProperties": {"type": "object"}},
    },
}
SCHEMAS: Json = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"properties": {"type": "object", "additionalProperties": {"type": "object"}}},
    },
}
ARRAYS: Json = {
    "if": {"properties": {"type": {"const": "array"}}, "required": ["type"]},
    "then": {"required": ["items"]},
}
SPEC: Json = {
    "type": "object",
    "required": ["openapi", "info", "servers", "tags", "paths", "components"],
    "properties": {
        "info": {"type": "object", "required": ["title"], "properties": {"title": TEXT}},
        "servers": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["url"]}},
        "tags": {"type": "array", "items": {"type": "object", "required": ["name", "description"]}},
        "paths": {"type": "object", "additionalProperties": {"type": "object"}},
        "components": {"type": "object", "properties": {"schemas": SCHEMAS}},
    },
}


def incomplete(spec: Spec) -> Iterator[tuple[str, str, str]]:
    """What a spec lacks: where, which rule it breaks, and in words."""
    if spec.path.name != COMMON:
        yield from _errors(SPEC, spec.data, "")
        if not isinstance(spec.data.get("paths"), dict):
            return
        for path, method, operation in spec.operations():
            pointer = f"/paths/{path.replace('/', '~1')}/{method}"
            yield from _errors(OPERATION, operation, pointer)
            responses = operation.get("responses")
            if isinstance(responses, dict) and not any(str(status).startswith("2") for status in responses):
                yield f"{pointer}/responses", "responses", "no response says what success looks like (2xx)"
    for pointer, node in _objects(spec.data, ""):
        yield from _errors(ARRAYS, node, pointer)
        reference = node.get("$ref")
        if isinstance(reference, str) and not _leads_somewhere(spec, reference):
            yield pointer, "reference", f"nothing is at {reference}"


def _errors(schema: Json, node: Any, pointer: str) -> Iterator[tuple[str, str, str]]:
    texts = _with_texts(node)
    for error in Draft202012Validator(schema).iter_errors(texts):
        where = pointer + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
        if error.validator == "required" and isinstance(error.instance, dict):
            wanted = [name for name in error.validator_value if name not in error.instance]
            for name in wanted:
                if f"'{name}'" in error.message:
                    yield where, RULES.get(name, "missing"), f"`{name}` is missing"
        else:
            yield where, "shape", error.message


def _with_texts(node: Any) -> Any:
    """The node with texts for keys: YAML reads `200:` as a number."""
    if isinstance(node, dict):
        return {str(key): _with_texts(value) for key, value in node.items()}
    return [_with_texts(item) for item in node] if isinstance(node, list) else node


def _objects(node: Any, pointer: str) -> Iterator[tuple[str, Json]]:
    """All objects of a spec but for those of examples, with their pointers."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            if key not in {"examples", "example", "default", "enum", "mapping"} or pointer.endswith("/properties"):
                yield from _objects(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _objects(value, f"{pointer}/{index}")


def _leads_somewhere(spec: Spec, reference: str) -> bool:
    file, _, pointer = reference.partition("#/")
    if file and not (spec.path.parent / file).is_file():
        return False
    target: Any = load(spec.path.parent / file).data if file else spec.data
    for part in pointer.split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, dict) or name not in target:
            return False
        target = target[name]
    return isinstance(target, dict)
