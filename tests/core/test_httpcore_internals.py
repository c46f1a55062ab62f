"""What the default transport needs of httpcore's privates fails closed where httpcore does not have it."""

from __future__ import annotations

import logging
from typing import Any

import httpcore
import pytest

from aiovonage._core.http import httpcore_internals as internals
from aiovonage._core.http.origin import Origin
from aiovonage._core.http.streams import AsyncioBackend
from tests.core.server import serve


class Renamed:
    """A connection of a version of httpcore that names its privates otherwise."""

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


@pytest.fixture(autouse=True)
def nothing_warned_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "_warned", set())


class OfAnotherVersion(httpcore.AsyncHTTPConnection):
    """A connection whose state of h11 has another name."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return Hidden(found) if name == "_connection" and found is not None else found


class Hidden:
    """An HTTP/1.1 connection without the name of its state."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name == "_h11_state":
            raise AttributeError(name)
        return getattr(self._inner, name)


def connection() -> httpcore.AsyncHTTPConnection:
    origin = Origin("http", "localhost", 80, b"localhost")
    backend = AsyncioBackend(origin, 1.0)
    return httpcore.AsyncHTTPConnection(httpcore.Origin(b"http", b"localhost", 80), network_backend=backend)


@pytest.mark.parametrize(
    "renamed",
    [Renamed(), Renamed(_connection=Renamed()), Renamed(_connection=Renamed(_h11_state=Renamed()))],
    ids=["connection", "h11 state", "trailing data"],
)
def test_a_connection_that_does_not_tell_of_excess_is_not_used_again(
    renamed: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "aiovonage.transport"):
        assert not internals.may_be_reused(renamed)
        assert not internals.may_be_reused(renamed)
    (record,) = caplog.records
    assert f"httpcore {httpcore.__version__} is not supported" in record.getMessage()


def test_locks_that_are_not_there_are_not_invented() -> None:
    renamed: Any = Renamed(_connection=Renamed())
    internals.remove_locks(renamed)
    assert "_request_lock" not in vars(renamed)
    assert not vars(renamed._connection)


def test_the_installed_httpcore_has_the_privates(caplog: pytest.LogCaptureFixture) -> None:
    fresh: Any = connection()
    internals.remove_locks(fresh)
    assert isinstance(fresh._request_lock, internals._Unlocked)
    assert internals.may_be_reused(fresh)
    assert not caplog.records


async def test_without_the_privates_each_request_makes_a_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aiovonage._core.http.httpcore_connection.httpcore.AsyncHTTPConnection", OfAnotherVersion)
    with caplog.at_level(logging.WARNING, "aiovonage.transport"):
        async with serve() as server, server.client(transport="httpx") as vonage:
            for _ in range(3):
                await vonage.ten_dlc.get_brand("B1")
    assert (server.connections, len(server.requests)) == (3, 3)
    assert len([record for record in caplog.records if record.name == "aiovonage.transport"]) == 1
