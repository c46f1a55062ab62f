"""A user who copies code from the documentation into a project with strict types gets no error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import write_files
from tests.docs.test_code_blocks import PYTHON


@pytest.mark.slow
def test_every_block_passes_mypy_strict(tmp_path: Path) -> None:
    places = {}
    for number, block in enumerate(PYTHON):
        places[f"script_{number}.py"] = block.id
        if "from my_" in block.text:
            write_files(block.page, tmp_path)
        (tmp_path / f"script_{number}.py").write_text("\n" * (block.line - 1) + block.text, "utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=mypy.ini", "--cache-dir=cache", *places]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    named = [f"{places[line.partition(':')[0]]}: {line}" for line in errors]
    assert not named, "\n".join(named)
    assert done.returncode == 0, done.stdout + done.stderr
