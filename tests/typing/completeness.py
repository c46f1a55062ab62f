"""`python -m tests.typing.completeness`: how much of what users can reach has a type that every checker reads alike.

pyright counts it, as `--verifytypes`. What is inferred counts as ambiguous, since checkers infer differently.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MINIMUM = 1.0
"""The share that must be known. It may rise, and never fall."""


def report() -> dict[str, Any]:
    """What pyright says of the package."""
    command = [sys.executable, "-m", "pyright", "--outputjson", "--ignoreexternal", "--verifytypes", "aiovonage"]
    # here pyright takes the package from the Python that is first on the PATH, whatever --pythonpath says
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, check=False)
    found: dict[str, Any] = json.loads(done.stdout)["typeCompleteness"]
    return found


def main() -> int:
    """Show what has no known type; 1 when it is too much."""
    found = report()
    for symbol in found["symbols"]:
        if symbol["isExported"] and not symbol["isTypeKnown"]:
            for diagnostic in symbol["diagnostics"]:
                print(f"{symbol['name']}: {diagnostic['message'].splitlines()[0]}")
    score, symbols = found["completenessScore"], sum(found["exportedSymbolCounts"].values())
    print(f"{score:.1%} of {symbols} public symbols have a known type; {MINIMUM:.0%} must have")
    return 0 if symbols and score >= MINIMUM else 1


if __name__ == "__main__":
    sys.exit(main())
