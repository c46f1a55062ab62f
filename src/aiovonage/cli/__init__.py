"""The command line (extra `cli`)."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point of `aiovonage`."""
    try:
        from aiovonage.cli.app import app

        app(prog_name="aiovonage")
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.exit(f"The command line needs {error.name}: pip install 'aiovonage[cli]'")
