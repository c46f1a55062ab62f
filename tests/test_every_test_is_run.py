"""`make test` leaves slow tests to `make test-slow`, and CI runs both: no test is left out."""

from __future__ import annotations

import re

from codegen.spec import ROOT


def test_ci_runs_the_slow_tests_and_all_others() -> None:
    recipes = re.findall(r"^([\w-]+):.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    marked = {target: re.findall(r'-m "([^"]+)"', lines) for target, lines in recipes if "-m pytest" in lines}
    assert marked == {"test": ["not slow"], "test-slow": ["slow"]}
    steps = re.findall(r"^step \d+ make ([\w-]+)", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    assert marked.keys() <= set(steps)
