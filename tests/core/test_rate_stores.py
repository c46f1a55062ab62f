"""Where processes keep the rate that they share: one suite for all stores, and what can go wrong with each."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from itertools import chain, pairwise
from pathlib import Path
from traceback import walk_tb
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiovonage import ConfigurationError, Throttle
from aiovonage._core.throttle.stores import directory as directory_store
from aiovonage._core.throttle.stores.directory import DirectoryStore
from aiovonage._core.throttle.stores.ledger import FORGET_AFTER, Answer, Ask, Ledger, Proposal, Schedule
from aiovonage._core.throttle.stores.open_store import open_store
from aiovonage._core.throttle.stores.rate_store import RateStore, StoreUnavailable
from tests.rounds import rounds
from tests.services import free_port


class Names:
    """Names of queues that no other test uses."""

    count = 0

    @classmethod
    def new(cls) -> str:
        """Another one."""
        cls.count += 1
        return f"queue-{os.getpid()}-{time.time_ns()}-{cls.count}"


@pytest.fixture(params=["directory", "postgres", "valkey"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store is."""
    return str(tmp_path) if request.param == "directory" else request.getfixturevalue(f"{request.param}_url")


Opener = Callable[[], RateStore]


@pytest.fixture
async def opened(place: str) -> AsyncIterator[Opener]:
    """Opens the store, as each process does."""
    stores: list[RateStore] = []

    def opener() -> RateStore:
        stores.append(open_store(place))
        return stores[-1]

    yield opener
    for store in stores:
        await store.close()


def proposal(expected: int, token: int, interval: float = 0.01, paused_until: float = 0.0) -> Proposal:
    """A new state."""
    return Proposal(
        expected=expected, token=token, state=f"state {token}", interval=interval, paused_until=paused_until
    )


async def begin(store: RateStore, queue: str, interval: float = 0.01) -> Answer:
    """Set the pace of a queue."""
    return await store.exchange(Ask(queue=queue, member="a", proposal=proposal(0, 7, interval)))


# What all of them do -------------------------------------------------------------------------------------------------


@attrs.frozen
class Step:
    """One exchange, as it may come."""

    wanted: int
    accepted: int
    known: bool
    proposes: bool
    up_to_date: bool
    interval: float
    pause: float
    ahead: float


