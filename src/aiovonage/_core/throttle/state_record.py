"""A `RateController` as text, and back. What makes no sense is not read."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from aiovonage._core.throttle.controller import RateController
from aiovonage._core.throttle.stores.ledger import FARTHEST

FORMAT = 1
"""Of the text. A state of another one is ignored."""


@attrs.frozen(kw_only=True)
class SharedState:
    """What processes share beside their places.

    Attributes:
        controller: What was learnt.
        base: Requests that all processes had accepted when the controller's count began.
        given: The rate that the process which began was given, if any.
        apart: Operations that have a quota of their own.
    """

    controller: RateController
    base: int = 0
    given: float | None = None
    apart: frozenset[str] = frozenset()


def dump(state: SharedState) -> str:
    """The state as JSON."""
    # json rather than orjson: infinite numbers are usual here, and orjson has none.
    return json.dumps(
        {
            "format": FORMAT,
            "controller": _converter().unstructure(state.controller),
            "base": state.base,
            "given": state.given,
            "apart": sorted(state.apart),
        }
    )


def load(text: str, now: float) -> SharedState | None:
    """The state; None if it is of another version of this library, or damaged.

    Args:
        now: The moment, by the store's clock: no gate is closed for years.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["format"] != FORMAT:
            return None
        controller = _converter().structure(data["controller"], RateController)
        given = None if data["given"] is None else float(data["given"])
        state = SharedState(
            controller=controller, base=int(data["base"]), given=given, apart=frozenset(map(str, data["apart"]))
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, cattrs.BaseValidationError):
        return None
    return state if _makes_sense(controller, now) else None


def _makes_sense(controller: RateController, now: float) -> bool:
    snapshot = controller.snapshot()
    numbers = [snapshot.pace or 0.0, snapshot.rate or 0.0, snapshot.burst or 0.0, controller.interval]
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        return False
    # A tick far ahead would keep the pace as it is for ever.
    return all(-math.inf < moment <= now + FARTHEST for moment in (controller.closed_until, controller.tick_at))


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    without = override(omit=True)
    converter.register_unstructure_hook(
        RateController, make_dict_unstructure_fn(RateController, converter, _chance=without)
    )
    converter.register_structure_hook(
        RateController, make_dict_structure_fn(RateController, converter, _chance=without)
    )
    return converter
