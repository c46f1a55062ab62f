"""Generates, for a model, the function that turns an instance into a JSON object."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args

from aiovonage._core.codec import scalars
from aiovonage._core.codec.model import NULL, Null
from aiovonage._core.codec.type_inspection import branches, hints, members, wire_name

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMATS: dict[str, tuple[type | tuple[type, ...], Callable[[Any], Any]]] = {
    "date-time": (datetime, scalars.write_datetime),
    "date-time-local": (datetime, scalars.write_local_datetime),
    "date": (date, scalars.write_date),
    "string": ((bool, int), scalars.write_scalar),
}


_PLAIN = frozenset({str, int, float, bool, type(None)})


def compile_writer(cls: Any, encode: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    """Generate the writer of a model.

    Args:
        cls: The model.
        encode: Turns any other value into JSON.
    """
    scope: dict[str, Any] = {"encode": encode, "NULL": NULL, "plain": _PLAIN}
    lines = [
        "def write(o):",
        "    d = {}",
        "    if o.extra: d = {k: v if v.__class__ in plain else encode(v) for k, v in o.extra.items()}",
    ]
    for number, attribute in enumerate(members(cls)):
        hint = hints(cls)[attribute.name]
        form = attribute.metadata.get("format")
        value = "v"
        if form in _FORMATS:
            scope[f"types{number}"], scope[f"write{number}"] = _FORMATS[form]
            value = f"write{number}(v) if isinstance(v, types{number}) else v"
        elif any(b not in {str, int, float, bool} for b in branches(hint)):
            value = "encode(v)"
        if Null in get_args(hint):
            value = f"None if v is NULL else {value}"
        lines += [f"    v = o.{attribute.name}", f"    if v is not None: d[{wire_name(attribute)!r}] = {value}"]
    lines.append("    return d")
    exec(compile("\n".join(lines), f"<writer of {cls.__name__}>", "exec"), scope)
    writer: Callable[[Any], dict[str, Any]] = scope["write"]
    return writer
