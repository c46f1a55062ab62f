"""What processes that share a rate may rely on, on a virtual clock."""

from __future__ import annotations

import logging
import random
from itertools import pairwise

import pytest

from aiovonage._core.throttle.shared.controller import SharedRateController
from aiovonage._core.throttle.stores.ledger import FORGET_AFTER, Ledger
from tests.core.fleet import Fleet, Store, peak
from tests.throttle_simulation.simulation import Client, Server, Sharing, band, run_pair, simulate

EDGES = (1.5, 4.0)
"""Seconds after the beginning and after the end of an outage in which some processes have noticed it and others have
not. Those that have keep to their shares; the store gives the whole rate to those that have not."""


def allowed(rate: float) -> float:
    """Requests that may leave in any second: one more than 1.05 times the rate, since they can't be divided."""
    return 1.05 * rate + 1


# A given rate --------------------------------------------------------------------------------------------------------


EIGHT = pytest.param(8, marks=pytest.mark.slow)
LARGE = pytest.param(20, marks=pytest.mark.slow)
"""A fleet that takes a second to simulate."""


@pytest.mark.parametrize("rate", [10.0, 40.0, 500.0])
@pytest.mark.parametrize("count", [1, 3, EIGHT, LARGE])
def test_a_given_rate_is_used_kept_to_and_divided_equally(count: int, rate: float) -> None:
    fleet = Fleet(count, rate)
    fleet.run(32.0)
    sent = [moment for moment in fleet.sent() if moment >= 2.0]
    assert peak(fleet.sent()) <= allowed(rate)
    assert len(sent) >= 0.97 * rate * 30
    parts = [sum(moment >= 2.0 for moment in process.sent) for process in fleet.processes]
    assert max(parts) - min(parts) <= max(2, 0.1 * rate * 30 / count)


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24))])
def test_the_rate_is_kept_to_whatever_the_store_does(seed: int) -> None:
    chance = random.Random(seed)
    count, rate, slow = chance.choice([2, 3, 8, 20]), chance.choice([20.0, 100.0, 400.0]), chance.choice([0.005, 0.1])
    outages = [(chance.uniform(4.0, 12.0), chance.uniform(0.05, 6.0)) for _ in range(chance.choice([0, 1, 1, 2]))]
    refuses = chance.random() < 0.5
    down = [(start, start + length) for start, length in outages]
    fleet = Fleet(count, rate, Store(outages=down, refuses=refuses, latency=(0.0005, slow)), seed=seed)
    # All of them have been seen before the first outage.
    fleet.run(20.0)
    assert peak(fleet.sent()) <= 2 * rate
    after_start, after_end = EDGES
    edges = [(start, start + after_start) for start, _ in down] + [(end, end + after_end) for _, end in down]
    # All others: where the sum of what was sent just before or just after an edge is no second of its own.
    calm = [0.0, *sorted(moment for edge in edges for moment in edge), 20.0]
    for start, end in pairwise(calm):
        if not any(first < end and start < last for first, last in edges):
            assert peak([moment for moment in fleet.sent() if start <= moment < end]) <= allowed(rate)


