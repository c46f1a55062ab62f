"""Installs the wheel into fresh environments: each Python that is here, with the oldest and the newest dependencies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs

from tests.packaging.artifacts import UV

HERE = Path(__file__).parent


@attrs.frozen
class Variant:
    """A way to install the package.

    Attributes:
        name: What it is called in the output.
        resolution: uv's resolution of dependencies. `lowest-direct` takes the lowest that pyproject.toml allows.
        extras: Whether all extras are installed, or none.
        script: What is run then.
    """

    name: str
    resolution: str
    extras: bool
    script: str


VARIANTS = [
    Variant("oldest dependencies", "lowest-direct", True, "smoke.py"),
    Variant("newest dependencies", "highest", True, "smoke.py"),
    Variant("no extras", "highest", False, "bare.py"),
]


def interpreter(version: str) -> str | None:
    """A Python of this version (`3.12`), from the PATH or of pyenv; None where there is none."""
    of_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"), reverse=True)
    for candidate in [sys.executable, shutil.which(f"python{version}"), *map(str, of_pyenv)]:
        if candidate is None:
            continue
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # a shim may be of no version
        if answer.stdout.strip() == version:
            return candidate
    return None


def install(python: str, variant: Variant, project: Path, wheel: Path, folder: Path) -> Path:
    """Make an environment with the wheel and its dependencies; gives its Python.

    The bounds are read from pyproject.toml, since those of a wheel are not direct to uv.
    """
    environment = folder / "venv"
    own = environment / "bin" / "python"
    pip = [*UV, "pip", "install", "--python", str(own)]
    extras = ["--all-extras"] if variant.extras else []
    wanted = ["--only-binary", ":all:", "--resolution", variant.resolution, "-r", str(project / "pyproject.toml")]
    _run([*UV, "venv", "--clear", "--no-project", "--python", python, str(environment)])
    _run([*pip, *wanted, *extras])
    _run([*pip, "--no-deps", str(wheel)])
    _run([*UV, "pip", "check", "--python", str(own)])
    return own


def run_script(own: Path, script: str, folder: Path) -> None:
    """Run one of the scripts here, far from the sources."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VONAGE_"))}
    shutil.copy(HERE / script, folder)
    subprocess.run([str(own), "-I", script], check=True, cwd=folder, env=environment, timeout=120)


def versions_of(own: Path, names: Sequence[str]) -> str:
    """The installed versions of some distributions, in a line."""
    asked = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    done = subprocess.run([str(own), "-c", asked, *names], capture_output=True, text=True, check=True)
    return ", ".join(f"{name} {version}" for name, version in zip(names, done.stdout.split(), strict=True))


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)
