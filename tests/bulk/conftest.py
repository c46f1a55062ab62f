"""What the tests of jobs share."""

from __future__ import annotations

import pytest


@pytest.fixture
def soon(quick_retries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request has done shows at once here, so that it is not waited for."""
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.0, 0.01, 0.02, 0.05))
    monkeypatch.setattr("aiovonage.bulk._pipeline.AFTER_FAILED_CHECK", 0.001)
