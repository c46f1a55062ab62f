"""The commands as a user runs them."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiovonage import __version__
from codegen.spec import ROOT
from tests.cli.conftest import run as here
from tests.processes import running

Environment = dict[str, str]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Environment]:
    """The settings that `aiovonage sandbox` prints."""
    command = [sys.executable, "-m", "aiovonage.cli", "sandbox", "--port", "0"]
    with running(command, lasts=True) as process:
        assert process.stdout is not None
        printed = process.stdout.readline() + process.stdout.readline()
        yield dict(re.findall(r"(VONAGE_\w+)=(\S+)", printed))


def run(*arguments: object, env: Environment, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own."""
    command = [sys.executable, "-m", "aiovonage.cli", *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VONAGE_")} | env
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=environment, cwd=ROOT, check=False, timeout=60
    )


def link(numbers: object, *more: object, env: Environment, brand: str = "BLQKOPK", stdin: str = "") -> tuple[int, str]:
    """Link numbers: the exit code, and what was shown."""
    options = ("--brand", brand, "--campaign", "C1DEB879")
    result = here("link-numbers", numbers, *options, *more, env=env, stdin=stdin or None)
    return result.exit_code, result.stdout + result.stderr


def csv_of(path: Path, numbers: list[str], column: str = "number") -> Path:
    path.write_text("\n".join([f"label,{column}", *(f"x,{number}" for number in numbers)]), "utf-8")
    return path


def test_a_csv_is_linked_with_a_report_and_a_journal(sandbox: Environment, tmp_path: Path) -> None:
    numbers = csv_of(tmp_path / "n.csv", ["+1 202 555 1001", "12025551002", "12025551001"])
    report, journal = tmp_path / "r.csv", tmp_path / "j.db"
    code, shown = link(numbers, "--report", report, "--journal", journal, env=sandbox)
    assert code == 0, shown
    assert "2  accepted" in shown
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert Counter(row["status"] for row in rows) == {"accepted": 2, "duplicate": 1}
    code, shown = link(numbers, "--report", report, "--journal", journal, "--json", env=sandbox)
    assert code == 0
    assert json.loads(shown)["accepted"] == 2
    assert len(list(csv.DictReader(report.read_text("utf-8").splitlines()))) == 3


def test_numbers_may_come_from_standard_input_and_json_lines(sandbox: Environment, tmp_path: Path) -> None:
    assert link("-", "--quiet", env=sandbox, stdin="number\n12025551101\n") == (0, "")
    lines = tmp_path / "n.jsonl"
    lines.write_text('{"msisdn": "12025551102"}\n"12025551103"\n', "utf-8")
    report = tmp_path / "r.jsonl"
    assert link(lines, "--report", report, env=sandbox)[0] == 0
    assert {json.loads(line)["status"] for line in report.read_text("utf-8").splitlines()} == {"accepted"}


def test_some_failed(sandbox: Environment, tmp_path: Path) -> None:
    code, shown = link(csv_of(tmp_path / "n.csv", ["12025551201", "hello"]), env=sandbox)
    assert code == 1
    assert "1  invalid" in shown


def test_wrong_credentials_stop_the_run_with_everything_accounted_for(sandbox: Environment, tmp_path: Path) -> None:
    numbers = csv_of(tmp_path / "n.csv", [str(12025500000 + i) for i in range(5000)])
    code, shown = link(numbers, env={**sandbox, "VONAGE_API_SECRET": "of-somebody-else"})
    assert code == 3
    assert "5,000  pending" in shown
    assert "401" in shown
    assert "hint: check VONAGE_API_KEY and VONAGE_API_SECRET" in shown
    assert "of-somebody-else" not in shown


def test_an_unknown_brand_stops_the_run(sandbox: Environment, tmp_path: Path) -> None:
    code, shown = link(csv_of(tmp_path / "n.csv", ["12025551401"]), env=sandbox, brand="BNOTHIN")
    assert code == 3
    assert "BNOTHIN" in shown
    assert "pending" not in shown  # the error says it all


@pytest.mark.parametrize(
    ("content", "words"),
    [("a,b\n1,2\n", "no column"), ("", "empty"), (None, "cannot be read"), ("number\n\xff", "UTF-8")],
)
def test_a_file_that_is_no_use_is_a_usage_error(
    content: str | None, words: str, sandbox: Environment, tmp_path: Path
) -> None:
    path = tmp_path / "n.csv"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    code, shown = link(path, env=sandbox)
    assert code == 2
    assert words in shown


def test_a_journal_of_another_run_is_a_usage_error(sandbox: Environment, tmp_path: Path) -> None:
    numbers, journal = csv_of(tmp_path / "n.csv", ["12025551501"]), tmp_path / "j.db"
    assert link(numbers, "--journal", journal, env=sandbox)[0] == 0
    code, shown = link(numbers, "--journal", journal, "--country", "CA", env=sandbox)
    assert code == 2
    assert "another run" in shown


def test_missing_credentials_and_dead_hosts_are_one_line(tmp_path: Path) -> None:
    numbers = csv_of(tmp_path / "n.csv", ["12025551601"])
    code, shown = link(numbers, env={})
    assert (code, "api_secret" in shown) == (2, True)
    code, shown = link(numbers, env={"VONAGE_API_KEY": "k", "VONAGE_API_SECRET": "s", "VONAGE_BASE_URL": "nowhere"})
    assert (code, "base_url" in shown) == (2, True)


def test_version_and_help() -> None:
    assert run("--version", env={}).stdout.strip() == f"aiovonage, version {__version__}"
    assert "link-numbers" in run("--help", env={}).stdout


@pytest.mark.slow
def test_the_demo_follows_a_file_as_customers_send_it_until_the_carriers_have_decided(tmp_path: Path) -> None:
    result = run("demo", "--numbers", "300", "--rate", "2000", "--folder", tmp_path, env={})
    assert result.returncode == 1, result.stderr  # the carriers refuse some, and three entries are not numbers
    rows = list(csv.DictReader((tmp_path / "report.csv").read_text("utf-8").splitlines()))
    counts = Counter(row["status"] for row in rows)
    assert counts["linked"] > 200
    assert 0 < counts["rejected"] < 50
    assert counts["linked"] + counts["rejected"] == 300
    assert counts["invalid"] == 3
    assert len({row["campaign_id"] for row in rows}) == 3
    assert "approved by the carriers" in result.stderr
