"""Reports: a row for each row of the input, and never at the cost of a file of the user's."""

from __future__ import annotations

import csv
import json
import os
import stat
from pathlib import Path

import pytest

from aiovonage.cli.files.numbers_file import NumbersFile
from tests.cli.conftest import Shell

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")

TEXT = """Customers;;;
Name;Phone Number;status;Note
Ada;(202) 555-0101;gold;=1+1
Bob;12025550102.0;;@home
Eve;2025550101;;"two
lines"
Dan;1.20256E+10;;-5
Total;4;;
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(TEXT, "utf-8")
    return path


def rows_of(report: Path) -> list[dict[str, str]]:
    with report.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_row_has_the_line_the_other_columns_the_number_and_what_became_of_it(
    file: Path, shell: Shell, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    assert shell.run("link-numbers", file, *CAMPAIGN, "--report", report).exit_code == 1
    rows = rows_of(report)
    assert list(rows[0]) == [
        "line",
        "Name",
        "status (input)",
        "Note",
        "given",
        "number",
        "brand_id",
        "campaign_id",
        "status",
        "carrier_status",
        "code",
        "reason",
    ]
    assert [(row["line"], row["Name"], row["number"], row["status"]) for row in rows] == [
        ("3", "Ada", "12025550101", "accepted"),
        ("4", "Bob", "12025550102", "accepted"),
        ("5", "Eve", "12025550101", "duplicate"),
        ("7", "Dan", "", "invalid"),
    ]
    assert rows[0]["given"] == "(202) 555-0101"
    assert (rows[0]["brand_id"], rows[0]["campaign_id"], rows[0]["carrier_status"]) == (
        "BLQKOPK",
        "C1DEB879",
        "PENDING",
    )
    assert rows[0]["status (input)"] == "gold"
    assert rows[2]["Note"] == "two\nlines"
    assert rows[3]["reason"] == "lost digits to scientific notation"


def test_cells_that_a_spreadsheet_would_run_are_escaped(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    file.write_text(TEXT + "=HYPERLINK(1);+12025550103;;@x\n", "utf-8")
    shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    for row in rows_of(report):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    assert rows_of(report)[0]["Note"] == "'=1+1"
    assert [row.given for row in NumbersFile(str(report), None)][:2] == ["12025550101", "12025550102"]  # it can go in


def test_a_report_can_be_json_lines_or_a_workbook(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    entries = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert entries[0]["Note"] == "=1+1"
    assert [entry["status"] for entry in entries] == ["accepted", "accepted", "duplicate", "invalid"]
    assert entries[0]["line"] == 3
    book = tmp_path / "report.xlsx"
    shell.run("unlink-numbers", file, *CAMPAIGN, "--report", book)
    read = list(NumbersFile(str(book)))
    assert [row.given for row in read][:2] == ["12025550101", "12025550102"]
    assert read[0].cells[3] == "=1+1"


def test_a_report_is_readable_by_its_owner_only(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.tmp"))


@pytest.mark.parametrize("how", ["same", "relative", "symlink", "hard link", "of the link"])
@pytest.mark.parametrize("force", [False, True])
def test_a_report_never_replaces_the_input(
    how: str, force: bool, file: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, report = file, tmp_path / "other.csv"
    match how:
        case "same":
            report = file
        case "relative":
            monkeypatch.chdir(tmp_path)
            report = Path("sub/../customers.csv")
            (tmp_path / "sub").mkdir()
        case "symlink":
            report.symlink_to(file)
        case "hard link":
            os.link(file, report)
        case "of the link":
            given, report = report, file
            given.symlink_to(file)
    options = ["--force"] if force else []
    result = shell.run("link-numbers", given, *CAMPAIGN, "--report", report, *options)
    assert result.exit_code == 2
    assert "is FILE, which would be lost" in result.stderr
    assert file.read_text("utf-8") == TEXT
    assert shell.requests == 0


@pytest.mark.parametrize("suffix", ["", "-wal", "-lock"])
def test_a_report_never_replaces_the_journal(suffix: str, file: Path, shell: Shell, tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    result = shell.run(
        "link-numbers", file, *CAMPAIGN, "--journal", journal, "--report", f"{journal}{suffix}", "--force"
    )
    assert result.exit_code == 2
    assert "is the journal" in result.stderr
    assert shell.requests == 0


def test_a_file_is_replaced_with_force_only(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("mine", "utf-8")
    result = shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    assert result.exit_code == 2
    assert "exists already. Give it another name, or --force to replace it" in " ".join(result.stderr.split())
    assert report.read_text("utf-8") == "mine"
    assert shell.requests == 0
    assert shell.run("link-numbers", file, *CAMPAIGN, "--report", report, "--force").exit_code == 1
    assert len(rows_of(report)) == 4


def test_the_same_command_replaces_its_own_report_unless_somebody_has_changed_it(
    file: Path, shell: Shell, tmp_path: Path
) -> None:
    report, journal = tmp_path / "report.csv", tmp_path / "links.db"
    command = ("link-numbers", file, *CAMPAIGN, "--report", report, "--journal", journal)
    assert shell.run(*command).exit_code == 1
    assert shell.run(*command).exit_code == 1
    assert len(rows_of(report)) == 4
    report.write_text(report.read_text("utf-8") + "a note of mine\n", "utf-8")
    assert shell.run(*command).exit_code == 2
    assert "a note of mine" in report.read_text("utf-8")


def test_a_run_that_cannot_begin_leaves_no_report(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    text = 'number\n12025550101\n"12025550102\n'
    file.write_text(text, "utf-8")
    result = shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    assert result.exit_code == 2
    assert "line 3: a quoted field begins here and is not closed" in " ".join(result.stderr.split())
    assert "nothing was sent" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "private.key"]
    assert shell.requests == 0


def test_a_journal_of_another_run_makes_no_report(file: Path, shell: Shell, tmp_path: Path) -> None:
    journal, report = tmp_path / "links.db", tmp_path / "report.csv"
    shell.run("link-numbers", file, *CAMPAIGN, "--journal", journal)
    result = shell.run("unlink-numbers", file, *CAMPAIGN, "--journal", journal, "--report", report)
    assert result.exit_code == 2
    assert "is the journal of another run" in " ".join(result.stderr.split())
    assert not report.exists()


def test_the_report_of_a_pipe_has_its_rows_too(shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    shell.run("link-numbers", "-", *CAMPAIGN, "--report", report, stdin=TEXT)
    assert [(row["line"], row["Name"], row["status"]) for row in rows_of(report)] == [
        ("3", "Ada", "accepted"),
        ("4", "Bob", "accepted"),
        ("5", "Eve", "duplicate"),
        ("7", "Dan", "invalid"),
    ]


def test_the_rows_of_json_keep_their_members(shell: Shell, tmp_path: Path) -> None:
    file, report = tmp_path / "n.jsonl", tmp_path / "report.csv"
    file.write_text('{"id": 7, "msisdn": "2025550101"}\n{"id": 8, "msisdn": null}\n', "utf-8")
    shell.run("link-numbers", file, *CAMPAIGN, "--report", report)
    assert [(row["line"], row["id"], row["status"]) for row in rows_of(report)] == [
        ("1", "7", "accepted"),
        ("2", "8", "invalid"),
    ]
