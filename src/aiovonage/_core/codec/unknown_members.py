"""Which members the answers have that the specs do not know.

A Struct reads only members that it names. Vonage adds members to its answers without notice, and a page in which every
item has one would be read the slow way from then on. So the Structs name the members that have been seen as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[\w.$@-]{1,64}")
"""What msgspec takes as a name, and what a name looks like."""

_MOST = 16
"""Of one model. An object whose names are data would have ever more of them."""


class UnknownMembers:
    """The members that were seen, by model.

    Attributes:
        state: Another object after each new member.
    """

    def __init__(self) -> None:
        self._by_model: dict[Any, dict[str, None]] = {}
        self.state: object = object()

    def note(self, model: Any, names: Iterable[str]) -> None:
        """Note the names of members that the spec of a model does not know."""
        known = self._by_model.setdefault(model, {})
        for name in names:
            if name not in known and len(known) < _MOST and _NAME.fullmatch(name):
                known[name] = None
                self.state = object()

    def of(self, model: Any) -> list[str]:
        """Their names on the wire, in the order in which they were seen."""
        return list(self._by_model.get(model, ()))
