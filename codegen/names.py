"""The Python names of what the specs name."""

from __future__ import annotations

import builtins
import keyword
import re

from codegen.spec import snake

RESERVED = frozenset({"self", "extra", "body", "members", "str", "int", "float", "bool", "list", "dict"})
"""Names that a member cannot have: those of arguments and of types, and that of the member that keeps the unknown."""


TAKEN = frozenset(
    {
        *("Any", "Iterable", "Literal", "Required", "Sequence", "TypeAlias", "TypedDict", "Unpack"),
        *("Constrained", "IntEnum", "Model", "Null", "StrEnum"),
        *("Operation", "Pagination", "Parameter", "PartialSuccess"),
        *("ListWaiter", "Page", "Pager", "PartialResult", "RawResponse", "Session", "Waiter"),
    }
)
"""Names that a class cannot have: the generated modules import them."""


def is_taken(name: str) -> bool:
    """Whether a class cannot have this name: it is taken, or would be that of the members of another class."""
    return name in TAKEN or hasattr(builtins, name) or name.endswith("Params")


def member_name(wire: str) -> str:
    """The attribute for a member of a schema or a parameter: `links` for `_links`, `self_` for `self`."""
    name = snake(wire)
    if not name or not name.isidentifier():
        name = f"value_{name}".rstrip("_")
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def class_name(text: str) -> str:
    """The class for a schema: `InboundNumbers` for `inbound-numbers`."""
    words = re.split(r"[\W_]+", text)
    name = "".join(f"{word[0].upper()}{word[1:]}" for word in words if word)
    return name if name.isidentifier() else f"Model{name}"


def enum_members(values: list[object], names: list[str] | None = None) -> list[tuple[str, str]]:
    """The members of an enum, and their values as expressions; values that differ in case only are numbered.

    Args:
        values: The values.
        names: What the spec wants the members to be called.
    """
    members: dict[str, str] = {}
    for value, given in zip(values, names or values, strict=True):
        name = _enum_member(given)
        alike = sum(other == name or re.fullmatch(rf"{name}_\d+", other) is not None for other in members)
        members[f"{name}_{alike + 1}" if name in members else name] = repr(value)
    return list(members.items())


def _enum_member(value: object) -> str:
    """`VALUE_2FA` for `2FA`, `USERS_BATCH_GET` for `users:batchGet`."""
    name = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(value))).strip("_").upper()
    return f"VALUE_{name}" if not name or name[0].isdigit() or keyword.iskeyword(name) else name
