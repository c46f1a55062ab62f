"""The jobs over numbers as commands: outcomes, reports, journals, and what a dry run says."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, run, wait_for
from tests.processes import running

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")
ENGAGEMENT = ("--engagement", "C1DEB879")
JOBS = {
    "link-numbers": (CAMPAIGN, "POST /v1/10dlc/brands/BLQKOPK/campaigns/C1DEB879/numbers"),
    "unlink-numbers": (CAMPAIGN, "DELETE /v1/10dlc/brands/BLQKOPK/campaigns/C1DEB879/numbers/{number}"),
    "add-numbers": (ENGAGEMENT, "POST /v1/messaging-engagement/engagements/C1DEB879/numbers"),
    "remove-numbers": (ENGAGEMENT, "DELETE /v1/messaging-engagement/engagements/C1DEB879/numbers"),
}
GOOD = {"link-numbers": "accepted", "unlink-numbers": "not_linked", "add-numbers": "added", "remove-numbers": "removed"}


def prepare(job: str, shell: Shell) -> None:
    """An engagement from which numbers can be removed."""
    if job == "remove-numbers":
        stdin = "number\n" + "\n".join(numbers(30))
        assert shell.run("add-numbers", "-", *ENGAGEMENT, stdin=stdin).exit_code == 0


def numbers(count: int) -> list[str]:
    return [str(12025550000 + index) for index in range(count)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Thirty numbers, one of them twice, and one that is none."""
    path = tmp_path / "numbers.csv"
    path.write_text("number\n" + "\n".join([*numbers(30), "+1 202 555 0000", "hello"]), "utf-8")
    return path


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_job_reports_every_number(job: str, suffix: str, file: Path, shell: Shell, tmp_path: Path) -> None:
    prepare(job, shell)
    report = tmp_path / f"report.{suffix}"
    result = shell.run(job, file, *JOBS[job][0], "--report", report, "--json")
    assert result.exit_code == 1, result.output
    lines = report.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines)) if suffix == "csv" else [json.loads(line) for line in lines]
    assert Counter(row["status"] for row in rows) == {GOOD[job]: 30, "duplicate": 1, "invalid": 1}
    assert json.loads(result.stdout)[GOOD[job]] == 30


def test_numbers_are_linked_and_unlinked_added_and_removed(shell: Shell) -> None:
    stdin = "number\n" + "\n".join(numbers(40))
    state = shell.sandbox.state
    for job, held in [("link-numbers", 40), ("unlink-numbers", 0)]:
        result = shell.run(job, "-", *CAMPAIGN, stdin=stdin)
        assert result.exit_code == 0, result.output
        assert len(state.numbers) == held
    for job, held in [("add-numbers", 40), ("remove-numbers", 0)]:
        before = shell.requests
        result = shell.run(job, "-", *ENGAGEMENT, "--batch-size", "10", stdin=stdin)
        assert result.exit_code == 0, result.output
        assert len(state.engagements["C1DEB879"].numbers) == held
        assert shell.requests - before >= 4
        assert GOOD[job] in result.stderr


def test_quiet_shows_nothing(file: Path, shell: Shell) -> None:
    result = shell.run("unlink-numbers", file, *CAMPAIGN, "--quiet")
    assert (result.exit_code, result.output) == (1, "")


@pytest.mark.parametrize("job", JOBS)
def test_a_run_that_is_refused_stops(job: str, file: Path, shell: Shell) -> None:
    target = ["BLQKOPK" if value == "BLQKOPK" and "--brand" in JOBS[job][0] else value for value in JOBS[job][0]]
    target[-1] = "CNOSUCH1"
    result = shell.run(job, file, *target)
    assert result.exit_code == 3
    assert "CNOSUCH1" in result.stderr
    assert "hint: check the ids" in result.stderr