steps = st.builds(
    Step,
    wanted=st.integers(0, 40),
    accepted=st.integers(0, 5),
    known=st.booleans(),
    proposes=st.booleans(),
    up_to_date=st.booleans(),
    interval=st.sampled_from([0.0, 0.0001, 0.002, 0.05, 10.0]),
    pause=st.sampled_from([0.0, 0.0, 0.0005, 0.3, 100.0]),
    ahead=st.sampled_from([0.0, 0.2, 1.0]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=rounds(60))
@given(history=st.lists(steps, min_size=1, max_size=12))
def test_a_store_does_what_the_ledger_does(place: str, history: list[Step]) -> None:
    async def replay() -> None:
        store, queue, ledger, now, token = open_store(place), Names.new(), Ledger(), 0.0, 0
        for number, step in enumerate(history):
            ask = Ask(
                queue=queue,
                member="a",
                known=token if step.known else 0,
                accepted=step.accepted,
                wanted=step.wanted,
                ahead=step.ahead,
            )
            if step.proposes:
                new = proposal(
                    token if step.up_to_date else 99, number + 1, step.interval, now + step.pause if now else 0.0
                )
                ask = attrs.evolve(ask, proposal=new)
            answer = await store.exchange(ask)
            expected = ledger.exchange(ask, answer.now)
            assert answer.now >= now
            assert flat(answer) == pytest.approx(flat(expected), rel=1e-14, abs=1e-5)
            assert answer.state == expected.state
            now, token = answer.now, answer.token
        await store.close()

    asyncio.run(replay())


def flat(answer: Answer) -> list[float]:
    """All numbers of an answer."""
    return [
        answer.token,
        *attrs.astuple(answer.schedule),
        answer.first,
        answer.count,
        answer.accepted,
        answer.saturated,
        answer.members,
    ]


async def test_no_slot_is_given_to_two(opened: Opener) -> None:
    queue = Names.new()
    await begin(opened(), queue, 1e-4)
    stores = [opened() for _ in range(4)]

    async def reserve(store: RateStore) -> list[float]:
        slots = []
        for _ in range(25):
            answer = await store.exchange(Ask(queue=queue, member="a", wanted=3, ahead=10.0))
            slots += [answer.first + number for number in range(answer.count)]
        return slots

    slots = sorted(chain.from_iterable(await asyncio.gather(*map(reserve, stores))))
    assert len(slots) == 300
    assert min(later - earlier for earlier, later in pairwise(slots)) > 0.999


async def test_of_several_new_states_one_counts(opened: Opener) -> None:
    queue = Names.new()
    await begin(opened(), queue)
    stores = [opened() for _ in range(5)]
    asks = [Ask(queue=queue, member="a", known=7, proposal=proposal(7, 100 + n)) for n in range(len(stores))]
    answers = await asyncio.gather(*(store.exchange(ask) for store, ask in zip(stores, asks, strict=True)))
    assert len({answer.token for answer in answers}) == 1
    assert answers[0].token >= 100
    assert {answer.state for answer in answers} == {f"state {answers[0].token}"}


async def test_processes_that_say_they_are_there_are_counted(opened: Opener) -> None:
    queue, store = Names.new(), opened()
    for count, member in enumerate(["a", "b", "c"], 1):
        answer = await store.exchange(Ask(queue=queue, member=member, present=True))
        assert answer.members == count
    again = await store.exchange(Ask(queue=queue, member="a", present=True))
    elsewhere = await store.exchange(Ask(queue=Names.new(), member="a", present=True))
    assert (again.members, elsewhere.members) == (3, 1)


async def test_each_process_gets_its_part_of_what_is_reserved_ahead(opened: Opener) -> None:
    queue, store = Names.new(), opened()
    await begin(store, queue, 0.01)
    counts = []
    for member in "abcd":
        ask = Ask(queue=queue, member=member, present=True, wanted=100, ahead=0.201)
        counts.append((await store.exchange(ask)).count)
    assert counts == [20, 10, 6, 5]


async def test_the_state_is_sent_only_to_who_does_not_have_it(opened: Opener) -> None:
    queue, store = Names.new(), opened()
    await begin(store, queue)
    assert (await store.exchange(Ask(queue=queue, member="b"))).state == "state 7"
    assert (await store.exchange(Ask(queue=queue, member="b", known=7))).state is None


# The ledger ----------------------------------------------------------------------------------------------------------


def used(now: float = 1000.0, **changes: Any) -> Ledger:
    """A ledger in use."""
    ledger = Ledger(members=1)
    ledger.exchange(Ask(queue="x", member="a", proposal=proposal(0, 7)), now)
    for name, value in changes.items():
        setattr(ledger, name, value)
    return ledger


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    "changes",
    [
        {"issued": NAN},
        {"issued": INFINITE},
        {"issued": 1e9},
        {"schedule": Schedule(0.0, NAN, 0.01)},
        {"schedule": Schedule(0.0, 1000.0, NAN)},
        {"schedule": Schedule(0.0, 1000.0, -1.0)},
        {"schedule": Schedule(0.0, 1e9, 0.01, 1e9)},
        {"schedule": Schedule(0.0, 1000.0, 0.01, INFINITE)},
        {"used_at": NAN},
        {"used_at": 2000.0},
        {"used_at": 1000.0 - FORGET_AFTER - 1},
        {"accepted": -1},
    ],
    ids=str,
)
def test_what_makes_no_sense_or_is_old_is_forgotten(changes: dict[str, Any]) -> None:
    ledger = used(**changes)
    answer = ledger.exchange(Ask(queue="x", member="a", wanted=1), 1000.1)
    assert (answer.token, answer.count, answer.schedule) == (0, 0, Schedule())
    assert ledger.exchange(Ask(queue="x", member="a", proposal=proposal(0, 8)), 1000.2).token == 8


