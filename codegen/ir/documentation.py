"""The docstrings of methods: what they do, their arguments, the documented errors, and where that is documented."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from codegen.ir.text import docstring, section, wrapped
from codegen.spec import Json, Spec

_PHRASED = frozenset(map(int, HTTPStatus))
ERRORS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    422: "UnprocessableContent",
    429: "RateLimited",
}


def documentation(spec: Spec, operation: Json, arguments: list[tuple[str, str]]) -> str:
    """The docstring of an operation's method.

    Args:
        spec: The spec.
        operation: What it says of the operation.
        arguments: The name and the meaning of each argument, in the order of the signature.
    """
    sections = [operation["summary"].rstrip(".") + "."]
    description = " ".join(operation.get("description", "").split())
    if description:
        sections.append(wrapped(description, indent=8).rstrip())
    if operation.get("deprecated"):
        sections.append("Deprecated at Vonage.")
    if arguments:
        sections.append(section("Args", [f"{name}: {text}" for name, text in arguments]))
    if raised := _raises(spec, operation):
        sections.append(section("Raises", raised))
    if "x-spec" in operation:
        sections.append(f"Source: {operation['x-spec']}.")
    elif source := operation.get("x-source"):
        first, last = source["lines"]
        sections.append(f"Source: {source['document']}, lines {first} to {last}.")
    else:
        why = operation.get("x-inferred", "inferred")
        sections.append(wrapped(f"Source: not in the documents ({why}).", indent=8).rstrip())
    return docstring(sections)


def _raises(spec: Spec, operation: Json) -> list[str]:
    partial = operation.get("x-partial-success", {}).get("statuses", [])
    raised = []
    for status, response in operation["responses"].items():
        if not str(status).isdecimal() or int(status) < 400 or int(status) in partial:
            continue
        codes = [code for example in _examples(spec, response) if (code := _code(example))]
        text = ", ".join(f"`{code}`" for code in dict.fromkeys(codes)) or spec.resolve(response)["description"]
        name = ERRORS.get(int(status), "ServerError" if int(status) >= 500 else "APIError")
        phrase = HTTPStatus(int(status)).phrase if int(status) in _PHRASED else ""
        raised.append(f"{name}: {status} {phrase}".rstrip() + f": {' '.join(text.split())}")
    return raised


def _examples(spec: Spec, response: Json) -> list[Any]:
    return [
        spec.resolve(example).get("value")
        for media in spec.resolve(response).get("content", {}).values()
        for example in media.get("examples", {}).values()
    ]


def _code(example: Any) -> str | None:
    kind = example.get("type") if isinstance(example, dict) else None
    return kind.rpartition("#")[2] if isinstance(kind, str) else None
