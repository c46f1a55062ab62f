"""Serialises what processes share besides their slots as text for a store, and back. Invalid text is ignored."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from aiovonage._core.throttle.learner import RateLearner
from aiovonage._core.throttle.phases import Cruise, FairShare, GivenRate, Phase
from aiovonage._core.throttle.stores.ledger import FARTHEST

FORMAT = 3
"""The version of the text. A state of another version is ignored."""


@attrs.frozen(kw_only=True)
class SharedState:
    """What processes share besides their slots.

    Attributes:
        learner: What was learnt.
        base: Requests that all processes had accepted when the learner's count began.
        given: The rate that was given to the first process, if any.
        apart: Operations that have their own quota.
    """

    learner: RateLearner
    base: int = 0
    given: float | None = None
    apart: frozenset[str] = frozenset()

    def count(self, total: int) -> None:
        """Tell the learner how many requests of all processes have been accepted so far."""
        if self.learner.log is not None:
            self.learner.log.count = max(0, total - self.base)


def dump(state: SharedState) -> str:
    """The state as JSON."""
    # json rather than orjson: infinite numbers are common here, and orjson does not support them.
    return json.dumps(
        {
            "format": FORMAT,
            "learner": _converter().unstructure(state.learner),
            "base": state.base,
            "given": state.given,
            "apart": sorted(state.apart),
        }
    )


def load(text: str, now: float) -> SharedState | None:
    """Load the state; None if it is damaged or comes from another version of this library.

    Args:
        text: What the store holds.
        now: The moment, by the store's clock: no pause lasts for years.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        if data["format"] != FORMAT:
            return None
        learner = _converter().structure(data["learner"], RateLearner)
        given = None if data["given"] is None else float(data["given"])
        state = SharedState(
            learner=learner, base=int(data["base"]), given=given, apart=frozenset(map(str, data["apart"]))
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, cattrs.BaseValidationError):
        return None
    return state if _makes_sense(learner, now) else None


def _makes_sense(learner: RateLearner, now: float) -> bool:
    numbers = [learner.pace or 0.0, learner.server.rate, learner.server.burst or 0.0, learner.interval]
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        return False
    # A tick far ahead would keep the pace as it is for ever.
    return all(-math.inf < moment <= now + FARTHEST for moment in (learner.paused_until, learner.tick_at))


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    # The text names the class of the phase.
    configure_tagged_union(GivenRate | Cruise | FairShare, converter, tag_name="phase")
    configure_tagged_union(Phase, converter, tag_name="phase")
    without = override(omit=True)
    converter.register_unstructure_hook(RateLearner, make_dict_unstructure_fn(RateLearner, converter, _uniform=without))
    converter.register_structure_hook(RateLearner, make_dict_structure_fn(RateLearner, converter, _uniform=without))
    return converter
