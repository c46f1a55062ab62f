"""The command line (extra `cli`)."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The entry point of `aiovonage`."""
    _keep_standard_files()
    try:
        from aiovonage.cli.app import app

        app(prog_name="aiovonage")
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.exit(f"The command line needs {error.name}: pip install 'aiovonage[cli]'")


def _keep_standard_files() -> None:
    """Open the null device for closed standard streams, so that no socket or file gets their descriptors."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor
