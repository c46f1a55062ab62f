"""The checks on what is sent."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from aiovonage._core.codec.null import NULL
from aiovonage._core.codec.unknown_value import warn_of_unknown
from aiovonage.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import attrs

    from aiovonage._core.codec.record import Record


def needs(model: Record, member: str, other: str) -> None:
    """Refuse a model that has a member without another that the spec wants beside it.

    Raises:
        InvalidValue: naming the one that is missing.
    """
    if getattr(model, member) is not None and getattr(model, other) is None:
        raise InvalidValue(type(model).__name__, other, "None", f"must be given with {member}")


def needs_one(model: Record, *members: str) -> None:
    """Refuse a model that has none of some members.

    Raises:
        InvalidValue: naming them.
    """
    if all(getattr(model, member) is None for member in members):
        others = " or ".join(members[1:])
        raise InvalidValue(type(model).__name__, members[0], "None", f"or {others} must be given")


class Constrained:
    """An attrs validator for a member that is sent: what the spec says of its type, length, bounds and values.

    A list of values is open: a value that is not in it is sent with an `UnknownValueWarning`. A constant, by which the
    models of a union differ, is not, and neither is a list that is `closed`.

    Raises:
        InvalidValue: naming model, member, value and bound.
    """

    def __init__(
        self,
        *types: type,
        min_length: int | None = None,
        max_length: int | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
        min_items: int | None = None,
        max_items: int | None = None,
        pattern: str | None = None,
        const: object = None,
        enum: Collection[object] | None = None,
        closed: bool = False,
        items: Constrained | None = None,
    ) -> None:
        self.types = types
        self.min_length: int | None = min_length
        self.max_length: int | None = max_length
        self.minimum: float | None = minimum
        self.maximum: float | None = maximum
        self.min_items: int | None = min_items
        self.max_items: int | None = max_items
        self.pattern: re.Pattern[str] | None = re.compile(pattern) if pattern else None
        self.const = const
        self.enum = enum
        self.items = items
        self._closed = closed
        self._open: bool = (enum is not None and not closed) or (items is not None and items._open)
        others = (minimum, maximum, min_items, max_items, pattern, const, enum, items)
        only_length = all(bound is None for bound in others)
        self._type_alone = frozenset(types) if only_length and min_length is max_length is None else frozenset()
        # Most values are text that has nothing but a length to keep to: these bounds are those of the quick check.
        self._least: float = (min_length or 0) if only_length and str in types else math.inf
        self._most: float = math.inf if max_length is None else max_length
        self.takes_any_text: bool = self._least == 0 and max_length is None

    def __call__(self, instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value.__class__ is str and self._least <= len(value) <= self._most:
            return
        if value is None and attribute.default is None:
            return
        if value is NULL:
            return
        if bound := self.broken(value):
            shown = "its value" if attribute.metadata.get("secret") else repr(value)
            raise InvalidValue(type(instance).__name__, attribute.name, shown, bound)
        if self._open:
            self.warn(type(instance).__name__, attribute.name, value)

    def warn(self, owner: str, member: str, value: Any) -> None:
        """Warn of what is not in the list of values that the spec has.

        Args:
            owner: The model or operation.
            member: The member or parameter.
            value: An admitted value.
        """
        for unknown, known in self._unknown(value):
            warn_of_unknown(owner, member, unknown, known)

    def broken(self, value: Any) -> str | None:
        """What the value breaks, in words; `None` where it is admitted."""
        if value.__class__ in self._type_alone:
            return None
        if self.types and (not isinstance(value, self.types) or (isinstance(value, bool) and bool not in self.types)):
            return f"must be {' or '.join(t.__name__ for t in self.types)}"
        if self.const is not None and value != self.const and (self.enum is None or value in self.enum):
            return f"must be {self.const}"
        if self.enum is not None and value not in self.enum and not self._may_be_new(value):
            return f"must be one of {', '.join(map(str, self.enum))}"
        if self.pattern is not None and isinstance(value, str) and not self.pattern.search(value):
            return f"must match {self.pattern.pattern}"
        size = len(value) if isinstance(value, str | list | tuple) else 0
        unit = "characters" if isinstance(value, str) else "items"
        least, most = (self.min_length, self.max_length) if isinstance(value, str) else (self.min_items, self.max_items)
        if least is not None and size < least:
            return f"must have at least {least} {unit}"
        if most is not None and size > most:
            return f"must have at most {most} {unit}"
        if self.items is not None and isinstance(value, list | tuple):
            broken = ((index, self.items.broken(item)) for index, item in enumerate(value))
            return next((f"[{index}] {bound}" for index, bound in broken if bound), None)
        if self.minimum is not None and isinstance(value, int | float) and value < self.minimum:
            return f"must be at least {self.minimum}"
        if self.maximum is not None and isinstance(value, int | float) and value > self.maximum:
            return f"must be at most {self.maximum}"
        return None

    def _may_be_new(self, value: Any) -> bool:
        """Whether a value that is not in the list is of the same kind as those that are."""
        if self._closed:
            return False
        kind = str if any(isinstance(known, str) for known in self.enum or ()) else int
        return isinstance(value, kind) and not isinstance(value, bool) and value != ""

    def _unknown(self, value: Any) -> Iterator[tuple[object, Collection[object]]]:
        if self.enum is not None:
            if value not in self.enum:
                yield value, self.enum
        elif self.items is not None and isinstance(value, list | tuple):
            for item in value:
                yield from self.items._unknown(item)
