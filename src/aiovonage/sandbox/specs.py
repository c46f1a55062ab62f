"""The specs as the sandbox uses them: operations, with the schemas of their requests."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import attrs
import yaml

from aiovonage import _specs
from aiovonage._specs import COMMON, METHODS, Json

__all__ = ["COMMON", "Json", "SpecOperation", "documented", "documents", "operations", "resolve", "schemas"]


@attrs.frozen(eq=False)
class SpecOperation:
    """One operation of a spec, its references resolved one level deep.

    Attributes:
        id: Namespace and method: `ten_dlc.get_brand`.
        method: The HTTP method.
        path: The path template.
        file: The spec's file. References are relative to it.
        parameters: Its parameters.
        body: The schema of its body; None if it has none.
        body_required: Whether the body is required.
        media_types: The content types that it accepts.
        responses: Its responses by status.
        security: The names of the schemes that it accepts.
    """

    id: str
    method: str
    path: str
    file: str
    parameters: tuple[Json, ...]
    body: Json | None
    body_required: bool
    media_types: frozenset[str]
    responses: dict[str, Json]
    security: tuple[str, ...]

    def example(self, status: int) -> Any:
        """The documents' first example of a response; None if there is none."""
        for media in self.responses.get(str(status), {}).get("content", {}).values():
            for example in media.get("examples", {}).values():
                return example.get("value")
        return None


@cache
def documents() -> dict[str, Json]:
    """All specs, by file name."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {p.name: yaml.load(p.read_text("utf-8"), Loader=loader) for p in sorted(_specs.folder().glob("*.yaml"))}


@cache
def operations() -> tuple[SpecOperation, ...]:
    """All operations of all specs."""
    return tuple(
        _operation(file, document, path, method, item[method])
        for file, document in documents().items()
        for path, item in document.get("paths", {}).items()
        for method in METHODS
        if method in item
    )


def schemas(file: str) -> Json:
    """The named schemas of a spec."""
    named: Json = documents()[file]["components"]["schemas"]
    return named


def documented(operation_id: str, status: int = 200) -> Any:
    """A copy of the documents' first example of an operation's response."""
    return deepcopy(_by_id()[operation_id].example(status))


@cache
def _by_id() -> dict[str, SpecOperation]:
    return {operation.id: operation for operation in operations()}


def resolve(file: str, node: Json) -> Json:
    """The node, or what its `$ref` names."""
    return _specs.resolve(documents().__getitem__, file, node)


def _operation(file: str, document: Json, path: str, method: str, operation: Json) -> SpecOperation:
    body = resolve(file, operation["requestBody"]) if "requestBody" in operation else {}
    responses = {str(status): resolve(file, response) for status, response in operation["responses"].items()}
    for response in responses.values():
        for media in response.get("content", {}).values():
            media["examples"] = {k: resolve(file, e) for k, e in media.get("examples", {}).items()}
    content = body.get("content", {})
    return SpecOperation(
        id=f"{operation['tags'][0]}.{operation['operationId']}",
        method=method.upper(),
        path=path,
        file=file,
        parameters=tuple(resolve(file, parameter) for parameter in operation.get("parameters", [])),
        body=next(iter(content.values()))["schema"] if content else None,
        body_required=body.get("required", False),
        media_types=frozenset(content),
        responses=responses,
        security=tuple(next(iter(alternative)) for alternative in operation.get("security", [])),
    )
