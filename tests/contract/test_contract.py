"""schemathesis over each spec against the sandbox: what the specs say is what the sandbox does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.spec import COMMON, ROOT, SPECS
from tests.processes import running

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "5")
FILES = sorted(path.name for path in SPECS.glob("*.yaml") if path.name != COMMON)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, str]]:
    """The settings of a sandbox in a process of its own."""
    command = [sys.executable, "-m", "tests.contract.server"]
    with running(command, lasts=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_the_sandbox_keeps_the_contract(file: str, sandbox: dict[str, str], tmp_path: Path) -> None:
    schemathesis = Path(sys.executable).parent / "schemathesis"
    command: list[str | Path] = [
        schemathesis,
        "--config-file",
        ROOT / "tests" / "contract" / "schemathesis.toml",
        "run",
        SPECS / file,
        "--url",
        sandbox["VONAGE_BASE_URL"],
        "--max-examples",
        EXAMPLES,
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "1",
    ]
    environment = {**os.environ, **sandbox, "SCHEMATHESIS_HOOKS": "tests.contract.hooks", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    summary = re.search(r"(\d+) generated, (.+)", result.stdout)
    assert summary is not None, result.stdout + result.stderr
    assert result.returncode == 0, result.stdout
    assert int(summary[1]) > 20
