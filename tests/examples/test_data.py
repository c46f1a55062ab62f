"""The file of the examples, which is like those that customers send."""

from __future__ import annotations

import copy
import csv
from collections import Counter
from pathlib import Path

import pytest

from aiovonage.cli.files.numbers_file import NumbersFile
from tests.cli.conftest import Shell, run, shell, without_faults  # noqa: F401 - fixtures
from tests.docs.blocks import ROOT

FILE = ROOT / "examples" / "data" / "customers.csv"
ADDED = ("CQ7M2XA", "CZB4K9T")


def test_it_is_understood() -> None:
    file = NumbersFile(str(FILE))
    file.check()
    assert str(file.understanding) == "CSV, semicolons, UTF-8, column 'Phone Number', header in line 4"
    assert file.rows == 18
    assert file.left_out == [25]


def test_its_dry_run_says_what_would_not_be_sent() -> None:
    result = run("link-numbers", FILE, "--dry-run")
    assert result.exit_code == 1
    for words in (
        "11  would be sent",
        "lost digits to scientific notation: line 13",
        "has an extension: line 16",
        "not a phone number: line 19",
        "the row has no campaign_id: line 21",
        "a number of the country code 44, not a US number: line 23",
        "2  duplicate: '12025550102' (line 12), '12025550101' (line 20)",
    ):
        assert words in result.stdout


@pytest.mark.usefixtures("quick_follow")
def test_its_numbers_are_linked_to_the_campaigns_of_their_rows(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    state = shell.sandbox.state
    for campaign_id in ADDED:
        campaign = copy.deepcopy(state.campaigns["C1DEB879"])
        campaign.data["campaign_id"] = campaign_id
        state.campaigns[campaign_id] = campaign
        state.brands["BLQKOPK"].campaigns.append(campaign_id)
    report = tmp_path / "report.csv"
    result = shell.run("link-numbers", FILE, "--until", "approved", "--patience", "60", "--report", report)
    assert result.exit_code == 1, result.output
    with report.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert Counter(row["status"] for row in rows) == {"linked": 11, "duplicate": 2, "invalid": 5}
    assert [row["Branch"] for row in rows if row["status"] == "invalid"] == [
        "Fargo",
        "Irvine",
        "Memphis",
        "Omaha",
        "Tulsa",
    ]
    linked = Counter(row["campaign_id"] for row in rows if row["status"] == "linked")
    assert linked == {"C1DEB879": 4, "CQ7M2XA": 4, "CZB4K9T": 3}
    assert len(state.numbers) == 11
