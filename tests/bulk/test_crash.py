"""Runs that are killed, over a real socket, against a server that fails a quarter of all requests."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import attrs
import pytest

from aiovonage.bulk import Journal
from codegen.spec import ROOT
from tests.bulk.campaign import CAMPAIGN, numbers
from tests.bulk.linker import ENGAGEMENT
from tests.processes import running
from tests.rounds import IN_CI

COUNT = int(os.environ.get("CRASH_NUMBERS", "1500" if IN_CI else "1200"))
KILLS = int(os.environ.get("CRASH_KILLS", "4" if IN_CI else "3"))


@attrs.define
class Server:
    """The sandbox in a process of its own.

    Attributes:
        environment: What a client needs to reach it.
        log: Where it writes down each POST.
    """

    environment: dict[str, str]
    log: Path

    def state(self) -> dict[str, dict[str, list[str]]]:
        """What it holds."""
        with urlopen(f"{self.environment['VONAGE_BASE_URL']}/_sandbox/state?numbers=1") as answer:
            return json.load(answer)  # type: ignore[no-any-return]

    def last_posts(self) -> dict[str, float]:
        """When each number was POSTed last."""
        last: dict[str, float] = {}
        for line in self.log.read_text().splitlines():
            at, posted = json.loads(line)
            last.update(dict.fromkeys(posted, at))
        return last


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    log = tmp_path / "posts.log"
    command = [sys.executable, "-m", "tests.bulk.faulty_sandbox", str(log)]
    with running(command, cwd=ROOT) as process:
        assert process.stdout is not None
        settings = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        yield Server(settings, log)


@attrs.define
class Killed:
    """What was seen of a job that was killed and called again until it was done.

    Attributes:
        kills: How often it was killed.
        reported: The status of each number, and when it was reported, by all its processes.
        twice: The numbers that were reported more than once.
        journaled: The status of each number, as the journal said it after any of the kills.
        changed: The numbers whose status in the journal was another later.
    """

    kills: int = 0
    reported: dict[str, tuple[str, float]] = attrs.field(factory=dict)
    twice: list[str] = attrs.field(factory=list)
    journaled: dict[str, str] = attrs.field(factory=dict)
    changed: list[str] = attrs.field(factory=list)

    def hear(self, line: str) -> None:
        """A line of the program."""
        number, status, at = line.split()
        if number in self.reported:
            self.twice.append(number)
        self.reported[number] = (status, float(at))

    def look(self, journal: Path) -> None:
        """Read a copy of the journal, so that the run finds it as the kill has left it."""
        copy = journal.with_name("copy") / journal.name
        shutil.rmtree(copy.parent, ignore_errors=True)
        copy.parent.mkdir()
        for file in journal.parent.glob(f"{journal.name}*"):
            shutil.copy(file, copy.parent)
        found = {outcome.number: str(outcome.status) for outcome in Journal(copy)}
        self.changed += [number for number, status in self.journaled.items() if found.get(number) != status]
        self.journaled = found


def killed(job: str, server: Server, journal: Path, transport: str) -> Killed:
    """Run a job, and kill it at random moments before its end."""
    seen, dice = Killed(), random.Random(f"{job} {transport}")
    command = [sys.executable, "-m", "tests.bulk.linker", job, str(journal), str(COUNT), transport]
    environment = {**os.environ, **server.environment}
    while True:
        with running(command, env=environment, cwd=ROOT) as run:
            assert run.stdout is not None
            if seen.kills < KILLS:
                early = dice.random() < 0.2
                for _ in range(0 if early else dice.randrange(2 * COUNT // (KILLS + 3))):
                    line = run.stdout.readline()
                    if line.startswith("summary"):
                        run.wait(60)
                        return seen
                    seen.hear(line)
                time.sleep(dice.random() * (0.6 if early else 0.1))
                run.send_signal(signal.SIGKILL)
            rest = [line for line in run.stdout if line.endswith("\n")]
            run.wait(60)
        for line in rest:
            if line.startswith("summary"):
                return seen
            seen.hear(line)
        assert run.returncode == -signal.SIGKILL, "it has ended otherwise"
        seen.kills += 1
        if journal.exists():
            seen.look(journal)


@pytest.mark.slow
@pytest.mark.parametrize("job", ["link_numbers", "add_numbers"])
def test_killed_and_resumed_every_number_has_one_outcome(
    job: str, transport: str, server: Server, tmp_path: Path
) -> None:
    journal = tmp_path / "run.db"
    seen = killed(job, server, journal, transport)
    assert 2 * seen.kills >= KILLS, "it was done too soon to be killed"
    outcomes = {outcome.number: str(outcome.status) for outcome in Journal(journal)}
    assert len(list(Journal(journal))) == COUNT
    assert set(outcomes) == set(numbers(COUNT))
    assert not seen.twice
    assert not seen.changed
    assert all(outcomes[number] == status for number, status in seen.journaled.items())
    assert all(outcomes[number] == status for number, (status, _) in seen.reported.items())
    state = server.state()
    if job == "link_numbers":
        done, held = {"accepted", "linked"}, state["linked"][CAMPAIGN]
        assert "409" not in state["statuses"], "it was sent though it was linked"
    else:
        done, held = {"added"}, state["engaged"][ENGAGEMENT]
        assert 0.05 < sum(status == "rejected" for status in outcomes.values()) / COUNT < 0.2
    assert {number for number, status in outcomes.items() if status in done} == set(held)
    assert len(held) == len(set(held))
    last_posts = server.last_posts()
    unsent = {number: status for number, (status, _) in seen.reported.items() if number not in last_posts}
    assert not unsent, "an outcome of a number that was never sent"
    assert [number for number, (_, at) in seen.reported.items() if last_posts[number] > at] == []
    words = f"{job} {transport}: {COUNT} numbers, {seen.kills} kills, faults {state['faults']}, "
    sys.stdout.write(words + f"statuses {state['statuses']}\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
def test_a_full_disk_loses_nothing(server: Server, tmp_path: Path) -> None:
    journal, count = tmp_path / "run.db", 400
    program = (
        "import resource, runpy, sys; limit = int(sys.argv.pop(1)), resource.RLIM_INFINITY; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, limit); runpy.run_module('tests.bulk.linker', run_name='__main__')"
    )
    seen, stopped = Killed(), 0
    for limit in (4_000, 40_000, 80_000, 160_000, 100_000_000):
        run = subprocess.run(
            [sys.executable, "-c", program, str(limit), "link_numbers", str(journal), str(count)],
            capture_output=True,
            text=True,
            env={**os.environ, **server.environment},
            cwd=ROOT,
            check=False,
        )
        for line in run.stdout.splitlines():
            if not line.startswith("summary"):
                seen.hear(line)
        if run.returncode:
            stopped += 1
            assert "JournalError: the journal" in run.stderr, run.stderr
        if limit > 4_000:
            seen.look(journal)
            assert seen.reported.keys() <= seen.journaled.keys()
    assert stopped >= 3
    assert run.returncode == 0, run.stderr
    assert not seen.twice
    assert not seen.changed
    assert set(seen.journaled) == set(numbers(count))
    assert {number for number, status in seen.journaled.items() if status in {"accepted", "linked"}} == set(
        server.state()["linked"][CAMPAIGN]
    )


def test_a_truncated_journal_is_resumed_or_refused(tmp_path: Path) -> None:
    from aiovonage.bulk import JournalError, LinkOutcome, Status
    from aiovonage.bulk._journal.writer import Claim, JournalWriter
    from aiovonage.bulk._targets import Target

    run, target = {"job": "link_numbers", "brand": "B", "campaign": "C"}, Target("B", "C", "US")
    rows = [(number, target) for number in numbers(2000)]
    whole = tmp_path / "whole.db"
    writer = JournalWriter(whole, run)
    writer.claim(rows)
    done = [(LinkOutcome(number, Status.LINKED), target) for number in numbers(1000)]
    writer.record(done, told=True, now=1.0)
    writer.close()
    content = whole.read_bytes()
    dice = random.Random(11)
    refused = 0
    for round_ in range(60):
        torn = tmp_path / f"torn{round_}.db"
        torn.write_bytes(content[: dice.randrange(len(content))])
        try:
            resumed = JournalWriter(torn, run)
            claims = resumed.claim(rows)
            resumed.close()
        except JournalError:
            refused += 1
            continue
        skipped = {claim.number for claim in claims if claim.claim is Claim.SKIP}
        assert skipped <= {int(number) for number in numbers(1000)}
    assert refused > 0
