"""Whether a worker has sent what another one may have sent before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.simulation.network import Exchange
from tests.simulation.repeats import LATER, asks, fate_of, reason_for
from tests.simulation.world import World

SLOW = 1.0
"""Seconds on the way from which a request may arrive after its worker's lease has ended, and others have asked."""


def fleet_repeats(log: Sequence[Exchange], world: World) -> Iterator[tuple[str, str]]:
    """What was sent twice without need: each number, and why it must not have been."""
    numbers = dict.fromkeys(number for exchange in log for number in exchange.numbers)
    for number in numbers:
        for kind in ("link", "unlink"):
            sent = [exchange for exchange in log if exchange.kind == kind and number in exchange.numbers]
            for first, second in pairwise(sent):
                judge = reason_for if first.life == second.life else _reason_between
                if reason := judge(number, first, second, log, world):
                    yield number, f"sent again ({kind}): {reason}"


def _reason_between(
    number: str, first: Exchange, second: Exchange, log: Sequence[Exchange], world: World
) -> str | None:
    """Why a worker must not have sent a request after another worker; None where it may.

    It knows nothing of the first request but that it may have been sent, whatever became of it.
    """
    stays = [stay for stay in world.stays.get(number, ()) if stay.since == first.carried_out]
    if fate_of(first, number) == "not done" or (stays and stays[0].is_rejected(second.sent)):
        return None
    asked = [e for e in log if asks(e, number) and e.sent >= first.sent and e.ended <= second.sent + LATER]
    if not asked:
        return "nobody asked what became of another worker's request"
    last = asked[-1]
    was_slow = first.carried_out > first.sent + SLOW
    gone = stays and min(stays[0].leaving, stays[0].until) <= second.sent
    if first.kind != "link" or first.status != 202 or not stays or gone or last.status in {403, 422}:
        return None
    if last.carried_out < first.carried_out + world.rules.visible_after:
        return None if was_slow else "asked, but before another worker's request could show"
    return "asked, and told that another worker had done it"
