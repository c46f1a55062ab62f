"""Runs that are killed, over a real socket, against a server that fails a fifth of all requests."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from aiovonage.bulk import Journal
from codegen.spec import ROOT
from tests.bulk.campaign import CAMPAIGN, numbers

COUNT = int(os.environ.get("CRASH_NUMBERS", "3000"))
KILLS = int(os.environ.get("CRASH_KILLS", "5"))
FAULTS = ["--error-rate", "0.1", "--dropped", "0.05", "--lost", "0.05"]


@pytest.fixture
def sandbox() -> Iterator[dict[str, str]]:
    """The sandbox in a process of its own: the environment that it prints."""
    command = [sys.executable, "-m", "aiovonage.cli", "sandbox", "--port", "0", *FAULTS]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.readline() + process.stdout.readline()
    yield dict(re.findall(r"(VONAGE_\w+)=(\S+)", printed))
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


def state_of(sandbox: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    """What the sandbox holds."""
    with urlopen(f"{sandbox['VONAGE_BASE_URL']}/_sandbox/state?numbers=1&posts=1") as answer:
        return json.load(answer)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_killed_and_resumed_every_number_has_one_outcome(sandbox: dict[str, str], tmp_path: Path) -> None:
    journal, dice = tmp_path / "links.db", random.Random(7)
    command = [sys.executable, "-m", "tests.bulk.linker", str(journal), str(COUNT)]
    lines: list[str] = []
    for kill in range(KILLS + 1):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, **sandbox}, cwd=ROOT
        ) as run:
            assert run.stdout is not None
            if kill < KILLS:
                time.sleep(0.5 + dice.random() * COUNT / 5000)
                run.send_signal(signal.SIGKILL)
            lines += [line.strip() for line in run.stdout if line.endswith("\n")]
    assert lines[-1].startswith("summary"), lines[-5:]
    held = set(state_of(sandbox)["linked"][CAMPAIGN])
    outcomes = {outcome.number: str(outcome.status) for outcome in Journal(journal)}
    reported = Counter(line.split()[0] for line in lines if not line.startswith("summary"))
    assert set(outcomes) == set(numbers(COUNT))
    assert {number for number, status in outcomes.items() if status == "linked"} == held
    assert set(reported.values()) == {1}
    assert all(outcomes[line.split()[0]] == line.split()[1] for line in lines if not line.startswith("summary"))


def test_a_truncated_journal_is_resumed_or_refused(tmp_path: Path) -> None:
    from aiovonage.bulk.errors import JournalError
    from aiovonage.bulk.journal import JournalWriter
    from aiovonage.bulk.outcome import LinkOutcome, Status

    run = {"job": "link_numbers", "brand": "B", "campaign": "C"}
    whole = tmp_path / "whole.db"
    writer = JournalWriter(whole, run)
    writer.claim(numbers(2000))
    writer.record([LinkOutcome(number, Status.LINKED) for number in numbers(1000)])
    writer.close()
    content = whole.read_bytes()
    dice = random.Random(11)
    refused = 0
    for round_ in range(60):
        torn = tmp_path / f"torn{round_}.db"
        torn.write_bytes(content[: dice.randrange(len(content))])
        try:
            resumed = JournalWriter(torn, run)
            claims = resumed.claim(numbers(2000))
            resumed.close()
        except JournalError:
            refused += 1
            continue
        skipped = {claim.number for claim in claims if claim.claim.name == "SKIP"}
        assert skipped <= {int(number) for number in numbers(1000)}
    assert refused > 0
