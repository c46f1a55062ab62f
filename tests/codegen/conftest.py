"""What the tests of the generator share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codegen.widgets import write_specs


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A folder with the throwaway spec."""
    write_specs(tmp_path / "openapi")
    return tmp_path / "openapi"
