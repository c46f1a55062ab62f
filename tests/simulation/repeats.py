"""Whether something was sent twice that may have been carried out the first time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.simulation.network import Exchange
from tests.simulation.world import World

LATER = 0.001


def repeats(log: Sequence[Exchange], world: World) -> Iterator[tuple[str, str]]:
    """What was sent twice without need: each number, and why it must not have been."""
    numbers = dict.fromkeys(number for exchange in log for number in exchange.numbers)
    for number in numbers:
        for kind in ("link", "unlink", "add", "remove"):
            sent = [exchange for exchange in log if exchange.kind == kind and number in exchange.numbers]
            for first, second in pairwise(sent):
                if reason := reason_for(number, first, second, log, world):
                    yield number, f"sent again ({kind}): {reason}"


def reason_for(number: str, first: Exchange, second: Exchange, log: Sequence[Exchange], world: World) -> str | None:
    """Why a request must not have been sent after another one; None where it may."""
    if first.ended > second.sent:
        return "the first request was still under way"
    fate = fate_of(first, number)
    stays = [stay for stay in world.stays.get(number, ()) if stay.since == first.carried_out]
    if fate == "not done" or (stays and stays[0].is_rejected(second.sent)):
        return None  # what the carriers have rejected may be sent again: `retry` asks for it
    asked = [e for e in log if asks(e, number) and e.sent >= first.ended - LATER and e.ended <= second.sent + LATER]
    if not asked:
        is_known = fate == "done" and first.life == second.life  # after a crash the client does not remember
        return "it had succeeded" if is_known else "nobody asked what became of the first"
    last = asked[-1]
    if first.kind != "link" or first.carried_out > last.carried_out or first.status != 202:
        return None
    gone = stays and min(stays[0].leaving, stays[0].until) <= second.sent
    if not stays or gone:
        return None  # it has gone since
    if last.status in {403, 422}:
        return None  # the API does not say
    if first.carried_out > first.ended:
        return None  # it arrived when the client had given up; nobody can know that
    if last.carried_out < first.carried_out + world.rules.visible_after:
        return "asked, but before the first could show"
    return "asked, and told that the first had been done"


def fate_of(exchange: Exchange, number: str) -> str:
    """What the client knows of a request: done, not done, or unknown."""
    if exchange.fault == "refused":
        return "not done"
    if exchange.told is None or exchange.told >= 500 or exchange.told == 408:
        return "unknown"
    if exchange.status is None or exchange.told >= 300:
        return "not done"  # refused, or answered by somebody who has not passed it on
    if exchange.garbled:
        return "unknown"
    if exchange.kind not in {"add", "remove"}:
        return "done"
    body = json.loads(exchange.body)
    if any(error["number"] == number for error in body.get("errors", ())):
        return "not done"
    return "done" if exchange.told == 200 or number in body.get("numbers", ()) else "unknown"


def asks(exchange: Exchange, number: str) -> bool:
    """Whether an exchange has told the client whether a number is there."""
    if exchange.kind == "get":
        return number in exchange.numbers and exchange.is_genuine and exchange.status in {200, 403, 404, 422}
    return exchange.kind == "list" and exchange.is_genuine and exchange.status == 200