def test_a_rate_is_kept_and_a_bad_one_refused(file: Path, shell: Shell) -> None:
    assert shell.run("link-numbers", file, *CAMPAIGN, "--rate", "500", "--concurrency", "2").exit_code == 1
    for option, value in [("--rate", "0"), ("--concurrency", "0"), ("--timeout", "0"), ("--transport", "pigeon")]:
        assert shell.run("link-numbers", file, *CAMPAIGN, option, value).exit_code == 2


def test_a_rate_is_shared_in_a_directory(file: Path, shell: Shell, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    assert shell.run("link-numbers", file, *CAMPAIGN, "--shared-in", shared).exit_code == 2
    shared.mkdir()
    assert shell.run("link-numbers", file, *CAMPAIGN, "--shared-in", shared).exit_code == 1
    assert list(shared.iterdir())


@pytest.mark.parametrize("job", JOBS)
def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(job: str, file: Path, shell: Shell) -> None:
    target, request = JOBS[job]
    verb, path = request.split()
    result = shell.run(job, file, *target, "--dry-run")
    assert result.exit_code == 1  # one number is invalid
    assert result.stdout.splitlines()[0] == f"{verb} {shell.sandbox.url}{path}"
    assert "30  would be sent" in result.stdout
    assert "1  invalid: 'hello'" in result.stdout
    assert "1  duplicate: '12025550000'" in result.stdout
    assert f"{1 if 'engagement' in target[0] else 30}  requests" in result.stdout
    assert shell.requests == 0


@pytest.mark.parametrize("job", JOBS)
def test_a_dry_run_needs_neither_credentials_nor_a_server(job: str, file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("of the last run", "utf-8")
    result = run(job, file, *JOBS[job][0], "--dry-run", "--json", "--report", report)
    said = json.loads(result.stdout)
    counts = (said["numbers"], said["send"], said["settle"], said["done"])
    assert counts == (32, 30, 0, 0)
    assert (said["invalid"], said["duplicate"]) == (["hello"], ["12025550000"])
    assert said["request"].startswith(JOBS[job][1].split()[0] + " https://api")
    assert report.read_text("utf-8") == "of the last run"


@pytest.mark.parametrize("job", JOBS)
def test_a_dry_run_tells_what_the_journal_has_done_and_leaves_it_alone(
    job: str, file: Path, shell: Shell, tmp_path: Path
) -> None:
    prepare(job, shell)
    target, journal = JOBS[job][0], tmp_path / "run.db"
    some = "\n".join(["number", *numbers(12)])
    assert shell.run(job, "-", *target, "--journal", journal, stdin=some).exit_code == 0
    before, sent = journal.read_bytes(), shell.requests
    for _ in range(2):
        result = shell.run(job, file, *target, "--journal", journal, "--dry-run", "--json")
        said = json.loads(result.stdout)
        assert (said["send"], said["settle"], said["done"]) == (18, 0, 12)
    assert journal.read_bytes() == before
    assert {path.name for path in tmp_path.glob("run.db*")} == {"run.db", "run.db-lock"}
    assert shell.requests == sent
    assert "12  done already, by the journal" in shell.run(job, file, *target, "--journal", journal, "--dry-run").stdout
    finished = shell.run(job, file, *target, "--journal", journal, "--json")
    assert json.loads(finished.stdout)[GOOD[job]] == 30
    assert json.loads(shell.run(job, file, *target, "--journal", journal, "--dry-run", "--json").stdout)["send"] == 0


def test_a_dry_run_tells_what_a_killed_run_may_have_sent(shell: Shell, tmp_path: Path) -> None:
    from aiovonage.bulk._journal.writer import JournalWriter
    from aiovonage.bulk._targets import Target

    journal = tmp_path / "run.db"
    run = {"job": "link_numbers", "brand": "BLQKOPK", "campaign": "C1DEB879", "country": "US"}
    killed = JournalWriter(journal, {**run, "origin": shell.sandbox.url, "account": shell.sandbox.api_key})
    target = Target("BLQKOPK", "C1DEB879", "US")
    killed.claim([(number, target) for number in numbers(5)])  # still open: it stands in the write-ahead log
    arguments = ("link-numbers", "-", *CAMPAIGN, "--journal", journal, "--dry-run")
    result = shell.run(*arguments, "--json", stdin="number\n" + "\n".join(numbers(8)))
    said = json.loads(result.stdout)
    assert (said["send"], said["settle"]) == (3, 5)
    killed.close()


def test_a_dry_run_refuses_what_the_run_would_refuse(file: Path, tmp_path: Path, shell: Shell) -> None:
    journal = tmp_path / "run.db"
    assert shell.run("link-numbers", "-", *CAMPAIGN, "--journal", journal, stdin="number\n12025550000\n").exit_code == 0
    other = run("unlink-numbers", file, *CAMPAIGN, "--journal", journal, "--dry-run")
    assert other.exit_code == 2
    assert f"{journal} is the journal of another run" in other.stderr
    no_journal = run("link-numbers", file, *CAMPAIGN, "--journal", file, "--dry-run")
    assert no_journal.exit_code == 2
    assert f"{file}" in no_journal.stderr
    bad_id = run("link-numbers", file, "--brand", "", "--campaign", "C", "--dry-run")
    assert bad_id.exit_code == 2
    assert "brand_id must be a non-empty id" in bad_id.stderr


def test_a_long_list_of_invalid_numbers_is_cut_short(tmp_path: Path) -> None:
    stdin = "number\n" + "\n".join(f"bad {index}" for index in range(25))
    shown = run("link-numbers", "-", *CAMPAIGN, "--dry-run", stdin=stdin).stdout
    assert "25  invalid" in shown
    assert "and 15 more" in shown
    said = json.loads(run("link-numbers", "-", *CAMPAIGN, "--dry-run", "--json", stdin=stdin).stdout)
    assert len(said["invalid"]) == 25
    assert run("link-numbers", "-", *CAMPAIGN, "--dry-run", "--quiet", stdin=stdin).output == ""


@pytest.mark.slow
def test_ctrl_c_finishes_what_is_under_way_and_the_same_command_goes_on(
    serve: Callable[..., Shell], tmp_path: Path
) -> None:
    shell, journal, report = serve(), tmp_path / "run.db", tmp_path / "report.csv"
    file = tmp_path / "numbers.csv"
    file.write_text("number\n" + "\n".join(numbers(2000)), "utf-8")
    arguments = ["link-numbers", file, *CAMPAIGN, "--journal", journal, "--report", report]
    command = [sys.executable, "-m", "aiovonage.cli", *map(str, arguments), "--rate", "100"]
    with running(command, env=os.environ | shell.env, stdout=subprocess.DEVNULL, log=subprocess.PIPE) as process:
        wait_for(lambda: shell.requests >= 20)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "Stopping" in shown
    assert f"goes on where it stopped: its journal is {journal}" in " ".join(shown.split())
    linked = len(shell.sandbox.state.numbers)
    assert linked < 2000
    assert len(report.read_text("utf-8").splitlines()) == linked + 1
    again = shell.run(*arguments, "--quiet")
    assert again.exit_code == 0, again.output
    assert set(shell.sandbox.state.posts.values()) == {1}
    assert len(report.read_text("utf-8").splitlines()) == 2001


def test_a_report_that_cannot_be_written_is_found_before_anything_is_sent(file: Path, shell: Shell) -> None:
    result = shell.run("link-numbers", file, *CAMPAIGN, "--report", file.parent / "no" / "report.csv")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert shell.requests == 0


def test_a_run_through_faults_with_either_transport(serve: Callable[..., Shell], soon: None) -> None:
    for transport in ("fast", "httpx"):
        shell = serve(error_rate=0.05, dropped_connections=0.05, lost_responses=0.05, seed=1)
        stdin = "\n".join(["number", *numbers(100)])
        result = shell.run("link-numbers", "-", *CAMPAIGN, "--transport", transport, stdin=stdin)
        assert result.exit_code == 0, result.output
        assert len(shell.sandbox.state.numbers) == 100
