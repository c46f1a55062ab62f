"""How long connections are kept, how many there are, and what waits for them."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import textwrap
import time
import weakref
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from aiovonage import ConnectionFailed, TimedOut, Vonage
from aiovonage._core.event_loop.deadline import Deadlines
from tests.core.server import Peer, Server, http, ok, serve
from tests.core.test_connections import settled
from tests.core.thread_server import serve_in_thread

pytestmark = pytest.mark.usefixtures("transport")


async def burst(vonage: Vonage, calls: int) -> None:
    await asyncio.gather(*[vonage.ten_dlc.get_brand("B1") for _ in range(calls)])


async def slow(peer: Peer) -> None:
    """Answer after a moment, so that calls need connections of their own."""
    await asyncio.sleep(0.05)
    await peer.send(http())


# How long they are kept -----------------------------------------------------------------------------------------------


async def test_idle_connections_are_closed_in_time_though_the_client_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiovonage._core.http.origin_connections.KEEPALIVE", 0.2)
    async with serve(slow) as server, server.client() as vonage:
        await burst(vonage, 30)
        assert len(server.peers) == 30
        end = time.monotonic() + 5
        while len(server.peers) > 1 and time.monotonic() < end:
            await vonage.ten_dlc.get_brand("B1")
        assert len(server.peers) == 1
        await settled(lambda: not server.peers)


def test_the_usual_time_is_shorter_than_that_of_usual_servers(transport: str) -> None:
    from aiovonage._core.http.keep_alive import KEEPALIVE

    assert 1 <= KEEPALIVE < 5, "Node, uvicorn and Apache close after 5 seconds"


@pytest.mark.parametrize(
    ("header", "lifetime"),
    [
        ("timeout=5, max=100", 4.0),
        ("max=5, Timeout = 30", 29.0),
        ("timeout=1", 0.5),
        ("timeout=0", 0.0),
        ("timeout=100000", 60.0),
        ("timeout=x", None),
        ("", None),
    ],
)
def test_what_the_server_says_of_its_patience(header: str, lifetime: float | None, transport: str) -> None:
    from aiovonage._core.http.keep_alive import lifetime_of

    assert lifetime_of(header.encode()) == lifetime


async def test_a_connection_is_not_used_after_the_server_has_given_it_up() -> None:
    """`Keep-Alive: timeout=1`: the server resets what comes later, as its farewell is still on the way."""
    used: set[int] = set()

    async def once(peer: Peer) -> None:
        if peer.number in used:
            peer.drop()
            return
        used.add(peer.number)
        await peer.send(http(b'{"brand_id": "B"}', "Keep-Alive: timeout=1"))

    async with serve(once) as server, server.client(max_retries=0) as vonage:
        for _ in range(2):
            await vonage.ten_dlc.revet_brand("B1")
            await asyncio.sleep(0.6)
    assert server.connections == 2


def test_a_connection_that_was_closed_while_the_loop_was_busy_is_not_used() -> None:
    """The farewell is in the socket, and the loop has had no turn to read it."""
    with serve_in_thread() as server:

        async def main() -> None:
            async with server.client(max_retries=0) as vonage:
                for _ in range(5):
                    await vonage.ten_dlc.revet_brand("B1")
                    for peer in list(server.peers):
                        peer.writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
                    time.sleep(0.05)  # noqa: ASYNC251 - computes

        asyncio.run(main())
        assert (server.connections, len(server.requests)) == (5, 5)


async def test_connections_of_a_client_that_nobody_closes_end_with_it() -> None:
    async with serve() as server:
        vonage = server.client()
        await vonage.ten_dlc.get_brand("B1")
        assert len(server.peers) == 1
        del vonage
        gc.collect()
        await settled(lambda: not server.peers)


async def test_a_closed_connection_is_freed_without_the_garbage_collector(transport: str) -> None:
    async def close(peer: Peer) -> None:
        await peer.send(http(b'{"brand_id": "B"}', "Connection: close"))
        peer.writer.close()

    if transport == "httpx":
        pytest.skip("httpcore and h11 have cycles of their own")
    from aiovonage._core.http import httptools_connection

    made: list[weakref.ref[Any]] = []
    original = httptools_connection.HTTPToolsConnection.__init__

    def remembering(self: Any, *arguments: Any) -> None:
        made.append(weakref.ref(self))
        original(self, *arguments)

    async with serve(close) as server, server.client() as vonage:
        gc.collect()
        gc.disable()
        try:
            httptools_connection.HTTPToolsConnection.__init__ = remembering  # type: ignore[method-assign, assignment]
            for _ in range(20):
                await vonage.ten_dlc.get_brand("B1")
            await asyncio.sleep(0.05)
            assert len(made) == 20
            assert sum(ref() is not None for ref in made) <= 1
        finally:
            httptools_connection.HTTPToolsConnection.__init__ = original  # type: ignore[method-assign]
            gc.enable()


# How many there are, and who waits ------------------------------------------------------------------------------------


async def test_calls_wait_for_a_connection_in_the_order_in_which_they_came() -> None:
    async with serve(slow) as server, server.client(max_connections=2) as vonage:
        tasks = []
        for number in range(20):
            tasks.append(asyncio.create_task(vonage.ten_dlc.get_brand(f"B{number}")))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
    order = [int(request.split()[1].rpartition(b"B")[2]) for request in server.requests]
    assert sorted(order) == list(range(20))
    assert all(abs(place - number) <= 1 for place, number in enumerate(order)), order
    assert server.connections == 2


async def test_a_call_whose_time_is_over_while_it_waits_was_not_sent() -> None:
    go_on = asyncio.Event()

    async def late(peer: Peer) -> None:
        await go_on.wait()
        await peer.send(http())

    async with serve(late) as server, server.client(max_connections=1, max_retries=0) as vonage:
        first = asyncio.create_task(vonage.ten_dlc.revet_brand("B1"))
        await settled(lambda: server.requests)
        hasty = vonage.with_options(timeout=0.05)
        for failure in await asyncio.gather(
            *[hasty.ten_dlc.revet_brand("B2") for _ in range(9)], return_exceptions=True
        ):
            assert isinstance(failure, TimedOut)
            assert not failure.sent
            assert "max_connections" in str(failure)
        go_on.set()
        await first
        await vonage.ten_dlc.revet_brand("B3")
    assert len(server.requests) == 2


async def test_cancelled_calls_leave_the_queue_and_lose_no_place() -> None:
    async with serve(slow) as server, server.client(max_connections=3) as vonage:
        for round_ in range(5):
            tasks = [asyncio.create_task(vonage.ten_dlc.get_brand("B1")) for _ in range(30)]
            await asyncio.sleep(0.02 * round_)
            for task in tasks[::2]:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [o for o in outcomes[1::2] if isinstance(o, BaseException)]
        async with asyncio.timeout(10):
            await burst(vonage, 9)
        assert len(server.peers) <= 3


async def test_broken_connections_give_their_place_to_those_who_wait() -> None:
    async def fail(peer: Peer) -> None:
        peer.drop()

    async with serve(fail) as server, server.client(max_connections=2, max_retries=0) as vonage:
        async with asyncio.timeout(10):
            outcomes = await asyncio.gather(
                *[vonage.ten_dlc.revet_brand("B1") for _ in range(20)], return_exceptions=True
            )
        assert all(isinstance(outcome, ConnectionFailed) for outcome in outcomes)
    assert server.connections == 20


async def test_each_host_has_connections_of_its_own() -> None:
    go_on = asyncio.Event()

    async def late(peer: Peer) -> None:
        await go_on.wait()
        await peer.send(http())

    async with serve(late) as busy, serve() as free, busy.client(max_connections=1) as vonage:
        waiting = asyncio.create_task(vonage.ten_dlc.get_brand("B1"))
        other = Vonage.__new__(Vonage)
        other._session, other._closes = attrs.evolve(vonage._session, base_url=free.url), False
        await other.ten_dlc.get_brand("B1")
        go_on.set()
        await waiting


# Connecting -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def unanswered() -> Iterator[str]:
    """The URL of a port at which connections are never made: the list of those that wait is full."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    sockets = [listener]
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        sockets.append(waiting)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    for open_ in sockets:
        open_.close()


