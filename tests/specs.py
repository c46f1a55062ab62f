"""The operations of all specs with their examples, as tests need them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

import attrs

from aiovonage._core.operation import Operation
from aiovonage.api import NAMESPACES
from aiovonage.api.operations import OPERATIONS
from codegen.names import member_name
from codegen.spec import Json, Spec, load_all


@attrs.frozen
class Case:
    """An operation of a spec.

    Attributes:
        spec: Its spec.
        id: Namespace and method.
        path: The path template.
        method: The HTTP method, in lower case.
        operation: What the spec says of it.
    """

    spec: Spec
    id: str
    path: str
    method: str
    operation: Json

    @property
    def namespace(self) -> str:
        """The namespace."""
        return self.id.partition(".")[0]

    @property
    def parameters(self) -> list[Json]:
        """The parameters, resolved."""
        return [self.spec.resolve(parameter) for parameter in self.operation.get("parameters", [])]

    def positional(self) -> list[Any]:
        """A value for each path parameter that is positional."""
        return [
            self.value(parameter)
            for parameter in self.parameters
            if parameter["in"] == "path" and not parameter.get("x-keyword")
        ]

    def required_keywords(self) -> dict[str, Any]:
        """A value for each query parameter that must be given."""
        return {
            member_name(parameter["name"]): self.value(parameter)
            for parameter in self.parameters
            if parameter["in"] == "query" and parameter.get("required")
        }

    def value(self, parameter: Json) -> Any:
        """A value that the parameter admits."""
        schema = self.spec.resolve(parameter["schema"])
        return schema["enum"][0] if "enum" in schema else "14155550110"

    def request_examples(self) -> Iterator[tuple[str, Any]]:
        """The examples of the body, by name."""
        body = self.spec.resolve(self.operation.get("requestBody", {}))
        yield from self._examples(body.get("content", {}))

    def response_examples(self) -> Iterator[tuple[int, str, str, Any]]:
        """The examples of the answers: status, media type, name and value."""
        for status, response in self.operation["responses"].items():
            if str(status).isdecimal():
                for media, content in self.spec.resolve(response).get("content", {}).items():
                    for name, value in self._examples({media: content}):
                        yield int(status), media, name, value

    @property
    def described(self) -> Operation[Any]:
        """The generated operation."""
        return OPERATIONS[self.id]

    @property
    def body_type(self) -> Any:
        """The type of the body; None where it takes none."""
        models: tuple[Any, ...] = self.described.body
        return Union[models] if models else None  # noqa: UP007 - of any number of types

    def _examples(self, content: Json) -> Iterator[tuple[str, Any]]:
        for media in content.values():
            for name, example in media.get("examples", {}).items():
                yield name, self.spec.resolve(example)["value"]


def cases() -> list[Case]:
    """All operations of all specs."""
    found = [
        Case(spec, f"{operation['tags'][0]}.{operation['operationId']}", path, method, operation)
        for spec in load_all()
        for path, method, operation in spec.operations()
    ]
    assert {case.namespace for case in found} == set(NAMESPACES)
    return found
