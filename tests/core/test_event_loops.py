"""One client in several event loops, one after the other and at once, and in forked children."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from aiovonage import ConfigurationError, ConnectionFailed, TimedOut, Vonage
from tests.core.server import Peer, Server, http
from tests.core.thread_server import serve_in_thread

pytestmark = pytest.mark.usefixtures("transport")


_UNFINISHED: list[asyncio.Task[Any]] = []
"""Kept, as nothing can end them any more."""


async def echo(peer: Peer) -> None:
    """Answer with the brand that is asked for; slowly where it says so."""
    brand = peer.head.split()[1].removesuffix(b"/revet").rpartition(b"/")[2]
    if brand.startswith(b"slow"):
        await asyncio.sleep(0.2)
    await peer.send(http(b'{"brand_id": "%s"}' % brand))


async def get(vonage: Vonage, brand: str) -> str | None:
    return (await vonage.ten_dlc.get_brand(brand)).brand_id


def settled(condition: Callable[[], bool]) -> None:
    """Until a condition holds, of a server in another thread."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """Runs a coroutine in a new event loop, as `asyncio.run` does."""
    factory = pytest.importorskip("uvloop").new_event_loop if request.param == "uvloop" else None

    def runs(coroutine: Any) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(coroutine)

    return runs


@pytest.fixture(params=["plain", "TLS"])
def tls(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """How a server encrypts, and what its clients need for it."""
    if request.param == "plain":
        return {}
    import ssl

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"tls": context, "verify": str(tmp_path / "ca.pem")}


@pytest.mark.filterwarnings("error::ResourceWarning")
def test_a_client_works_in_one_loop_after_the_other(run: Callable[[Any], Any], tls: dict[str, Any]) -> None:
    verify = {"verify": tls["verify"]} if tls else {}
    with serve_in_thread(echo, tls=tls.get("tls")) as server:
        vonage = server.client(max_retries=0, timeout=5, **verify)

        async def calls() -> list[str | None]:
            await vonage.ten_dlc.revet_brand("B1")  # a POST is not sent again if it is lost
            return list(await asyncio.gather(*[get(vonage, f"B{number}") for number in range(5)]))

        for _ in range(3):
            assert run(calls()) == [f"B{number}" for number in range(5)]
        assert server.connections == 15
        run(vonage.aclose())
        settled(lambda: not server.peers)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        gc.collect()
    assert not [str(warning.message) for warning in warned]


def test_the_connections_of_a_closed_loop_are_closed_when_the_next_loop_uses_the_client() -> None:
    with serve_in_thread(echo) as server:
        vonage = server.client()

        async def burst() -> None:
            await asyncio.gather(*[get(vonage, f"slow{number}") for number in range(20)])

        for _ in range(3):
            asyncio.run(burst())
        assert server.connections == 60
        asyncio.run(get(vonage, "B1"))
        settled(lambda: len(server.peers) <= 1)


def test_a_client_that_was_closed_in_another_loop_is_closed() -> None:
    with serve_in_thread(echo) as server:
        vonage = server.client()
        assert asyncio.run(get(vonage, "B1")) == "B1"
        asyncio.run(vonage.aclose())
        settled(lambda: not server.peers)
        with pytest.raises(ConfigurationError, match="the client is closed"):
            asyncio.run(get(vonage, "B1"))


def test_loops_in_threads_use_one_client_at_once() -> None:
    failures: list[BaseException] = []

    def work(thread: int, vonage: Vonage) -> None:
        async def calls() -> None:
            brands = [f"T{thread}N{number}" for number in range(20)]
            assert await asyncio.gather(*[get(vonage, brand) for brand in brands]) == brands
            with pytest.raises(TimedOut):
                await vonage.with_options(timeout=0.05, max_retries=0).ten_dlc.get_brand("slow")

        try:
            for _ in range(5):
                asyncio.run(calls())
        except BaseException as failure:
            failures.append(failure)

    with serve_in_thread(echo) as server:
        vonage = server.client(timeout=10)
        threads = [threading.Thread(target=work, args=(number, vonage)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert not failures, failures
        asyncio.run(vonage.aclose())


def test_closing_in_one_thread_closes_the_connections_of_the_others() -> None:
    warm, end = threading.Event(), threading.Event()

    with serve_in_thread(echo) as server:
        vonage = server.client()

        async def hold() -> None:
            await get(vonage, "B1")
            warm.set()
            while not end.is_set():  # noqa: ASYNC110 - the event is another thread's
                await asyncio.sleep(0.005)

        thread = threading.Thread(target=lambda: asyncio.run(hold()))
        thread.start()
        assert warm.wait(10)
        assert len(server.peers) == 1
        asyncio.run(vonage.aclose())
        settled(lambda: not server.peers)
        end.set()
        thread.join(10)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_parent_and_forked_child_get_their_own_answers(tls: dict[str, Any]) -> None:
    fork = multiprocessing.get_context("fork")
    verify = {"verify": tls["verify"]} if tls else {}
    with serve_in_thread(echo, tls=tls.get("tls")) as server, asyncio.Runner() as runner:
        vonage = server.client(max_retries=0, timeout=10, **verify)
        assert runner.run(get(vonage, "warm")) == "warm"
        told = fork.SimpleQueue()

        def child() -> None:
            asyncio.set_event_loop(None)
            told.put([asyncio.run(get(vonage, "slow-child")), asyncio.run(get(vonage, "child"))])

        process = fork.Process(target=child)
        process.start()
        assert runner.run(get(vonage, "slow-parent")) == "slow-parent"
        process.join(20)
        assert told.get() == ["slow-child", "child"]
        assert runner.run(get(vonage, "parent")) == "parent"
        assert server.connections == 3, "the parent has kept its connection"
        runner.run(vonage.aclose())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_httpx_in_a_second_loop_is_an_error_of_ours(transport: str) -> None:
    import httpx

    if transport == "fast":
        pytest.skip("the same for both")
    with serve_in_thread(echo) as server:
        vonage = Server(echo, url=server.url).client(transport=httpx.AsyncClient(), max_retries=0)
        assert asyncio.run(get(vonage, "B1")) == "B1"
        with pytest.raises(ConnectionFailed, match="another event loop"):
            asyncio.run(get(vonage, "B2"))
        del vonage
        gc.collect()  # here, where the warnings of httpx about its connections are ignored


def test_an_unfinished_call_of_a_loop_does_not_stop_the_next_one() -> None:
    """A loop that is closed without cancelling its tasks, as a test or a notebook does it."""
    with serve_in_thread(echo) as server:
        vonage = server.client(timeout=5, max_connections=1)
        loop = asyncio.new_event_loop()
        task = loop.create_task(get(vonage, "slow"))
        waiting = loop.create_task(get(vonage, "B1"))
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
        assert asyncio.run(get(vonage, "B2")) == "B2"
        for unfinished in (task, waiting):
            unfinished._log_destroy_pending = False  # type: ignore[attr-defined]
            _UNFINISHED.append(unfinished)
        asyncio.run(vonage.aclose())
