"""The registry of handlers, and what a handler gets and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from aiovonage.sandbox.faults import FaultInjector
from aiovonage.sandbox.pages import PAGE_SIZE, page_of
from aiovonage.sandbox.problems import not_found
from aiovonage.sandbox.specs import Json, SpecOperation, schemas
from aiovonage.sandbox.state import State

T = TypeVar("T")


@attrs.frozen
class Call:
    """A request that has passed authentication and validation.

    Attributes:
        operation: Its operation.
        state: What the sandbox holds.
        faults: Decides which items of a batch are refused.
        path: The raw path.
        values: The parameters of path and query, by their names on the wire.
        body: The decoded body.
    """

    operation: SpecOperation
    state: State
    faults: FaultInjector
    path: str
    values: Json
    body: Any

    def find(self, held: Mapping[str, T], name: str) -> T:
        """The entry whose id a parameter gives.

        Raises:
            ProblemResponse: 404 that names the id.
        """
        key = self.values[name]
        if (found := held.get(key)) is None:
            raise not_found(key)
        return found

    def page_size(self, default: int, name: str = "page_size") -> int:
        """The requested number of items of a page, within the sandbox's limit."""
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
class Response:
    """What a handler returns.

    Attributes:
        status: The HTTP status.
        body: None for no body; bytes are sent as they are, anything else as JSON.
        media_type: The content type.
    """

    status: int
    body: Any = None
    media_type: str = "application/json"


Handler = Callable[[Call], Response]

HANDLERS: dict[str, Handler] = {}


def handles(operation: str) -> Callable[[Handler], Handler]:
    """Register the handler of an operation: `@handles("ten_dlc.get_brand")`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register


def without_unknown(file: str, body: Json, **enums: str) -> Json:
    """A body without the enum values that its operation accepts but that no response may contain; they have no effect.

    Args:
        file: The spec.
        body: The body of the request.
        enums: The name of the enum's schema, by member.
    """
    known = {member: schemas(file)[schema]["enum"] for member, schema in enums.items()}
    return {member: value for member, value in body.items() if member not in known or value in known[member]}