def test_slots_move_with_the_pace_and_the_pause() -> None:
    ledger = used(1000.0)
    first = ledger.exchange(Ask(queue="x", member="a", wanted=10, ahead=1.0), 1000.0).first
    # Half of them have left when a pause of two seconds begins; then the pace is a little slower.
    answer = ledger.exchange(Ask(queue="x", member="a", proposal=proposal(7, 8, 0.015, 1002.05)), 1000.05)
    moments = [answer.schedule.moment_of(first + number) for number in range(10)]
    assert moments[5] == pytest.approx(1002.05, abs=0.05)
    assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx([0.015] * 9)


def test_slots_of_a_much_faster_pace_are_void() -> None:
    ledger = used(1000.0)
    first = ledger.exchange(Ask(queue="x", member="a", wanted=10, ahead=1.0), 1000.0).first
    answer = ledger.exchange(Ask(queue="x", member="a", wanted=1, proposal=proposal(7, 8, 0.5, 1002.0)), 1000.01)
    assert answer.schedule.void > first + 9
    assert answer.schedule.moment_of(answer.first) == 1002.0


# The directory -------------------------------------------------------------------------------------------------------


def file_in(directory: Path) -> Path:
    return directory / directory_store.FILE


def contents_of(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir())


def empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


async def test_a_directory_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"shared_in: .*nowhere is not a directory; create it first"):
        Throttle(shared_in=tmp_path / "nowhere")
    file_in(tmp_path).mkdir()
    with pytest.raises(ConfigurationError, match=r"throttle\.db can't be opened for writing"):
        Throttle(shared_in=tmp_path)


async def test_the_file_is_the_users_alone_and_does_not_name_the_account(tmp_path: Path) -> None:
    throttle = Throttle(50, shared_in=tmp_path)
    queue = throttle.queue("account-1", "https://example.com", None)
    await queue.acquire()
    assert file_in(tmp_path).stat().st_mode & 0o777 == 0o600
    contents = contents_of(tmp_path)
    assert b"account-1" not in contents
    assert b"example" not in contents


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=rounds(60))
@given(at=st.integers(0, 40_000), junk=st.binary(max_size=60))
def test_a_file_that_was_damaged_stops_nobody(tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes) -> None:
    directory = tmp_path_factory.mktemp("damaged")

    async def use() -> None:
        await begin(DirectoryStore(directory), "x")
        path = file_in(directory)
        data = bytearray(path.read_bytes())
        data[at : at + len(junk)] = junk
        path.write_bytes(data if junk else data[:at])
        for store in (DirectoryStore(directory), DirectoryStore(directory)):
            with suppress(ConfigurationError, StoreUnavailable):  # each of which says so, and nobody hangs
                await store.exchange(Ask(queue="x", member="a", wanted=1))

    asyncio.run(use())


async def test_a_file_that_is_no_database_is_replaced_and_that_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file_in(tmp_path).write_bytes(b"nothing that SQLite would write, " * 100)
    answer = await begin(DirectoryStore(tmp_path), "x")
    assert answer.token == 7
    assert "throttle.db is replaced by a new file: file is not a database" in caplog.text


async def test_a_file_of_another_version_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(directory_store, "FORMAT", directory_store.FORMAT + 1)
        await begin(DirectoryStore(tmp_path), "x")
    assert (await DirectoryStore(tmp_path).exchange(Ask(queue="x", member="a"))).token == 0


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(file_in(tmp_path))) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
    queue = Throttle(50, shared_in=tmp_path).queue("a", "h", None)
    with pytest.raises(ConfigurationError, match="belongs to another program; name another directory"):
        await queue.acquire()
    with closing(sqlite3.connect(file_in(tmp_path))) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


async def test_a_file_that_is_deleted_or_replaced_while_in_use_is_noticed(tmp_path: Path) -> None:
    one, other = DirectoryStore(tmp_path), DirectoryStore(tmp_path)
    await begin(one, "x")
    empty(tmp_path)
    assert (await one.exchange(Ask(queue="x", member="a", known=7))).token == 0
    await begin(one, "x")
    assert (await other.exchange(Ask(queue="x", member="b"))).token == 7
    assert (await DirectoryStore(tmp_path).exchange(Ask(queue="x", member="c"))).token == 7


async def test_what_was_known_before_the_machine_was_started_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(DirectoryStore(tmp_path), "x")
    monkeypatch.setattr(directory_store, "_boot", lambda: "another")
    assert (await DirectoryStore(tmp_path).exchange(Ask(queue="x", member="a"))).token == 0


