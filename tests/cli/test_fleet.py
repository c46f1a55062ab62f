"""Jobs and workers as commands."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, wait_for
from tests.processes import running

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.csv"
    path.write_text("number\n" + "\n".join(str(14155550000 + index) for index in range(40)) + "\nhello\n", "utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


def submit(shell: Shell, store: Path, file: Path, *more: str) -> str:
    result = shell.run("jobs", "submit", store, file, *CAMPAIGN, *more)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_job_is_submitted_carried_out_and_reported(shell: Shell, store: Path, file: Path, tmp_path: Path) -> None:
    job = submit(shell, store, file, "--key", "import-7")
    assert submit(shell, store, file, "--key", "import-7") == job
    before = json.loads(shell.run("jobs", "status", store, job, "--json").stdout)
    assert (before["state"], before["pending"], before["counts"]) == ("running", 40, {"invalid": 1})
    health = tmp_path / "health.json"
    worked = shell.run("worker", store, "--drain", "--health-file", health)
    assert worked.exit_code == 0, worked.output
    assert json.loads(health.read_text())["worker"]
    status = shell.run("jobs", "status", store, "import-7")
    assert status.exit_code == 1  # one entry is not a number
    assert "not a phone number" in status.stdout
    report = tmp_path / "report.csv"
    assert shell.run("jobs", "report", store, job, report).exit_code == 1
    rows = list(csv.DictReader(report.read_text().splitlines()))
    assert [row["status"] for row in rows] == ["accepted"] * 40 + ["invalid"]
    assert rows[-1]["given"] == "hello"
    again = shell.run("jobs", "report", store, job, report)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert shell.run("jobs", "watch", store, job).exit_code == 1
    assert "import-7" in shell.run("jobs", "list", store).stdout


def test_pause_resume_and_cancel_say_what_they_did(shell: Shell, store: Path, file: Path) -> None:
    job = submit(shell, store, file)
    for command, word in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        result = shell.run("jobs", command, store, job)
        assert (result.exit_code, word in result.stderr) == (0, True)
        assert json.loads(shell.run("jobs", "status", store, job, "--json").stdout)["state"] == word
    refused = shell.run("jobs", "resume", store, job)
    assert refused.exit_code == 2
    assert "cancelled" in refused.stderr


def test_rows_may_name_their_campaigns_but_each_must(shell: Shell, store: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("number,brand_id,campaign_id\n14155550000,BLQKOPK,C1DEB879\n14155550001,BLQKOPK,\n", "utf-8")
    refused = shell.run("jobs", "submit", store, rows)
    assert refused.exit_code == 2
    assert "no campaign_id" in refused.stderr
    assert "3" in refused.stderr  # the line
    assert json.loads(shell.run("jobs", "list", store, "--json").stdout or "null") is None
    rows.write_text(rows.read_text().replace("001,BLQKOPK,\n", "001,BLQKOPK,C1DEB879\n"), "utf-8")
    assert shell.run("jobs", "submit", store, rows).exit_code == 0


def test_options_that_do_not_go_together_are_refused(shell: Shell, store: Path, file: Path) -> None:
    for options, words in (
        (("--action", "unlink", "--hipaa"), "--action unlink"),
        (("--remove",), "--action sync"),
        (("--until", "never"), "--until"),
    ):
        result = shell.run("jobs", "submit", store, file, *CAMPAIGN, *options)
        assert result.exit_code == 2
        assert words in result.stderr
    assert not store.exists()


def test_stores_and_jobs_that_are_not_there_are_one_line(shell: Shell, store: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (("jobs", "status", store, "7"), "no job"),
        (("jobs", "list", "mysql://host/db"), "postgresql://"),
        (("worker", tmp_path / "missing" / "jobs.db"), "is not a folder"),
        (("worker", store, "--job", "7"), "no job"),
    ):
        result = shell.run(*arguments)
        assert result.exit_code == 2, result.output
        assert words in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_a_worker_of_another_account_is_refused(shell: Shell, store: Path, file: Path) -> None:
    job = submit(shell, store, file, "--account", "another")
    result = shell.run("worker", store, "--job", job)
    assert result.exit_code == 2
    assert "belongs to the account another" in result.stderr


def test_a_database_without_tables_names_the_command(shell: Shell, postgres_url: str, file: Path) -> None:
    name = f"cli_{time.time_ns()}"
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    dsn = postgres_url.rpartition("/")[0] + f"/{name}"
    refused = shell.run("jobs", "list", dsn)
    assert refused.exit_code == 2
    assert "aiovonage jobs migrate" in refused.stderr
    assert shell.run("jobs", "migrate", dsn).exit_code == 0
    assert shell.run("jobs", "submit", dsn, file, *CAMPAIGN).exit_code == 0
    assert shell.run("worker", dsn, "--drain").exit_code == 0


def test_sigterm_lets_a_worker_finish_and_gives_its_chunks_back(shell: Shell, store: Path, file: Path) -> None:
    submit(shell, store, file)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "aiovonage.cli",
        "worker",
        store,
        "--lease",
        "600",
        "--rate",
        "5",
        "--log",
        "json",
    ]
    with running(command, env={**shell.env, "PATH": ""}, stdout=subprocess.DEVNULL, log=subprocess.PIPE) as worker:
        wait_for(lambda: shell.requests > 5)
        worker.send_signal(signal.SIGTERM)
        assert worker.stderr is not None
        lines = worker.stderr.read().splitlines()
        assert worker.wait(30) == 0
    assert [json.loads(line)["level"] for line in lines] == ["info"] * len(lines)
    assert "SIGTERM" in "".join(lines)
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT max(lease_until) FROM unit").fetchone()[0] == 0
    assert shell.run("worker", store, "--drain").exit_code == 0
    found = json.loads(shell.run("jobs", "status", store, "1", "--json").stdout)
    assert found["counts"] == {"accepted": 40, "invalid": 1}
