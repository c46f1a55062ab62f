"""Compares a response with the spec of its operation.

A report contains no secrets and no personal data: only names of members, types, and values of enums.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from aiovonage._core.codec.null import Null
from aiovonage._core.codec.reader import FORMATS
from aiovonage._core.codec.type_inspection import (
    branches,
    hints,
    is_enum,
    is_list,
    is_literal,
    is_map,
    is_model,
    members,
    wire_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiovonage._core.operation import Operation

Kind = Literal["unknown member", "unknown value", "other type", "missing member", "undocumented status"]

EVERYWHERE = frozenset({401, 403, 404, 405, 406, 415, 429})
"""Statuses that any operation may return, besides 5xx."""
HIDDEN = "(not shown)"
_NAME = re.compile(r"(?!.*\d{6})[A-Za-z_@][\w.:-]{0,63}\Z")
_WORD = re.compile(r"(?!.*\d{7})[\w .:;=/+-]{1,64}\Z")


@attrs.frozen
class Drift:
    """A difference between responses and the spec.

    Attributes:
        operation: Namespace and method, such as `ten_dlc.get_brand`.
        kind: The kind of difference.
        where: The place in the body, as a JSON pointer; `*` is any item of a list.
        model: The model that the member belongs to; empty for none.
        expected: What the spec says.
        seen: What was received: a type, a value of an enum, or a status.
    """

    __module__ = "aiovonage"

    operation: str
    kind: Kind
    where: str
    model: str
    expected: str
    seen: str

    def __str__(self) -> str:
        owner = f" ({self.model})" if self.model else ""
        expected = f", the spec has {self.expected}" if self.expected else ""
        return f"{self.operation}: {self.kind} at {self.where or 'the top'}{owner}: {self.seen}{expected}"


def find_drift(operation: Operation[Any], status: int, body: Any) -> list[Drift]:
    """Compare a response with the spec.

    Args:
        operation: The operation.
        status: The HTTP status.
        body: The decoded JSON; ignored if the status is not a success.
    """
    found: list[Drift] = []
    if operation.statuses and status not in operation.statuses and status not in EVERYWHERE and status < 500:
        documented = ", ".join(map(str, sorted(operation.statuses)))
        found.append(Drift(operation.id, "undocumented status", "", "", documented, str(status)))
    type_ = operation.success.get(status, next(iter(operation.success.values()), None) if status < 300 else None)
    if type_ is not None and body is not None:
        found += _Walk(operation.id).value(type_, body, "", "")
    return list(dict.fromkeys(found))


class _Walk:
    def __init__(self, operation: str) -> None:
        self._operation = operation

    def value(
        self, hint: Any, value: Any, where: str, model: str, metadata: Any = None, *, optional: bool = False
    ) -> Iterator[Drift]:
        """The differences in a value and everything inside it."""
        metadata = metadata or {}
        admitted = branches(hint)
        if Any in admitted or object in admitted:
            return
        if value is None:
            if not (metadata.get("nullable") or Null in get_args(hint)):
                yield self._other(admitted, value, where, model)
        elif isinstance(value, dict):
            yield from self._object(admitted, value, where, model)
        elif isinstance(value, list):
            lists = [branch for branch in admitted if is_list(branch)]
            if not lists:
                yield self._other(admitted, value, where, model)
            for item in value if lists else ():
                yield from self.value(get_args(lists[0])[0], item, f"{where}/*", model)
        else:
            yield from self._scalar(admitted, value, where, model, metadata)

    def _object(self, admitted: list[Any], value: dict[str, Any], where: str, model: str) -> Iterator[Drift]:
        models = [branch for branch in admitted if is_model(branch)]
        maps = [branch for branch in admitted if is_map(branch)]
        if models:
            yield from min((list(self._members(m, value, where)) for m in _named(models, value)), key=len)
        elif maps:
            for item in value.values():
                yield from self.value(get_args(maps[0])[1], item, f"{where}/*", model)
        else:
            yield self._other(admitted, value, where, model)

    def _members(self, model: Any, value: dict[str, Any], where: str) -> Iterator[Drift]:
        known = {wire_name(attribute): attribute for attribute in members(model)}
        for name, item in value.items():
            shown = name if _NAME.match(name) else HIDDEN
            inner = f"{where}/{shown.replace('~', '~0').replace('/', '~1')}"
            if name not in known:
                yield Drift(self._operation, "unknown member", inner, model.__name__, "", json_type(item))
                continue
            attribute = known[name]
            yield from self.value(hints(model)[attribute.name], item, inner, model.__name__, attribute.metadata)
        for name, attribute in known.items():
            required = attribute.default is attrs.NOTHING or is_literal(hints(model)[attribute.name])
            if required and name not in value and not attribute.metadata.get("lenient"):
                expected = _words(branches(hints(model)[attribute.name]))
                yield Drift(self._operation, "missing member", f"{where}/{name}", model.__name__, expected, "nothing")

    def _scalar(self, admitted: list[Any], value: Any, where: str, model: str, metadata: Any) -> Iterator[Drift]:
        listed = [v for b in admitted for v in _listed(b)]
        if listed:
            if value in listed and not isinstance(value, bool):
                return
            if any(type(value) is type(other) for other in listed):
                word = str(value)
                seen = word if _WORD.match(word) and not metadata.get("secret") else HIDDEN
                yield Drift(self._operation, "unknown value", where, model, f"{len(listed)} others", seen)
                return
        form = metadata.get("format")
        for branch in admitted:
            if reader := FORMATS.get((branch, form)):
                try:
                    # A moment is read by the standard library first; its reader only keeps the text.
                    (datetime.fromisoformat if branch is datetime else reader)(value)
                except (TypeError, ValueError):
                    continue
                return
            if branch in {date, datetime} or is_enum(branch) or is_literal(branch):
                continue
            if type(value) is branch or (branch is float and type(value) is int):
                return
        yield self._other(admitted, value, where, model, form)

    def _other(self, admitted: list[Any], value: Any, where: str, model: str, form: str | None = None) -> Drift:
        seen = json_type(value)
        if seen == "string" and form:
            seen = f"string that is not a {form if form != 'string' else _words(admitted)}"
        return Drift(self._operation, "other type", where, model, _words(admitted), seen)


def json_type(value: Any) -> str:
    """The JSON type of a value."""
    kinds: dict[type, str] = {
        type(None): "null",
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "string",
        list: "array",
        dict: "object",
    }
    return kinds[type(value)]


def _listed(branch: Any) -> list[object]:
    """The values of an enum or a constant."""
    if is_literal(branch):
        return list(get_args(branch))
    return [member.value for member in branch if isinstance(member, Enum)] if is_enum(branch) else []


def _named(models: list[Any], value: dict[str, Any]) -> list[Any]:
    """The models whose constant (discriminator) the object has; all models if it has none."""
    named = [
        model
        for model in models
        for attribute in members(model)
        if is_literal(hint := hints(model)[attribute.name]) and value.get(wire_name(attribute)) in get_args(hint)
    ]
    return named or models


def _words(admitted: list[Any]) -> str:
    words: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
    words |= {date: "date", datetime: "date-time"}
    found = []
    for branch in admitted:
        if is_list(branch):
            found.append("array")
        elif is_map(branch) or is_model(branch):
            found.append("object")
        elif is_enum(branch) or is_literal(branch):
            found.append("integer" if any(isinstance(v, int) for v in _listed(branch)) else "string")
        else:
            found.append(words.get(branch, "anything"))
    return " or ".join(dict.fromkeys(found))
