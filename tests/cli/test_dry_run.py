"""The dry run: what people trust before they send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import run

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879", "--dry-run")

TEXT = """Customers;
Name;Phone Number
Ada;(202) 555-0101
Bob;12025550102.0
Eve;2025550101
Dan;1.20256E+10
Fay;1.20257E+10
Gus;+44 20 7946 0958
Total;6
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(TEXT, "utf-8")
    return path


def test_what_would_not_be_sent_is_listed_by_reason_with_lines(file: Path) -> None:
    result = run("link-numbers", file, *CAMPAIGN)
    assert result.exit_code == 1
    shown = result.stdout
    assert "2  would be sent" in shown
    assert "3  invalid: '1.20256E+10' (line 6), '1.20257E+10' (line 7), '+44 20 7946 0958' (line 8)" in shown
    assert "2  lost digits to scientific notation: lines 6, 7" in shown
    assert "1  a number of the country code 44, not a US number: line 8" in shown
    assert "1  duplicate: '12025550101' (line 5)" in shown


def test_how_national_numbers_were_read_is_shown(file: Path) -> None:
    shown = run("link-numbers", file, *CAMPAIGN).stdout
    assert "1  without their country code: (202) 555-0101 in line 3 is read as 12025550101" in shown


def test_how_the_file_was_read_is_told_in_one_line(file: Path) -> None:
    (line,) = run("link-numbers", file, *CAMPAIGN).stderr.splitlines()
    assert line == (
        f"{file}: CSV, semicolons, UTF-8, column 'Phone Number', header in line 2, without the total in line 9"
    )


def test_as_json_it_has_every_row(file: Path) -> None:
    said = json.loads(run("link-numbers", file, *CAMPAIGN, "--json").stdout)
    assert said["invalid"] == ["1.20256E+10", "1.20257E+10", "+44 20 7946 0958"]
    assert [row["line"] for row in said["invalid_rows"]] == [6, 7, 8]
    assert (said["duplicate"], said["duplicate_lines"], said["left_out_lines"]) == (["12025550101"], [5], [9])
    assert (said["numbers"], said["send"], said["national"]) == (6, 2, 1)
    assert said["input"].startswith("CSV, semicolons")


def test_engagements_take_international_numbers_unless_a_country_is_named(file: Path) -> None:
    engagement = ("--engagement", "C1DEB879", "--dry-run", "--json")
    said = json.loads(run("add-numbers", file, *engagement).stdout)
    assert (said["send"], len(said["invalid"])) == (2, 4)
    said = json.loads(run("add-numbers", file, *engagement, "--country", "us").stdout)
    assert (said["send"], len(said["duplicate"])) == (2, 1)
    assert run("add-numbers", file, *engagement, "--country", "usa").exit_code == 2


@pytest.mark.parametrize("value", ["ab", '"', ""])
def test_a_delimiter_is_one_character(value: str, file: Path) -> None:
    result = run("link-numbers", file, *CAMPAIGN, "--delimiter", value)
    assert result.exit_code == 2
    assert "give one character, or comma, semicolon, tab or pipe" in result.stderr


def test_options_of_reading_are_passed_on(file: Path) -> None:
    options = ("--delimiter", "semicolon", "--column", "2", "--header-line", "2", "--encoding", "utf-8")
    assert "2  would be sent" in run("link-numbers", file, *CAMPAIGN, *options).stdout


def test_an_error_in_the_file_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_bytes(b"number,name\n12025550101,Zo\xeb\n")
    result = run("link-numbers", path, *CAMPAIGN)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"error: {path}, line 2: the byte 0xeb is not UTF-8. If the file comes from Excel on Windows, add --encoding "
        "cp1252, or save it as CSV UTF-8",
        "hint: nothing was sent",
    ]
    assert "1  would be sent" in run("link-numbers", path, *CAMPAIGN, "--encoding", "cp1252").stdout
