"""Handlers by operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from aiovonage.sandbox.faults import Dice
from aiovonage.sandbox.pages import PAGE_SIZE, page_of
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import Json, SpecOperation, schemas
from aiovonage.sandbox.state import State

T = TypeVar("T")


@attrs.frozen
class Call:
    """A request that conforms to its operation.

    Attributes:
        operation: The operation that is called.
        state: What the sandbox holds.
        dice: Decides which items of a batch are refused.
        path: The raw path.
        values: The parameters of path and query, by their names on the wire.
        body: The decoded body.
    """

    operation: SpecOperation
    state: State
    dice: Dice
    path: str
    values: Json
    body: Any

    def find(self, held: Mapping[str, T], name: str) -> T:
        """What is held under the id that a parameter gives.

        Raises:
            Refused: with a 404 that names the id.
        """
        key = self.values[name]
        if (found := held.get(key)) is None:
            raise not_found(key)
        return found

    def page_size(self, default: int, name: str = "page_size") -> int:
        """How many items a page holds: as the request says, within the sandbox's limit."""
        size: int = max(1, self.values.get(name, default))
        most = self.state.behaviour.max_page_size
        return size if most is None else min(size, most)

    def page(
        self,
        items: Sequence[Any],
        *,
        path: str,
        name: str,
        links: bool = True,
        previous: str = "previous",
        size: int = PAGE_SIZE,
    ) -> Json:
        """A page of a list: see `page_of`."""
        number = self.values.get("page", 1)
        size = self.page_size(size)
        return page_of(items, number=number, size=size, path=path, name=name, links=links, previous=previous)


@attrs.frozen
class Answer:
    """What is answered.

    Attributes:
        status: The HTTP status.
        body: The body: None for none, bytes as they are, anything else as JSON.
        media_type: The content type.
    """

    status: int
    body: Any = None
    media_type: str = "application/json"


Handler = Callable[[Call], Answer]

HANDLERS: dict[str, Handler] = {}


def handles(operation: str) -> Callable[[Handler], Handler]:
    """Register the handler of an operation: `@handles("ten_dlc.get_brand")`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register


def without_unknown(file: str, body: Json, **enums: str) -> Json:
    """A body without values that the table of the request leaves free, but no answer may hold; they have no effect.

    Args:
        file: The spec.
        body: The body of the request.
        enums: The name of the enum's schema, by member.
    """
    known = {member: schemas(file)[schema]["enum"] for member, schema in enums.items()}
    return {member: value for member, value in body.items() if member not in known or value in known[member]}
