"""How many rounds random tests play: all in CI, and fewer on a developer's machine, where tests run often."""

from __future__ import annotations

import os

IN_CI = bool(os.environ.get("CI"))

LESS = 4
"""By how much a developer's run is shorter."""


def rounds(in_ci: int) -> int:
    """That many in CI, a quarter of them elsewhere."""
    return in_ci if IN_CI else -(-in_ci // LESS)
