"""Handlers by operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from aiovonage.sandbox.faults import Dice
from aiovonage.sandbox.specs import Json
from aiovonage.sandbox.state import State


@attrs.frozen
class Call:
    """A request that conforms to its operation.

    Attributes:
        state: What the sandbox holds.
        dice: Decides which items of a batch are refused.
        path: The raw path.
        values: The parameters of path and query, by their names on the wire.
        body: The decoded body.
    """

    state: State
    dice: Dice
    path: str
    values: Json
    body: Any


@attrs.frozen
class Answer:
    """What is answered. `None` is no body."""

    status: int
    body: Any = None


Handler = Callable[[Call], Answer]

HANDLERS: dict[str, Handler] = {}


def handles(operation: str) -> Callable[[Handler], Handler]:
    """Register the handler of an operation: `@handles("ten_dlc.get_brand")`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register