@pytest.fixture
def mute() -> Iterator[str]:
    """The URL of a port at which nobody speaks TLS."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse connections that wait for nobody")
@pytest.mark.parametrize("options", [{"timeout": 0.1}, {"connect_timeout": 0.1}], ids=["timeout", "connect_timeout"])
@pytest.mark.parametrize("where", ["unanswered", "mute"])
async def test_a_connection_that_is_not_made_in_time_has_sent_nothing_and_is_tried_again(
    where: str, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    attempts: list[object] = []
    server = Server(ok, url=request.getfixturevalue(where))
    async with server.client(max_retries=2, on_request=attempts.append, **options) as vonage:
        with pytest.raises(TimedOut, match=r"could not connect to 127\.0\.0\.1:\d+ within 0\.1 seconds") as raised:
            await vonage.ten_dlc.revet_brand("B1")
    assert not raised.value.sent
    assert next(iter(options)) in str(raised.value)
    assert len(attempts) == 3


async def test_an_answer_that_is_late_is_not_the_fault_of_the_connection() -> None:
    end = asyncio.Event()

    async def late(peer: Peer) -> None:
        if b"tardy" in peer.head:
            await end.wait()
        await peer.send(http())

    async with serve(late) as server, server.client(max_retries=0) as vonage:
        await vonage.ten_dlc.get_brand("B1")
        with pytest.raises(TimedOut, match=r"no complete response from 127\.0\.0\.1:\d+ within 0\.1 seconds") as raised:
            await vonage.with_options(timeout=0.1).ten_dlc.revet_brand("tardy")
        end.set()
    assert raised.value.sent
    assert len(server.requests) == 2


PROGRAM = """
    import asyncio, os, resource, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[3]), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    from aiovonage import ConnectionFailed, Vonage

    async def main():
        async with Vonage(api_key="k", api_secret="s", base_url=sys.argv[1], transport=sys.argv[2]) as vonage:
            if sys.argv[4] == "none":
                vonage.ten_dlc
                taken = []
                try:
                    while True:
                        taken.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    pass
                try:
                    await vonage.with_options(max_retries=0).ten_dlc.revet_brand("B1")
                except ConnectionFailed as failure:
                    assert not failure.sent, failure
                else:
                    raise AssertionError
                for descriptor in taken:
                    os.close(descriptor)
            calls = [vonage.ten_dlc.revet_brand("B1") for _ in range(400)]
            for outcome in await asyncio.gather(*calls):
                pass
        print("all")

    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("limit", "left"), [pytest.param(256, "some", marks=pytest.mark.slow), (40, "some"), (64, "none")]
)
def test_more_calls_than_file_descriptors_succeed_from_the_first(transport: str, limit: int, left: str) -> None:
    with serve_in_thread(slow) as server:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), server.url, transport, str(limit), left],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )
    assert (done.returncode, done.stdout) == (0, "all\n"), done.stderr[-3000:]


# Deadlines ------------------------------------------------------------------------------------------------------------


async def test_a_time_of_its_own_for_each_call_fills_no_memory(transport: str) -> None:
    deadlines = Deadlines()
    for number in range(2_000):
        with deadlines.after(30 + number / 1_000):
            pass
    queues = deadlines._queues.get()
    assert len(queues) <= 8
    with pytest.raises(TimeoutError), deadlines.after(0.01):
        await asyncio.sleep(9)


async def test_a_time_that_nobody_uses_any_more_is_forgotten(transport: str) -> None:
    deadlines = Deadlines()
    for _ in range(2):
        with deadlines.after(0.01):
            assert len(deadlines._queues.get()) == 1
        await asyncio.sleep(0.03)
        assert not deadlines._queues.get()