@pytest.mark.parametrize("refuses", [True, False])
@pytest.mark.parametrize("count", [3, 8, LARGE])
def test_without_the_store_each_process_goes_on_at_its_share(
    count: int, refuses: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aiovonage.throttle")
    fleet = Fleet(count, 100.0, Store(outages=[(5.0, 15.0)], refuses=refuses))
    fleet.run(30.0)
    without = [moment for moment in fleet.sent() if 6.5 <= moment < 14.5]
    assert len(without) == pytest.approx(800, rel=0.05)
    for process in fleet.processes:
        assert sum(6.5 <= moment < 14.5 for moment in process.sent) == pytest.approx(800 / count, rel=0.06)
    assert sum(20.0 <= moment < 30.0 for moment in fleet.sent()) >= 970
    assert peak(fleet.sent()) <= allowed(100.0)
    lines = [record.getMessage() for record in caplog.records]
    # Once when it begins and once when it ends, for each process.
    assert len(lines) == 2 * count
    assert lines[0].startswith(
        f"the shared throttle in the store can't be used: it is down. Until it can, this process goes on at 1/{count} "
    )
    assert lines[-1] == "the shared throttle in the store can be used again"


def test_a_process_that_is_alone_never_goes_on_at_the_whole_rate() -> None:
    fleet = Fleet(1, 100.0, Store(outages=[(5.0, 15.0)]))
    fleet.run(15.0)
    assert sum(6.5 <= moment < 14.5 for moment in fleet.sent()) == pytest.approx(380, rel=0.06)


def test_a_store_that_never_answered_stops_nobody() -> None:
    fleet = Fleet(2, 80.0, Store(outages=[(0.0, 100.0)]))
    fleet.run(20.0)
    assert 0 < len(fleet.sent()) <= 20 * 80 / 4


def test_what_one_process_does_not_want_is_the_others() -> None:
    fleet = Fleet(4, 100.0)
    for process in fleet.processes[1:]:
        process.demand = 0
    fleet.run(12.0)
    assert len([moment for moment in fleet.sent() if moment >= 2.0]) >= 970


def test_few_exchanges_carry_many_requests() -> None:
    fleet = Fleet(8, 2000.0)
    fleet.run(10.0)
    assert fleet.store.exchanges < len(fleet.sent()) / 10


# What one has met and learnt -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [None, 50.0])
@pytest.mark.parametrize("count", [2, LARGE])
def test_a_429_of_one_stops_all_within_a_tenth_of_a_second(count: int, rate: float | None) -> None:
    fleet = Fleet(count, rate)
    fleet.run(5.0)
    fleet.refuse(fleet.processes[0], 3.0)
    fleet.run(12.0)
    assert not [moment for moment in fleet.sent() if 5.1 < moment < 7.999]
    assert [moment for moment in fleet.sent() if moment >= 8.0]
    for process in fleet.processes:
        assert process.controller.paused_until - process.clock == pytest.approx(8.0, abs=0.02)


def test_what_one_has_learnt_all_know_within_a_tenth_of_a_second() -> None:
    fleet = Fleet(3, None)
    fleet.run(5.0)
    fleet.refuse(fleet.processes[0], 0.5)
    fleet.run(5.1)
    assert len({process.controller.pace for process in fleet.processes}) == 1
    assert fleet.processes[1].controller.phase_name == "slow_start"


@pytest.mark.parametrize(
    ("rate", "retry_after", "later"),
    [
        (5.0, 1.0, 0.0),
        pytest.param(30.0, 2.0, 60.0, marks=pytest.mark.slow),
        pytest.param(30.0, 30.0, 60.0, marks=pytest.mark.slow),
        pytest.param(170.0, 1.0, 60.0, marks=pytest.mark.slow),
    ],
)
def test_two_clients_have_equal_parts_of_all_that_is_permitted(rate: float, retry_after: float, later: float) -> None:
    ratio, both = run_pair(rate, retry_after, later, seed=1, shared=True)
    assert ratio >= 0.95
    assert both.used >= band(retry_after)
    assert both.refused <= 0.01


def test_a_process_that_starts_knows_what_is_known() -> None:
    ledger = Ledger(members=2)
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [Client(Sharing(ledger))], 120.0, seed=1)
    started = Sharing(ledger)
    started.try_send(121.0)
    assert started.pace == pytest.approx(30, rel=0.1)
    late = Sharing(ledger)
    late.try_send(121.0 + FORGET_AFTER + 10)
    assert late.pace is None


def test_429s_of_all_processes_at_once_are_one_closing() -> None:
    ledger = Ledger(members=3)
    clients = [Sharing(ledger, seed=seed) for seed in range(3)]
    for moment in range(10, 20):
        for client in clients:
            assert client.try_send(float(moment))
            client.on_accepted(float(moment), float(moment))
    for client in clients:
        client.on_throttled(19.0, 19.5, 2.0)
    for client in clients:
        client.exchange(19.6, 1)
    assert {client.paused_until for client in clients} == {21.5}
    assert {client.shared.phase_name for client in clients} == {"slow_start"}


def test_an_operation_that_one_process_has_set_apart_is_set_apart_in_all() -> None:
    fleet = Fleet(3, None)
    fleet.run(3.0)
    fleet.refuse(fleet.processes[0], 60.0)
    fleet.run(3.2)
    first = fleet.processes[0]
    first.controller.set_apart("ten_dlc.get_brand_feedback", fleet.now + first.clock)
    fleet._turn(first)
    fleet.run(5.0)
    for process in fleet.processes:
        assert process.controller.apart == {"ten_dlc.get_brand_feedback"}
        assert process.controller.paused_until <= fleet.now + process.clock
        assert process.controller.pace is None


# What can go wrong ---------------------------------------------------------------------------------------------------


