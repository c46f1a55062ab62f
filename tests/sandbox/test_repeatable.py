"""The same seed, clock and requests give the same answers, to the byte, with everything going wrong at once."""

from __future__ import annotations

import random

import httpx

from aiovonage.sandbox import Carriers, Faults
from tests.sandbox.asking import ENGAGED, asked


def faults(seed: int) -> Faults:
    """Faults of every kind."""
    return Faults(
        error_rate=0.05,
        dropped_connections=0.05,
        lost_responses=0.05,
        throttled=0.05,
        partial_failures=0.2,
        intermediary=0.1,
        seed=seed,
    )


async def history(seed: int) -> list[object]:
    """What the sandbox answers to a thousand requests."""
    answers: list[object] = []
    script = random.Random(5)
    settings = {
        "faults": faults(seed),
        "carriers": Carriers(delay=(0.5, 4), reject=0.2, never=0.1, unlink_delay=(0, 3), seed=seed),
        "visible_after": 1.5,
        "rate": 50,
    }
    async with asked(**settings) as api:

        async def one(number: str) -> httpx.Response:
            action = script.randrange(6)
            if action == 0:
                return await api.get(number)
            if action == 1:
                return await api.unlink(number)
            if action == 2:
                return await api.client.post(ENGAGED, json={"numbers": [number, "1202555"]})
            if action == 3:
                return await api.client.get("/v1/10dlc/brands")
            return await api.link(number)

        for _ in range(1000):
            api.clock.at += script.random() / 10
            try:
                answer = await one(str(12025550000 + script.randrange(100)))
            except httpx.ReadError:
                answers.append("cut")
            else:
                answers.append((answer.status_code, dict(answer.headers), answer.content))
        answers.append(await api.state())
    return answers


async def test_a_seed_repeats_a_history_exactly() -> None:
    first = await history(1)
    assert first == await history(1)
    assert first != await history(2)
