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
    contains_itself,
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

        outer = (*outer, cls)
        scope: dict[str, Any] = {
            "new": object.__new__,
            "store": object.__setattr__,
            "missing": self._missing,
            "moment": datetime.fromisoformat,
            "NULL": NULL,
            "UNSET": msgspec.UNSET,
            "Unsuitable": Unsuitable,
        }
        lines = self._lines(cls, "o", 0, scope, outer)
        source = ["def make(s0):", *_indented(lines), "    return o"]
        return Generated(self._struct(cls, outer), compile_function("make", "maker of", cls, source, scope))

    def _struct(self, cls: Any, outer: tuple[Any, ...]) -> Any:
        import msgspec

        fields: list[Any] = []
        for attribute in members(cls):
            hint = hints(cls)[attribute.name]
            type_, default = self._type(attribute, hint, outer), _default(attribute, hint)
            if default is None or Null in get_args(hint):
                type_ = Union[type_, None]  # noqa: UP007
            if default is msgspec.UNSET:
                type_ = Union[type_, msgspec.UnsetType]  # noqa: UP007
            fields.append((attribute.name, type_, msgspec.field(name=wire_name(attribute), default=default)))
        for number, name in enumerate(self._unknown(cls)):
            fields.append((f"unknown_{number}", Any, msgspec.field(name=name, default=msgspec.UNSET)))
        return msgspec.defstruct(cls.__name__, fields, kw_only=True, forbid_unknown_fields=True, gc=False)

    def _type(self, attribute: attrs.Attribute[Any], hint: Any, outer: tuple[Any, ...]) -> Any:
        """What msgspec reads for a member that is there."""
        admitted = branches(hint)
        if Any in admitted or object in admitted:
            return Any
        if any(map(is_nested, admitted)):
            return self.of(_one_of(admitted), outer).type
        if any(is_enum(b) or (b, attribute.metadata.get("format")) in FORMATS for b in admitted):
            return str
        types = {str if is_literal(b) else b for b in admitted}
        if not types <= _SCALARS:
            return None
        return Union[tuple(types | {int} if float in types else types)]  # noqa: UP007

    def _lines(self, cls: Any, o: str, depth: int, scope: dict[str, Any], outer: tuple[Any, ...]) -> list[str]:
        """The lines that make a model from its Struct.

        Args:
            cls: The model.
            o: The variable for it.
            depth: How many models the lines are within. The Struct is in `s0`, `s1` and so on.
            scope: The names that the lines use.
            outer: The models around it.
        """
        s, v = f"s{depth}", f"v{depth}"
        checked = cls.__setattr__ is not object.__setattr__  # constraints are checked on assignment too
        store = f"store({o}, {{0!r}}, {{1}})" if checked else f"{o}.{{0}} = {{1}}"
        lines = [f"{o} = new({_named(scope, cls)})"]
        for attribute in members(cls):
            more = self._absence(cls, attribute, v)
            if change := self._change(cls, attribute, depth, scope, outer):
                more += [f"{'el' if more else ''}if {v} is not None:", *_indented(change)]
            if more:
                lines += [f"{v} = {s}.{attribute.name}", *more]
            lines.append(store.format(attribute.name, v if more else f"{s}.{attribute.name}"))
        lines.append(store.format("extra", "{}"))
        for number, name in enumerate(self._unknown(cls)):
            lines.append(f"if {s}.unknown_{number} is not UNSET: {o}.extra[{name!r}] = {s}.unknown_{number}")
        return lines

    def _absence(self, cls: Any, attribute: attrs.Attribute[Any], v: str) -> list[str]:
        """The lines for a member that is absent or null, as far as it is not simply None then."""
        hint = hints(cls)[attribute.name]
        lacks = ""
        if _required(attribute) and type(None) in get_args(hint):
            lacks = f"missing({cls.__name__!r}, {wire_name(attribute)!r})"
        elif _required(attribute) and (Any in branches(hint) or any(map(is_nested, branches(hint)))):
            lacks = "raise Unsuitable"  # which msgspec does for members of other types
        if Null in get_args(hint):
            return [f"if {v} is None: {v} = NULL", f"elif {v} is UNSET: {v} = None{'; ' if lacks else ''}{lacks}"]
        return [f"if {v} is None: {lacks}"] if lacks else []

    def _change(
        self, cls: Any, attribute: attrs.Attribute[Any], depth: int, scope: dict[str, Any], outer: tuple[Any, ...]
    ) -> list[str]:
        """The lines that turn what msgspec has read for a member into its value; none if it is the value already."""
        admitted, v = branches(hints(cls)[attribute.name]), f"v{depth}"
        if Any in admitted or object in admitted:
            return []
        if any(map(is_nested, admitted)):
            nested = _one_of(admitted)
            if is_model(nested) and len(members(nested)) <= _FEW and not contains_itself(nested):
                inner = self._lines(nested, v, depth + 1, scope, (*outer, nested))
                return [f"s{depth + 1} = {v}", *inner]
            make = self.of(nested, outer).make
            return [f"{v} = {_named(scope, make)}({v})"] if make else []
        form = attribute.metadata.get("format")
        reader = next((FORMATS[b, form] for b in admitted if (b, form) in FORMATS), None)
        if reader is not None and form in scalars.USUAL:
            read, usual = _named(scope, reader), scalars.USUAL[form]
            return [f"m = moment({v}); {v} = m if {v}[4::3] == {usual!r} else {read}(m, {v})"]
        if reader is not None:
            return [f"{v} = {_named(scope, reader)}({v})"]
        if values := {member.value: member for b in admitted if is_enum(b) for member in b}:
            return [f"{v} = {_named(scope, values)}.get({v}, {v})"]
        return []


_FEW = 4
"""The members of a model that is made within the one that it belongs to, which saves a call: links are such models."""


def _named(scope: dict[str, Any], value: Any) -> str:
    """A name for a value that the source uses."""
    name = f"x{len(scope)}"
    scope[name] = value
    return name


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _one_of(admitted: list[Any]) -> Any:
    return admitted[0] if len(admitted) == 1 else Union[tuple(admitted)]  # noqa: UP007


def _required(attribute: attrs.Attribute[Any]) -> bool:
    return attribute.default is attrs.NOTHING and not attribute.metadata.get("lenient")


_SCALARS = frozenset({str, int, float, bool})
_KEPT = _SCALARS | {Any, object}
"""The types of items that are kept as they come."""


def _default(attribute: attrs.Attribute[Any], hint: Any) -> Any:
    """What the Struct has for a member that is absent. One that no answer lacks has to be there."""
    import msgspec

    if _required(attribute) and type(None) not in get_args(hint):
        return msgspec.NODEFAULT
    return msgspec.UNSET if Null in get_args(hint) else None


def _list_maker(make: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    return None if make is None else lambda value: [make(item) for item in value]
