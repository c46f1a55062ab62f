"""Generates, for a model, a msgspec Struct of what is sent, and the function that fills it.

msgspec leaves out members that are None and writes the rest, so no dict is made of an object. A page of 100 brands
takes 0.6 of the time that it takes through dicts (`writer.py`), and 0.85 of pydantic's.

msgspec has a form for values that we refuse to send, such as bytes, sets and NaN. So the generated code lets through
the classes that it knows. `writer.py` writes the members of a free type; and the whole body if a value is of another
type than the spec's, or if an object has members that the spec does not know. So this module has no messages of its
own. Both must write the same bytes: `tests/core/test_fast_codec.py` compares them on all models.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from aiovonage._core.codec.fast_path import Unsuitable
from aiovonage._core.codec.generated_source import compile_function
from aiovonage._core.codec.null import NULL, Null
from aiovonage._core.codec.type_inspection import branches, hints, is_enum, is_list, is_model, members, wire_name
from aiovonage._core.codec.writer import FORMATS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

_USUAL = {
    "date-time": "{v} if {v}.__class__ is datetime and {v}.tzinfo is UTC and not {v}.microsecond",
    "date-time-local": "t.replace('T', ' ') if {v}.__class__ is datetime and len(t := text({v})) == 19",
}
"""The usual dates and times of these forms, as msgspec writes them."""


class StructWriters:
    """The functions that fill the Structs of models, each generated once.

    Args:
        encode: Writes a value in the usual way, as JSON text.
    """

    def __init__(self, encode: Callable[[Any], bytes]) -> None:
        self._encode = encode
        self._made: dict[Any, Callable[[Any], Any]] = {}

    def of(self, cls: Any) -> Callable[[Any], bytes]:
        """The function that writes a model as JSON text."""
        import msgspec

        pack, write = self._of(cls, ()), msgspec.json.Encoder().encode
        return lambda value: write(pack(value))

    def _of(self, cls: Any, outer: tuple[Any, ...]) -> Callable[[Any], Any]:
        if cls in outer:  # models that refer to each other
            return self._other
        if cls not in self._made:
            self._made[cls] = self._generate(cls, (*outer, cls))
        return self._made[cls]

    def _other(self, value: Any) -> Any:
        """A value that is written in the usual way."""
        import msgspec

        return value if value.__class__ in _SAFE else msgspec.Raw(self._encode(value))

    def _same(self, value: Any) -> Any:
        """A value that should be JSON already."""
        if value.__class__ in _SAFE:
            return value
        if value.__class__ is float:
            return self._other(value)
        raise Unsuitable

    def _generate(self, cls: Any, outer: tuple[Any, ...]) -> Callable[[Any], Any]:
        import msgspec  # slow to import, and needed for much data only

        scope: dict[str, Any] = {
            "other": self._other,
            "same": self._same,
            "safe": _SAFE,
            "Unsuitable": Unsuitable,
            "text": msgspec.to_builtins,
            "datetime": datetime,
            "UTC": UTC,
            "NULL": NULL,
            "UNSET": msgspec.UNSET,
        }
        fields: list[Any] = []
        lines = ["def pack(o):", "    if o.extra: raise Unsuitable"]
        for number, attribute in enumerate(members(cls)):
            hint, v = hints(cls)[attribute.name], f"v{number}"
            nullable = Null in get_args(hint)
            default = msgspec.UNSET if nullable else None
            fields.append((attribute.name, Any, msgspec.field(name=wire_name(attribute), default=default)))
            lines.append(f"    {v} = o.{attribute.name}")
            expression = self._expression(hint, attribute.metadata.get("format"), v, scope, outer)
            if nullable:
                lines.append(f"    if {v} is None: {v} = UNSET")
                lines.append(f"    elif {v} is NULL: {v} = None")
                lines.append(f"    else: {v} = {expression or f'same({v})'}")
            elif expression:
                lines.append(f"    if {v} is not None: {v} = {expression}")
            else:
                usual = "str" if str in branches(hint) else "bool" if bool in branches(hint) else "int"
                odd = f"{v}.__class__ is not {usual} and {v} is not None and {v}.__class__ not in safe"
                lines.append(f"    if {odd}: {v} = same({v})")
        scope["Struct"] = msgspec.defstruct(cls.__name__, fields, omit_defaults=True, gc=False)
        lines.append(f"    return Struct({', '.join(f'v{number}' for number in range(len(fields)))})")
        return compile_function("pack", "packer of", cls, lines, scope)

    def _expression(self, hint: Any, form: str | None, v: str, scope: dict[str, Any], outer: tuple[Any, ...]) -> str:
        """The expression for what msgspec writes for a member `v` that is there; empty where it is `v` itself."""
        if form in FORMATS:
            scope[f"types_{v}"], scope[f"write_{v}"] = FORMATS[form]
            write = f"write_{v}({v}) if isinstance({v}, types_{v}) else same({v})"
            return f"{_USUAL[form].format(v=v)} else {write}" if form in _USUAL else write
        admitted = branches(hint)
        enums = [branch for branch in admitted if is_enum(branch)]
        if PLAIN.issuperset(admitted):
            return ""
        if len(enums) == 1 and all(branch in PLAIN for branch in admitted if branch not in enums):
            scope[f"enum_{v}"] = enums[0]
            return f"{v} if (c := {v}.__class__) is enum_{v} or c is str else other({v})"
        if len(admitted) == 1 and is_model(admitted[0]):
            scope[f"model_{v}"], scope[f"pack_{v}"] = admitted[0], self._of(admitted[0], outer)
            return f"pack_{v}({v}) if {v}.__class__ is model_{v} else other({v})"
        if len(admitted) == 1 and is_list(admitted[0]):
            (item,) = get_args(admitted[0])
            element = "e if e.__class__ is str else other(e)"
            if is_model(item):
                scope[f"model_{v}"], scope[f"pack_{v}"] = item, self._of(item, outer)
                element = f"pack_{v}(e) if e.__class__ is model_{v} else other(e)"
            return f"[{element} for e in {v}] if {v}.__class__ is list else other({v})"
        return f"other({v})"


_SAFE = PLAIN - {float}
"""The classes of values that msgspec writes as `writer.py` does. It writes floats in another form, and NaN as null."""
