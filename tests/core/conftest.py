"""What the tests of the request path share."""

from __future__ import annotations

import pytest

from tests.core.server import Server


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr("aiovonage._core.retry.policy.BACKOFF_BASE", 0.0)


@pytest.fixture
def transport(transport: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each transport of our own; clients of a `Server` use it unless they say."""
    monkeypatch.setattr(Server, "transport", transport)
    return transport
