"""Builds the sdist and the wheel, and checks what they hold."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

UV = [sys.executable, "-m", "uv", "--quiet"]

RUNTIME = {
    "anyio",
    "attrs",
    "cattrs",
    "certifi",
    "defusedxml",
    "filelock",
    "h11",
    "httpcore",
    "httpx",
    "msgspec",
    "orjson",
    "phonenumbers",
    "pyjwt[crypto]",
}
"""All that `pip install aiovonage` asks for. Somebody has to want more before it grows."""

EXTRAS = {"all", "cli", "fast", "jobs", "otel", "redis", "sandbox"}

IN_THE_SDIST = [
    "src/aiovonage/__init__.py",
    "src/aiovonage/py.typed",
    "openapi/ten-dlc.v1.yaml",
    "codegen/templates/dataclass.jinja2",
    "tests/conftest.py",
    "examples/README.md",
    "docs/architecture.md",
    "benchmarks/README.md",
    ".ci/run",
    "Makefile",
    "constraints.txt",
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
]

IN_THE_WHEEL = ["aiovonage/py.typed", "aiovonage/openapi/ten-dlc.v1.yaml", "aiovonage/api/ten_dlc/raw.py"]


class Broken(Exception):
    """An artifact that must not be released."""


def build(source: Path, folder: Path) -> Path:
    """Build the sdist, the wheel of the sources and the wheel of the sdist; gives the wheel.

    Args:
        source: The repository.
        folder: Where the files go.

    Raises:
        Broken: when an artifact does not hold what it should.
    """
    _run([*UV, "build", "--sdist", "--out-dir", str(folder), str(source)])
    (sdist,) = folder.glob("*.tar.gz")
    _run([*UV, "build", "--wheel", "--out-dir", str(folder), str(source)])
    _run([*UV, "build", "--wheel", "--out-dir", str(folder / "of-sdist"), str(sdist)])
    (wheel,) = folder.glob("*.whl")
    (wheel_of_sdist,) = folder.glob("of-sdist/*.whl")
    if wheel.read_bytes() != wheel_of_sdist.read_bytes():
        raise Broken("the sdist does not build the same wheel as the sources")
    _check_sdist(sdist)
    _check_wheel(wheel)
    return wheel


def _check_sdist(path: Path) -> None:
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    if missing := [name for name in IN_THE_SDIST if name not in names]:
        raise Broken(f"{path.name} lacks {', '.join(missing)}")
    if litter := [name for name in names if re.search(r"__pycache__|\.db$|\.venv|\.pyc$", name)]:
        raise Broken(f"{path.name} holds {', '.join(litter)}")


def _check_wheel(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        said = Parser().parsestr(archive.read(metadata).decode())
    if missing := [name for name in IN_THE_WHEEL if name not in names]:
        raise Broken(f"{path.name} lacks {', '.join(missing)}")
    if foreign := {name.split("/")[0] for name in names} - {"aiovonage", metadata.split("/")[0]}:
        raise Broken(f"{path.name} would install {', '.join(sorted(foreign))}")
    required = [entry for entry in said.get_all("Requires-Dist", []) if "extra ==" not in entry]
    found = {re.match(r"[\w.-]+(\[[\w,]+\])?", entry)[0].lower() for entry in required}  # type: ignore[index]
    if found != RUNTIME:
        raise Broken(f"{path.name} requires {', '.join(sorted(found))}, not {', '.join(sorted(RUNTIME))}")
    if set(said.get_all("Provides-Extra", [])) != EXTRAS:
        raise Broken(f"{path.name} has the extras {said.get_all('Provides-Extra')}, not {sorted(EXTRAS)}")


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)
