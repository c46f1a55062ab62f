"""Generates, for a model, the function that reads a decoded JSON object into an instance.

Much data of one type is read by `struct_generator.py` instead, as far as it can.

cattrs's own (`cattrs.gen.make_dict_structure_fn`) calls the class, whose constraints would then be checked on answers
too. It also fails on a scalar of an unexpected type, drops members that the spec does not know, and cannot tell a null
from a member that is absent. So this one sets the members on a bare instance. Written out member by member it costs a
few times less than a loop over the members. Members that are absent are counted, so that the object's length tells
whether it has others.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Union, get_args

import attrs

from aiovonage._core.codec import scalars
from aiovonage._core.codec.generated_source import compile_function
from aiovonage._core.codec.null import NULL, Null
from aiovonage._core.codec.type_inspection import (
    ShapeError,
    branches,
    hints,
    is_enum,
    is_literal,
    is_nested,
    members,
    type_name,
    unexpected,
    wire_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiovonage._core.codec.type_inspection import Hook

FORMATS: dict[tuple[Any, str | None], Callable[..., Any]] = {
    (datetime, "date-time"): scalars.keep_datetime,
    (datetime, "date-time-local"): scalars.keep_local_datetime,
    (date, "date"): scalars.read_date,
    (bool, "string"): scalars.read_bool,
    (int, "string"): scalars.read_int,
}


def compile_reader(
    cls: Any,
    hook: Callable[[Any], Hook],
    keep_unexpected: Callable[[str, str, str, Any], Any],
    missing: Callable[[str, str], None],
    look_at: Callable[[Any], None],
    note_unknown: Callable[[Any, Iterable[str]], None],
) -> Hook:
    """Generate the reader of a model.

    Args:
        cls: The model.
        hook: Gives the reader of a member's type.
        keep_unexpected: Receives a scalar of another type than the spec's (model, member, expected type, value), and
            returns what to keep.
        missing: Receives (model, member) of a missing member that the document marks as required.
        look_at: Receives each value that the spec does not describe.
        note_unknown: Receives (model, names of members that the spec does not know).
    """
    scope: dict[str, Any] = {
        "new": cls.__new__,
        "cls": cls,
        "keep_unexpected": keep_unexpected,
        "missing": missing,
        "store": object.__setattr__,
        "ShapeError": ShapeError,
        "unexpected": unexpected,
        "NULL": NULL,
        "extra": _extra_reader(cls, look_at, note_unknown),
        "look_at": look_at,
    }
    checked = cls.__setattr__ is not object.__setattr__  # constraints are checked on assignment too
    store = "    store(self, {!r}, {})" if checked else "    self.{} = {}"
    lines = [
        "def read(o, _):",
        "    if o.__class__ is not dict:",
        f"        raise unexpected({cls.__name__ + ', an object,'!r}, o)",
        "    self = new(cls)",
        "    get = o.get",
        "    absent = 0",
    ]
    for number, attribute in enumerate(members(cls)):
        lines.append(f"    v = get({wire_name(attribute)!r})")
        lines += _member_lines(cls, attribute, number, scope, hook)
        lines.append((store if checked else store.replace("{!r}", "{}")).format(attribute.name, "v"))
    unknown = f"{{}} if len(o) + absent == {len(members(cls))} else extra(o)"
    lines += [store.format("extra", unknown), "    return self"]
    return compile_function("read", "reader of", cls, lines, scope)


def _extra_reader(
    cls: Any, look_at: Callable[[Any], None], note_unknown: Callable[[Any, Iterable[str]], None]
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    known = frozenset(map(wire_name, members(cls)))

    def extra(o: dict[str, Any]) -> dict[str, Any]:
        unknown = {k: v for k, v in o.items() if k not in known}
        for value in unknown.values():
            if value.__class__ is not str:
                look_at(value)
        note_unknown(cls, unknown)
        return unknown

    return extra


def _member_lines(
    cls: Any, attribute: attrs.Attribute[Any], number: int, scope: dict[str, Any], hook: Callable[[Any], Hook]
) -> list[str]:
    """The lines that turn `v`, as it came, into the member's value."""
    admitted = branches(hints(cls)[attribute.name])
    none = _none_lines(cls, attribute)
    if Any in admitted or object in admitted:
        return ["    if v is None:", *none, "    else: look_at(v)"]
    if any(map(is_nested, admitted)):
        scope[f"hook{number}"] = hook(admitted[0] if len(admitted) == 1 else Union[tuple(admitted)])  # noqa: UP007
        return [
            "    if v is None:",
            *none,
            "    else:",
            f"        try: v = hook{number}(v, None)",
            "        except ShapeError as e:",
            f"            e.path.insert(0, {wire_name(attribute)!r})",
            "            raise",
        ]
    return _scalar_lines(cls, attribute, number, scope, admitted, none)


def _none_lines(cls: Any, attribute: attrs.Attribute[Any]) -> list[str]:
    """The lines for a `v` that is None: the member is absent, or null.

    A required member whose type admits None is one that an answer should have. One whose type does not admit it has to
    be there: it identifies the thing, or a request makes no sense without it.
    """
    name = wire_name(attribute)
    hint = hints(cls)[attribute.name]
    nullable = Null in get_args(hint)
    absent = "absent += 1"
    null = ["        else: v = NULL"] if nullable else []
    if attribute.default is attrs.NOTHING and not attribute.metadata.get("lenient"):
        if type(None) in get_args(hint):
            log = f"missing({cls.__name__!r}, {name!r})"
            absent = f"absent += 1; {log}"
            null = null or [f"        else: {log}"]
        else:
            absent = f"raise ShapeError('the required member {name} is missing')"
            null = null or [f"        else: raise ShapeError('the required member {name} is null')"]
    return [f"        if {name!r} not in o: {absent}", *null]


def _scalar_lines(
    cls: Any,
    attribute: attrs.Attribute[Any],
    number: int,
    scope: dict[str, Any],
    admitted: list[Any],
    none: list[str],
) -> list[str]:
    expected = " or ".join(map(type_name, admitted))
    keep = f"v = keep_unexpected({cls.__name__!r}, {wire_name(attribute)!r}, {expected!r}, v)"
    form = attribute.metadata.get("format")
    reader = next((FORMATS[b, form] for b in admitted if (b, form) in FORMATS), None)
    if reader is not None:
        scope[f"read{number}"] = reader
        read = f"v = read{number}(v)"
        if form in scalars.USUAL:  # written out, since these are many
            scope["moment"] = datetime.fromisoformat
            read = f"m = moment(v); v = m if v[4::3] == {scalars.USUAL[form]!r} else read{number}(m, v)"
        return [
            "    if v is None:",
            *none,
            "    else:",
            f"        try: {read}",
            f"        except (TypeError, ValueError): {keep}",
        ]
    if values := {member.value: member for b in admitted if is_enum(b) for member in b}:
        scope[f"enum{number}"] = values
        return [
            "    if v.__class__ is str:",
            f"        v = enum{number}.get(v, v)",
            "    elif v is None:",
            *none,
            f"    else: {keep}",
        ]
    types = {str if is_literal(b) else b for b in admitted}
    numbers = types & {float}
    if float in types:
        types.add(int)
    one = len(types) == 1
    scope[f"types{number}"] = types.pop() if one else types
    return [
        f"    if v.__class__ {'is not' if one else 'not in'} types{number}:",
        "      if v is None:",
        *none,
        f"      else: {keep}",
        *(["    elif v.__class__ is float: look_at(v)"] if float in numbers else []),
    ]
