"""What is said of a request's body that is of the wrong class. It is found before anything is sent."""

from __future__ import annotations

from typing import Any, get_args

import attrs

from aiovonage.errors import InvalidValue


def wrong_body(operation: str, expected: Any, body: object) -> InvalidValue:
    """The error for a body that the operation does not take. It does not quote the body, which may hold secrets.

    Args:
        operation: The operation.
        expected: The class that it takes, or a union or tuple of classes.
        body: What it was given.
    """
    classes = expected if isinstance(expected, tuple) else get_args(expected) or (expected,)
    names = [cls.__name__ for cls in classes]
    bound = f"must be {names[0]}" if len(names) == 1 else f"must be one of {', '.join(names)}"
    kind = "None" if body is None else type(body).__name__
    if len(names) > 1:
        remedy = "make an instance of the one that you mean"
    elif isinstance(body, dict):
        remedy = f"aiovonage.decode({names[0]}, body) reads a dict that has the names on the wire"
    else:
        remedy = f"make one with {_call(classes[0])}"
    return InvalidValue(operation, "body", f"{kind}; {remedy}", bound)


def _call(cls: Any) -> str:
    """How an instance is made, with the members that it must have."""
    required = [a.name for a in attrs.fields(cls) if a.default is attrs.NOTHING and a.init]
    return f"{cls.__name__}({', '.join(f'{name}=...' for name in required) or '...'})"
