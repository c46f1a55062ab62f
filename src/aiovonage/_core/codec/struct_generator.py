"""Generates, for a model, a msgspec Struct of the same members, and the function that makes the model from it.

msgspec parses a body straight into Structs, checks the types of the members while it does so, and makes no dicts. What
remains is to copy the members. A page of 100 brands takes half of the time that it takes through dicts (`reader.py`),
and 0.4 of pydantic's.

A Struct takes only what the document describes. Anything else raises: a member that was never seen, a scalar of
another type, a body that is not valid JSON. The body is then read by `reader.py`, which keeps what is odd, logs it,
and says what is wrong. So this module has no messages of its own. Both must read the same values:
`tests/core/test_fast_codec.py` compares them on all models.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Union, get_args

import attrs

from aiovonage._core.codec import scalars
from aiovonage._core.codec.fast_path import Unsuitable
from aiovonage._core.codec.generated_source import compile_function
from aiovonage._core.codec.null import NULL, Null
from aiovonage._core.codec.reader import FORMATS
from aiovonage._core.codec.type_inspection import (
    branches,
    hints,
    is_enum,
    is_list,
    is_literal,
    is_map,
    is_model,
    is_nested,
    members,
    wire_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiovonage._core.codec.type_inspection import Hook


class Generated(NamedTuple):
    """What was generated for a type.

    Attributes:
        type: What msgspec reads: for a model, its Struct.
        make: Makes the value from it; None if it is the value already.
    """

    type: Any
    make: Callable[[Any], Any] | None


class StructGenerator:
    """Generates Structs, one for each model.

    Args:
        hook: Gives the reader of a type, for what msgspec cannot tell apart, such as the models of a union.
        missing: Receives (model, member) of a missing member that the document marks as required.
        unknown: Gives the names of a model's members that the spec does not know.
    """

    def __init__(
        self,
        hook: Callable[[Any], Hook],
        missing: Callable[[str, str], None],
        unknown: Callable[[Any], Iterable[str]],
    ) -> None:
        self._hook = hook
        self._missing = missing
        self._unknown = unknown
        self._made: dict[Any, Generated] = {}

    def of(self, type_: Any, outer: tuple[Any, ...] = ()) -> Generated:
        """What msgspec reads for a type, and what makes the value from it.

        Args:
            type_: A model, or the type of a member.
            outer: The models around it that are being generated. msgspec cannot name them yet.
        """
        if is_model(type_) and type_ not in outer:
            if type_ not in self._made:
                self._made[type_] = self._generate(type_, outer)
            return self._made[type_]
        if is_list(type_):
            (item,) = get_args(type_)
            if item in _KEPT:
                return Generated(list[Any], None)
            inner = self.of(item, outer)
            return Generated(list[inner.type], _list_maker(inner.make))  # type: ignore[name-defined]
        if is_map(type_) and get_args(type_)[1] in _KEPT:
            return Generated(dict[str, Any], None)
        hook = self._hook(type_)
        return Generated(Any, lambda value: hook(value, type_))

    def _generate(self, cls: Any, outer: tuple[Any, ...]) -> Generated:
        import msgspec  # slow to import, and needed for much data only

        scope: dict[str, Any] = {
            "new": cls.__new__,
            "cls": cls,
            "store": object.__setattr__,
            "missing": self._missing,
            "moment": datetime.fromisoformat,
            "NULL": NULL,
            "UNSET": msgspec.UNSET,
            "Unsuitable": Unsuitable,
        }
        checked = cls.__setattr__ is not object.__setattr__  # constraints are checked on assignment too
        store = "    store(self, {0!r}, {1})" if checked else "    self.{0} = {1}"
        fields: list[Any] = []
        lines = ["def make(s):", "    self = new(cls)"]
        for number, attribute in enumerate(members(cls)):
            type_, more = self._member(cls, attribute, number, scope, (*outer, cls))
            hint = hints(cls)[attribute.name]
            default = _default(attribute, hint)
            if default is None or Null in get_args(hint):
                type_ = Union[type_, None]  # noqa: UP007
            if default is msgspec.UNSET:
                type_ = Union[type_, msgspec.UnsetType]  # noqa: UP007
            fields.append((attribute.name, type_, msgspec.field(name=wire_name(attribute), default=default)))
            if more:
                lines += [f"    v = s.{attribute.name}", *more]
            lines.append(store.format(attribute.name, "v" if more else f"s.{attribute.name}"))
        lines += [store.format("extra", "{}")]
        for number, name in enumerate(self._unknown(cls)):
            fields.append((f"unknown_{number}", Any, msgspec.field(name=name, default=msgspec.UNSET)))
            lines.append(f"    if s.unknown_{number} is not UNSET: self.extra[{name!r}] = s.unknown_{number}")
        lines.append("    return self")
        struct = msgspec.defstruct(cls.__name__, fields, kw_only=True, forbid_unknown_fields=True, gc=False)
        return Generated(struct, compile_function("make", "maker of", cls, lines, scope))

    def _member(
        self, cls: Any, attribute: attrs.Attribute[Any], number: int, scope: dict[str, Any], outer: tuple[Any, ...]
    ) -> tuple[Any, list[str]]:
        """What msgspec reads for a member, and the lines that turn `v`, the result, into the member's value."""
        hint = hints(cls)[attribute.name]
        admitted = branches(hint)
        type_, change = self._value(attribute, admitted, number, scope, outer)
        required = attribute.default is attrs.NOTHING and not attribute.metadata.get("lenient")
        lacks = ""
        if required and type(None) in get_args(hint):
            lacks = f"missing({cls.__name__!r}, {wire_name(attribute)!r})"
        elif required and type_ is Any:
            lacks = "raise Unsuitable"
        if Null in get_args(hint):
            none = ["    if v is None: v = NULL", f"    elif v is UNSET: v = None{'; ' if lacks else ''}{lacks}"]
        else:
            none = [f"    if v is None: {lacks}"] if lacks else []
        if not change:
            return type_, none
        return type_, [*none, f"    {'el' if none else ''}if v is not None: {change}"]

    def _value(
        self,
        attribute: attrs.Attribute[Any],
        admitted: list[Any],
        number: int,
        scope: dict[str, Any],
        outer: tuple[Any, ...],
    ) -> tuple[Any, str]:
        """What msgspec reads for a member that is there, and the statement that turns `v` into the member's value."""
        if Any in admitted or object in admitted:
            return Any, ""
        if any(map(is_nested, admitted)):
            struct, make = self.of(admitted[0] if len(admitted) == 1 else Union[tuple(admitted)], outer)  # noqa: UP007
            scope[f"make{number}"] = make
            return struct, f"v = make{number}(v)" if make else ""
        form = attribute.metadata.get("format")
        reader = next((FORMATS[b, form] for b in admitted if (b, form) in FORMATS), None)
        if reader is not None:
            scope[f"read{number}"] = reader
            if form in scalars.USUAL:
                return str, f"m = moment(v); v = m if v[4::3] == {scalars.USUAL[form]!r} else read{number}(m, v)"
            return str, f"v = read{number}(v)"
        if values := {member.value: member for b in admitted if is_enum(b) for member in b}:
            scope[f"enum{number}"] = values
            return str, f"v = enum{number}.get(v, v)"
        types = {str if is_literal(b) else b for b in admitted}
        if not types <= _SCALARS:
            return None, ""
        return Union[tuple(types | {int} if float in types else types)], ""  # noqa: UP007


_SCALARS = frozenset({str, int, float, bool})
_KEPT = _SCALARS | {Any, object}
"""The types of items that are kept as they come."""


def _default(attribute: attrs.Attribute[Any], hint: Any) -> Any:
    """What the Struct has for a member that is absent. One that no answer lacks has to be there."""
    import msgspec

    required = attribute.default is attrs.NOTHING and not attribute.metadata.get("lenient")
    if required and type(None) not in get_args(hint):
        return msgspec.NODEFAULT
    return msgspec.UNSET if Null in get_args(hint) else None


def _list_maker(make: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    return None if make is None else lambda value: [make(item) for item in value]