async def test_a_process_that_keeps_the_lock_does_not_block_the_event_loop(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    await begin(store, "x")
    with closing(sqlite3.connect(file_in(tmp_path), isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        asked = asyncio.create_task(store.exchange(Ask(queue="x", member="a")))
        turns = 0
        while not asked.done():
            await asyncio.sleep(0.01)
            turns += 1
        held.execute("ROLLBACK")
    with pytest.raises(StoreUnavailable, match="locked"):
        await asked
    assert turns > 5
    assert (await store.exchange(Ask(queue="x", member="a"))).token == 7


async def test_queues_that_were_forgotten_long_ago_take_no_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, later = DirectoryStore(tmp_path), time.monotonic() + 3 * FORGET_AFTER
    await begin(store, "old")
    monkeypatch.setattr("aiovonage._core.throttle.stores.directory.time", SimpleNamespace(monotonic=lambda: later))
    await begin(store, "new")
    connection = store._connection
    assert connection is not None
    for table in ("queue", "state"):
        assert connection.execute(f"SELECT queue FROM {table}").fetchall() == [("new",)]


async def test_a_full_disk_is_told_and_does_not_last(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    await begin(store, "x")
    connection = store._connection
    assert connection is not None
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    large = attrs.evolve(proposal(7, 8), state="s" * 100_000)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.exchange(Ask(queue="x", member="a", proposal=large))
    answer = await store.exchange(Ask(queue="x", member="a", known=7))
    assert (answer.token, answer.state) == (7, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
async def test_a_child_of_a_fork_uses_a_connection_of_its_own(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    await begin(store, "x")
    child = os.fork()
    if not child:
        code = 1
        with suppress(BaseException):
            asyncio._set_running_loop(None)
            answer = asyncio.run(store.exchange(Ask(queue="x", member="b", wanted=1)))
            code = 0 if answer.count == 1 else 2
        os._exit(code)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert (await store.exchange(Ask(queue="x", member="a", wanted=1))).first >= 1


async def test_an_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="mysql:// is not supported; give a directory, or a URL"):
        Throttle(shared_in="mysql://localhost/throttle")


def test_warnings_of_the_throttle_have_a_logger_of_their_own() -> None:
    assert directory_store.logger is logging.getLogger("aiovonage.throttle")


# Postgres and Redis --------------------------------------------------------------------------------------------------


def all_that_is_told(error: BaseException | None) -> str:
    """What a service that collects errors may store: messages, and the local variables of every frame but a test's."""
    told = []
    while error is not None:
        told.append(f"{error!r} {error}")
        for frame, _ in walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__:
                told += [repr(value) for value in frame.f_locals.values()]
        error = error.__cause__ or error.__context__
    return "\n".join(told)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://user:pa55word@host/db?nonsense=1", "not a valid postgresql:// URL"),
        ("redis://user:pa55word@host:notaport/0", "not a valid redis:// URL"),
    ],
)
def test_a_url_that_is_not_valid_is_refused_without_quoting_the_password(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        Throttle(shared_in=url)
    assert "pa55word" not in all_that_is_told(raised.value)


@pytest.mark.parametrize(("url", "extra"), [("postgresql://host/db", "jobs"), ("redis://host", "redis")])
def test_a_store_whose_package_is_not_installed_says_what_to_install(
    url: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("psycopg", "redis", "redis.asyncio"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=rf"pip install 'aiovonage\[{extra}\]'"):
        Throttle(shared_in=url)


async def test_a_wrong_password_is_told_and_not_quoted(valkey_url: str) -> None:
    from redis.asyncio import Redis

    admin: Any = Redis.from_url(valkey_url)
    async with admin:
        await admin.execute_command("ACL", "SETUSER", "limited", "on", ">right", "~*", "+@all")
    url = valkey_url.replace("redis://", "redis://limited:pa55word@")
    throttle = Throttle(50, shared_in=url)
    with pytest.raises(ConfigurationError, match=r"shared_in: redis://127\.0\.0\.1") as raised:
        await throttle.queue("a", "h", None).acquire()
    assert "pa55word" not in all_that_is_told(raised.value)
    await throttle._rest()


async def test_a_database_that_does_not_exist_is_told(postgres_url: str) -> None:
    url = postgres_url.replace("postgres@", "postgres:pa55word@").removesuffix("/postgres") + "/nowhere"
    throttle = Throttle(50, shared_in=url)
    with pytest.raises(ConfigurationError, match='database "nowhere" does not exist') as raised:
        await throttle.queue("a", "h", None).acquire()
    assert "pa55word" not in all_that_is_told(raised.value)
    await throttle._rest()


async def test_a_role_that_may_not_create_the_table_is_told_what_to_grant(postgres_url: str) -> None:
    import psycopg

    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as admin:
        await admin.execute("DROP ROLE IF EXISTS reader")
        await admin.execute("CREATE ROLE reader LOGIN")
        await admin.execute("CREATE SCHEMA IF NOT EXISTS theirs")
    url = postgres_url.replace("postgres@", "reader@") + "?options=-csearch_path%3Dtheirs"
    throttle = Throttle(50, shared_in=url)
    with pytest.raises(ConfigurationError, match=r"aiovonage_throttle once, or let another role"):
        await throttle.queue("a", "h", None).acquire()
    await throttle._rest()


async def test_a_server_that_can_not_be_reached_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    for url in (f"postgresql://127.0.0.1:{free_port()}/db", f"redis://127.0.0.1:{free_port()}"):
        throttle = Throttle(400, shared_in=url)
        queue = throttle.queue("a", "h", None)
        async with asyncio.timeout(20):
            moments = [await queue.acquire() for _ in range(20)]
        # An eighth of the rate: nobody knows how many processes there are.
        assert moments[-1] - moments[0] >= 19 / 50 - 0.05
        await throttle._rest()
    assert [line.getMessage().count("can't be used") for line in caplog.records] == [1, 1]


async def test_an_exchange_that_is_given_up_does_not_spoil_the_next(opened: Opener) -> None:
    queue, store = Names.new(), opened()
    await begin(store, queue)
    for turns in range(6):
        asked = asyncio.create_task(store.exchange(Ask(queue=queue, member="a", accepted=1)))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        assert (await store.exchange(Ask(queue=queue, member="a", known=7))).token == 7


def test_a_store_serves_one_event_loop_after_the_other(place: str) -> None:
    store, queue = open_store(place), Names.new()

    async def use() -> int:
        try:
            return (await store.exchange(Ask(queue=queue, member="a", accepted=1))).accepted
        finally:
            await store.close()

    assert [asyncio.run(use()) for _ in range(3)] == [1, 2, 3]


async def test_a_postgres_behind_a_pooler_needs_no_session(postgres_url: str) -> None:
    """Each exchange is one statement outside of a transaction, and none is prepared."""
    import psycopg

    store, queue = open_store(postgres_url), Names.new()
    for _ in range(10):
        await store.exchange(Ask(queue=queue, member="a"))
    async with await psycopg.AsyncConnection.connect(postgres_url) as admin:
        rows = await (
            await admin.execute("SELECT state FROM pg_stat_activity WHERE query LIKE '%aiovonage_throttle_exchange%'")
        ).fetchall()
    assert ("idle",) in rows
    assert ("idle in transaction",) not in rows
    await store.close()


async def test_an_exchange_that_is_cancelled_does_not_cut_off_that_of_another_queue(postgres_url: str) -> None:
    import psycopg

    store, queues = open_store(postgres_url), [Names.new() for _ in range(3)]
    for queue in queues:
        await store.exchange(Ask(queue=queue, member="a"))
    async with await psycopg.AsyncConnection.connect(postgres_url) as admin:
        for _ in range(5):
            await admin.execute("LOCK TABLE aiovonage_throttle IN ACCESS EXCLUSIVE MODE")
            first, *others = [asyncio.create_task(store.exchange(Ask(queue=queue, member="a"))) for queue in queues]
            await asyncio.sleep(0.05)
            first.cancel()
            await asyncio.sleep(0.05)
            await admin.rollback()
            async with asyncio.timeout(10):
                assert len(await asyncio.gather(*others)) == 2
            with suppress(asyncio.CancelledError):
                await first
    await store.close()
