"""Builds an example command that calls an operation."""

from __future__ import annotations

import json
import shlex
from typing import Any

from aiovonage._core.operation import Operation, Parameter
from aiovonage.cli.call.values import values_of

PAIRS = 4
"""The largest number of body members to write as pairs. A body with more is easier to read in a file."""


def example(operation: Operation[Any]) -> str:
    """The command, and the body if that is better in a file."""
    pairs = [f"{p.name}={_value(p)}" for p in operation.parameters if p.required]
    body = operation.example
    short = isinstance(body, dict) and len(body) <= PAIRS and not any(isinstance(v, dict) for v in body.values())
    if short and isinstance(body, dict):
        pairs += [f"{name}={_text(value)}" for name, value in body.items()]
    command = shlex.join(["aiovonage", "call", operation.id, *pairs])
    if body is None or short:
        return f"  {command}" + (" --body FILE" if operation.body and body is None else "")
    indented = json.dumps(body, indent=2, ensure_ascii=False).replace("\n", "\n  ")
    return f"  {command} --body FILE\n\nwhere FILE has the body:\n  {indented}"


def _value(parameter: Parameter) -> str:
    values = values_of(parameter.type)
    return _text(parameter.example) if parameter.example is not None else values[0] if values else "..."


def _text(value: object) -> str:
    """Format a value for a pair: text unchanged, a list of texts with commas, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ",".join(value)
    return json.dumps(value, ensure_ascii=False)
