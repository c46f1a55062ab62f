"""What the tests of the request path share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr("aiovonage.core.retry.BACKOFF_BASE", 0.0)
