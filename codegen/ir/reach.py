"""Which schemas are sent, and which are received: what is sent is checked, what is received is read leniently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codegen.spec import Json, Spec


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


def always_there(schema: Json, wire: str) -> bool:
    """Whether a required member is in every answer: it identifies the thing, or says of which kind it is."""
    return wire in schema.get("x-identity", []) or "const" in schema["properties"][wire]


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
