"""Both transports of our own and a job under uvloop, whose transports and loop are not asyncio's by class."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from aiovonage import ConnectionFailed, TimedOut, Vonage
from aiovonage.bulk import Journal
from aiovonage.sandbox import Faults, Sandbox
from tests.core.ports import unused_port
from tests.core.server import Peer, Server, http, serve
from tests.core.test_connections import certificate, tls_of  # noqa: F401 - a fixture

uvloop = pytest.importorskip("uvloop", reason="there is no uvloop for this platform")

pytestmark = pytest.mark.usefixtures("transport")

LARGE = b'{"brand_id": "%s"}' % (b"x" * 3_000_000)


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, None]], None]:
    """Runs a coroutine in a loop of uvloop."""

    def in_uvloop(coroutine: Coroutine[Any, Any, None]) -> None:
        async def checked() -> None:
            assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
            await coroutine

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(checked())

    return in_uvloop


async def answer(peer: Peer) -> None:
    """As the brand that is asked for says."""
    if b"/slow" in peer.head:
        await asyncio.sleep(0.3)
    await peer.send(http(LARGE if b"/large" in peer.head else b'{"brand_id": "B1"}'))


async def use(server: Server) -> None:
    """Calls one after the other, together, large, and too slow."""
    async with server.client(max_retries=0) as vonage:
        for _ in range(5):
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
        assert server.connections == 1
        assert len((await vonage.ten_dlc.get_brand("large")).brand_id or "") == 3_000_000
        await asyncio.gather(*[vonage.ten_dlc.get_brand("B1") for _ in range(40)])
        assert server.connections <= 40
        with pytest.raises(TimedOut):
            await vonage.with_options(timeout=0.05).ten_dlc.get_brand("slow")
        assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
    async with asyncio.timeout(5):
        while server.peers:  # noqa: ASYNC110 - sockets tell nobody
            await asyncio.sleep(0.001)


def test_calls(run: Callable[[Any], None]) -> None:
    async def main() -> None:
        async with serve(answer) as server:
            await use(server)
        async with Server(answer, url=f"http://127.0.0.1:{unused_port()}").client() as vonage:
            with pytest.raises(ConnectionFailed) as raised:
                await vonage.ten_dlc.revet_brand("B1")
        assert not raised.value.sent

    run(main())


def test_calls_over_tls(
    run: Callable[[Any], None],
    certificate: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        async with serve(answer, tls=tls_of(certificate)) as server:
            async with server.client(max_retries=0) as vonage:
                with pytest.raises(ConnectionFailed, match=r"(?i)certificate"):
                    await vonage.ten_dlc.revet_brand("B1")
            server.connections = 0
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            await use(server)

    run(main())


def test_a_job(run: Callable[[Any], None], tmp_path: Path, soon: None) -> None:
    journal, given = tmp_path / "links.db", range(12025550000, 12025550300)

    async def main() -> None:
        async with Sandbox(faults=Faults(lost_responses=0.05, error_rate=0.05, seed=3)) as sandbox:
            settings = {"api_key": sandbox.api_key, "api_secret": sandbox.api_secret, "base_url": sandbox.url}
            async with Vonage(**settings, transport=Server.transport) as vonage:  # type: ignore[arg-type]
                async for _ in vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", given, journal=journal):
                    break
                summary = await vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", given, journal=journal)
            assert summary.ok
            assert summary.total == len(sandbox.state.numbers) == 300
            assert set(sandbox.state.posts.values()) == {1}
        assert len(list(Journal(journal))) == 300

    run(main())
