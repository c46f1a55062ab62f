"""`python -m tests.packaging`: builds the package, and installs and runs it as users will, with every Python here."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.packaging.artifacts import Broken, build
from tests.packaging.installs import VARIANTS, install, interpreter, run_script, versions_of

ROOT = Path(__file__).parents[2]
SHOWN = ["attrs", "cattrs", "httpx", "msgspec", "orjson", "PyJWT"]


def versions() -> list[str]:
    """The versions of Python that the package says it runs on."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    return [words[-1] for words in (text.split(" :: ") for text in classifiers) if words[-1].startswith("3.")]


def main() -> int:
    """Build and install; 1 when anything is broken. A Python that is not here is skipped, and named."""
    failed = tried = 0
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            wheel = build(ROOT, folder)
        except (Broken, subprocess.CalledProcessError) as error:
            print(f"failed   {error}")
            return 1
        print(f"built    {wheel.name}, the same from the sources and from the sdist")
        for version in versions():
            python = interpreter(version)
            if python is None:
                print(f"skipped  Python {version}: not on this machine")
                continue
            for variant in VARIANTS:
                began = time.monotonic()
                tried += 1
                try:
                    own = install(python, variant, ROOT, wheel, folder)
                    run_script(own, variant.script, folder)
                except subprocess.SubprocessError as error:
                    failed += 1
                    print(f"failed   Python {version}, {variant.name}: {error}")
                    continue
                print(
                    f"ok       Python {version}, {variant.name}: {versions_of(own, SHOWN)} "
                    f"({time.monotonic() - began:.0f} s)",
                    flush=True,
                )
    print(f"{tried - failed} of {tried} installs work")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
