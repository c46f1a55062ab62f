"""Which 429s are about one operation, and which about the host."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage._core.throttle.operation_quota import OperationQuotas


def pauses_until_found(traffic: dict[str, int], refused: str, limit: int = 1000) -> int:
    """How often one operation's 429s begin a pause until that is noticed; `traffic` is what passes meanwhile."""
    quotas = OperationQuotas()
    for count in range(1, limit):
        for operation, requests in traffic.items():
            for _ in range(requests):
                quotas.on_accepted(operation)
        if quotas.on_pause(refused):
            return count
    return limit


@pytest.mark.parametrize(
    ("traffic", "most"),
    [({"b": 100}, 4), ({"b": 4}, 10), ({"b": 2, "c": 1}, 12), ({"a": 5, "b": 5}, 40), ({"a": 1, "b": 1, "c": 1}, 30)],
)
def test_an_operation_whose_own_quota_is_used_up_is_found_soon(traffic: dict[str, int], most: int) -> None:
    assert pauses_until_found(traffic, "a") <= most


def test_two_operations_with_quotas_are_both_found() -> None:
    quotas, found = OperationQuotas(), set()
    for _ in range(60):
        for operation in ("a", "c"):
            if operation not in found:
                for _ in range(6):
                    quotas.on_accepted("b")
                if quotas.on_pause(operation):
                    found.add(operation)
    assert found == {"a", "c"}


@given(st.sampled_from(["a", "b"]), st.integers(0, 200))
def test_one_operation_alone_is_never_set_apart(operation: str, accepted: int) -> None:
    assert pauses_until_found({operation: accepted}, operation, 50) == 50


@given(st.lists(st.integers(1, 30), min_size=2, max_size=6), st.integers(0, 2**32))
def test_a_limit_of_the_host_is_not_taken_for_an_operations(weights: list[int], seed: int) -> None:
    """All operations meet it in proportion to their requests."""
    chance = random.Random(seed)
    operations = [f"operation-{number}" for number in range(len(weights))]
    quotas, wrong = OperationQuotas(), 0
    for _ in range(150):
        for operation in chance.choices(operations, weights, k=chance.randrange(60)):
            quotas.on_accepted(operation)
        (refused,) = chance.choices(operations, weights)
        wrong += quotas.on_pause(refused)
    assert wrong <= 1


def test_a_limit_of_the_host_is_taken_for_an_operations_once_in_thousands_of_pauses() -> None:
    chance, quotas, wrong, pauses = random.Random(1), OperationQuotas(), 0, 40_000
    operations, weights = ["link", "get", "list"], [20, 4, 1]
    for _ in range(pauses):
        for operation in chance.choices(operations, weights, k=20):
            quotas.on_accepted(operation)
        wrong += quotas.on_pause(chance.choices(operations, weights)[0])
    assert wrong <= pauses / 2000


def test_phases_of_a_job_are_not_quotas() -> None:
    """First one operation, which meets no limit, then the other, which does."""
    quotas = OperationQuotas()
    for _ in range(1000):
        quotas.on_accepted("list")
    for _ in range(50):
        for _ in range(40):
            quotas.on_accepted("link")
        assert not quotas.on_pause("link")
