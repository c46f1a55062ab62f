"""The default transport needs little of httpcore's privates, and keeps its care without them."""

from __future__ import annotations

import logging
from typing import Any

import httpcore
import pytest

from aiovonage._core.http import httpcore_internals as internals
from aiovonage._core.http.h11_connection import H11Connection
from aiovonage._core.http.origin import Origin
from tests.core.server import serve


@pytest.fixture(autouse=True)
def nothing_warned_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "_warned", set())


class OfAnotherVersion(httpcore.AsyncHTTPConnection):
    """A connection that keeps the one inside under another name."""

    def __getattribute__(self, name: str) -> Any:
        if name == "_connection":
            raise AttributeError(name)
        return super().__getattribute__(name)


def connection() -> H11Connection:
    return H11Connection(Origin("http", "localhost", 80, b"localhost"), 1_000, 1.0)


def test_the_installed_httpcore_has_the_privates(caplog: pytest.LogCaptureFixture) -> None:
    inner = connection()
    outer: Any = internals.connection_around(httpcore.Origin(b"http", b"localhost", 80), inner)
    assert isinstance(outer, httpcore.AsyncHTTPConnection)
    assert outer._connection is inner
    assert isinstance(outer._request_lock, internals._Unlocked)
    assert "HTTP/1.1 to localhost:80, open" in repr(outer)
    assert not caplog.records


async def test_without_the_privates_requests_are_sent_as_carefully(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(httpcore, "AsyncHTTPConnection", OfAnotherVersion)
    with caplog.at_level(logging.WARNING, "aiovonage.transport"):
        async with serve() as server, server.client(transport="httpx") as vonage:
            for _ in range(3):
                await vonage.ten_dlc.get_brand("B1")
    assert (server.connections, len(server.requests)) == (1, 3)
    (record,) = [record for record in caplog.records if record.name == "aiovonage.transport"]
    assert f"httpcore {httpcore.__version__} is not supported" in record.getMessage()
