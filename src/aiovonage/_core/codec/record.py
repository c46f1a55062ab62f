"""The base of all classes that the codec reads and writes."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.define(kw_only=True, repr=False)
class Record:
    """What the codec reads and writes: an attrs class with members of an object in JSON, and `extra` for those that it
    does not name.
    """

    extra: dict[str, Any] = attrs.field(factory=dict)

    def __repr__(self) -> str:
        members = []
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if value is None or (attribute.name == "extra" and not value):
                continue
            members.append(f"{attribute.name}={'***' if attribute.metadata.get('secret') else repr(value)}")
        return f"{type(self).__name__}({', '.join(members)})"
