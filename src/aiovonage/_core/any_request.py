"""Makes an operation for an endpoint that no spec describes, so that it is sent like all others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from aiovonage._core.operation import Operation, Parameter
from aiovonage.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "request"
"""The name of such requests in logs, events and errors."""

DEFAULT_HOST = "https://api.nexmo.com"

Auth = Literal["basic", "jwt", "query", "signature"]

_SCHEMES = {"basic": "basic", "jwt": "jwt", "query": "apiKeySecret", "signature": "signature"}
_METHODS = {"GET", "PUT", "DELETE", "POST", "PATCH"}
_IDEMPOTENT = {"GET", "PUT", "DELETE"}  # RFC 9110, 9.2.2
_PARAMETER = re.compile(r"\{(\w+)\}")


def any_operation(
    method: str, path: str, query: Mapping[str, object], *, host: str, auth: Auth | None
) -> Operation[Any]:
    """Make the operation.

    Raises:
        InvalidValue: if the method, path or scheme is not valid.
    """
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise InvalidValue(NAME, "method", repr(method), f"must be one of {', '.join(sorted(_METHODS))}")
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise InvalidValue(NAME, "path", _kind(path), "must begin with one / (name another host with host=)")
    if "?" in path or "#" in path:
        raise InvalidValue(NAME, "path", _kind(path), "must have no ? or # (give the query with query=)")
    if auth is not None and auth not in _SCHEMES:
        raise InvalidValue(NAME, "auth", repr(auth), f"must be one of {', '.join(_SCHEMES)}, or None")
    literals = _PARAMETER.split(path)
    return Operation(
        id=NAME,
        method=method.upper(),
        host=host,
        path=tuple(_quoted(literal) for literal in literals[::2]),
        path_parameters=tuple(Parameter(name=name, wire=name) for name in literals[1::2]),
        query=tuple(Parameter(name=name, wire=name) for name in query),
        security=("jwt", "basic") if auth is None else (_SCHEMES[auth],),
        success={200: Any},
        idempotent=method.upper() in _IDEMPOTENT,
    )


def path_values(operation: Operation[Any], given: Mapping[str, object]) -> tuple[object, ...]:
    """The values of the path's parameters, in order.

    Raises:
        InvalidValue: if one is missing, or there are too many.
    """
    names = [parameter.name for parameter in operation.path_parameters]
    if set(names) != set(given):
        wanted = f"must be {', '.join(names)}" if names else "must be empty: the path has no {parameters}"
        raise InvalidValue(NAME, "path_params", ", ".join(map(str, given)) or "empty", wanted)
    return tuple(given[name] for name in names)


def _quoted(literal: str) -> str:
    try:
        return quote(literal, safe="/%:@!$&'()*+,;=~-._")
    except UnicodeEncodeError:
        raise InvalidValue(NAME, "path", "a lone surrogate", "must be text that can be sent") from None


def _kind(path: object) -> str:
    return repr(path) if isinstance(path, str) and len(path) < 100 else type(path).__name__