def test_a_store_that_lost_everything_is_told_what_was_learnt() -> None:
    ledger = Ledger(members=1)
    client = Sharing(ledger)
    simulate(Server([(0.0, 30.0, 30.0)], 1.0), [Client(client)], 120.0, seed=1)
    ledger.__init__(members=1)  # type: ignore[misc]
    assert sum([client.try_send(120 + tenth / 10) for tenth in range(1, 20)]) > 5
    started = Sharing(ledger)
    started.try_send(123.0)
    assert started.pace == pytest.approx(30, rel=0.1)


@pytest.mark.parametrize("at", [3.0, 60.0])
@pytest.mark.parametrize("count", [1, 3, EIGHT])
def test_a_store_that_lost_everything_stops_nobody(count: int, at: float) -> None:
    fleet = Fleet(count, 100.0)
    fleet.run(at)
    fleet.store.ledger.__init__()  # type: ignore[misc]
    fleet.run(at + 10)
    assert len([moment for moment in fleet.sent() if moment >= at + 1]) >= 0.97 * 900
    # What was reserved before was to leave within `AHEAD`.
    assert peak(fleet.sent()) <= 1.3 * 100
    for process in fleet.processes:
        part = sum(moment >= at + 1 for moment in process.sent)
        assert part == pytest.approx(900 / count, rel=0.1)


def test_a_429_while_the_store_is_down_is_told_when_it_is_back() -> None:
    fleet = Fleet(2, 50.0, Store(outages=[(5.0, 8.0)]))
    fleet.run(6.5)
    fleet.refuse(fleet.processes[0], 30.0)
    fleet.run(12.0)
    assert fleet.processes[1].controller.paused_until - fleet.processes[1].clock == pytest.approx(36.5, abs=0.05)


@pytest.mark.parametrize("step", [-7200.0, -3.0, 3.0, 7200.0])
def test_a_store_whose_clock_is_set_stops_nobody(step: float) -> None:
    fleet = Fleet(3, 50.0)
    fleet.run(5.0)
    fleet.store.clock += step
    fleet.run(20.0)
    assert peak(fleet.sent()) <= 1.25 * 50
    assert sum(10.0 <= moment < 20.0 for moment in fleet.sent()) >= 450


@pytest.mark.parametrize(
    "state",
    ["", "{}", "null", "[1]", '{"format": 99}', "NaN", "{" * 10_000, '{"format": 1, "controller": {}}'],
    ids=lambda state: state[:10],
)
def test_a_state_that_makes_no_sense_is_replaced(state: str) -> None:
    fleet = Fleet(2, 50.0)
    fleet.run(3.0)
    fleet.store.ledger.state = state
    fleet.store.ledger.token += 1
    fleet.run(10.0)
    assert fleet.store.ledger.state.startswith('{"format": 3')
    assert sum(5.0 <= moment < 10.0 for moment in fleet.sent()) >= 0.97 * 250


def test_a_process_that_starts_with_another_rate_decides_and_that_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(members=2)
    old = Sharing(ledger, 40.0)
    for moment in (9.8, 9.9, 10.0):
        old.exchange(moment, 1)
    new = SharedRateController("queue", 60.0, store="/run/shared")
    for moment in (10.1, 10.2, 10.3):
        new.answered(ledger.exchange(new.ask(moment, 1), moment), moment)
    old.exchange(11.0, 1)
    assert (old.pace, new.pace) == (60.0, 60.0)
    assert [record.getMessage() for record in caplog.records] == [
        "processes that share a throttle in /run/shared were given different rates, 60 here and 40 elsewhere; the "
        "process that started last decides: 60. Give all of them the same rate",
        "processes that share a throttle in  were given different rates, 40 here and 60 elsewhere; the "
        "process that started last decides: 60. Give all of them the same rate",
    ]


def test_a_place_that_is_given_back_is_the_next_ones() -> None:
    client = Sharing(Ledger(members=1), 10.0)
    client.try_send(9.0)
    client.exchange(10.0, 1)
    assert client.try_send(10.5)
    client.shared.give_back()
    assert client.try_send(10.5)
    assert not client.try_send(10.5)


def test_a_child_of_a_fork_does_not_use_its_parents_places() -> None:
    ledger = Ledger(members=1)
    client = Sharing(ledger, 100.0)
    client.exchange(10.0, 8)
    client.try_send(10.0)
    client.exchange(10.5, 8)
    assert client.shared.next_send(10.5) < 11.0
    client.shared.after_fork()
    assert not client.shared.try_send(10.6)
