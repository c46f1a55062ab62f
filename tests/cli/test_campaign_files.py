"""Files whose rows have campaigns of their own, checks, synchronisation, and looking into a journal."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aiovonage.sandbox.state import CAMPAIGN as HELD
from tests.cli.conftest import Shell, run

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(
        "Phone;Brand ID;Campaign ID\n"
        "2025550101;BLQKOPK;C1DEB879\n2025550102;BLQKOPK;CNOSUCH1\n2025550103;BLQKOPK;\nx;BLQKOPK;C1DEB879\n",
        "utf-8",
    )
    return path


def test_each_row_goes_to_its_own_campaign(file: Path, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    result = shell.run("link-numbers", file, "--report", report, "--json")
    assert result.exit_code == 1, result.output
    counts = json.loads(result.stdout)
    assert (counts["accepted"], counts["rejected"], counts["invalid"], counts["total"]) == (1, 1, 2, 4)
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(row["line"], row["campaign_id"], row["status"]) for row in rows] == [
        ("2", "C1DEB879", "accepted"),
        ("3", "CNOSUCH1", "rejected"),
        ("4", "", "invalid"),
        ("5", "C1DEB879", "invalid"),
    ]
    assert rows[2]["reason"] == "the row has no campaign_id"
    assert shell.sandbox.state.numbers.keys() == {"12025550101"}


def test_a_dry_run_says_how_many_go_to_each_campaign(file: Path) -> None:
    result = run("link-numbers", file, "--dry-run")
    assert "each row to its own campaign" in result.stderr
    assert "1  to campaign CNOSUCH1 of brand BLQKOPK" in result.stdout
    assert "{brand_id}/campaigns/{campaign_id}/numbers" in result.stdout
    assert "the row has no campaign_id: line 4" in result.stdout


@pytest.mark.parametrize(
    ("header", "options", "message"),
    [
        ("number,brand_id", (), "it has a column brand_id, but no column campaign_id"),
        ("number,campaign_id", (), "it has a column campaign_id, but no column brand_id"),
        ("number,x", (), "its rows do not say where their numbers go. Give --brand and --campaign"),
        ("number,x", ("--brand", "B"), "--campaign is missing"),
        ("number,x", ("--campaign", "C"), "--brand is missing"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_file_that_does_not_say_where_its_numbers_go_is_refused(
    header: str, options: tuple[str, ...], message: str, dry_run: bool, shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "n.csv"
    path.write_text(f"{header}\n12025550101,X\n", "utf-8")
    result = shell.run("link-numbers", path, *options, *(["--dry-run"] if dry_run else []))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert shell.requests == 0


def test_one_campaign_for_all_rows_says_that_the_columns_are_not_used(file: Path) -> None:
    result = run("link-numbers", file, *CAMPAIGN, "--dry-run")
    assert "its column of campaigns is not used since --campaign is given" in result.stderr
    assert "3  would be sent" in result.stdout


@pytest.mark.parametrize("country", ["usa", "", "GB"])
def test_a_country_that_10dlc_does_not_take_is_refused(country: str, file: Path) -> None:
    result = run("link-numbers", file, *CAMPAIGN, "--country", country, "--dry-run")
    assert result.exit_code == 2
    assert "country must be 'US' or 'CA'" in result.stderr
    assert run("link-numbers", file, *CAMPAIGN, "--country", "us", "--dry-run").exit_code == 1


@pytest.mark.usefixtures("quick_follow")
def test_numbers_are_checked_without_a_change(shell: Shell) -> None:
    stdin = "number\n12025550101\n12025550102\n"
    shell.run("link-numbers", "-", *CAMPAIGN, "--until", "approved", stdin="number\n12025550101\n")
    result = shell.run("check-numbers", "-", *CAMPAIGN, "--json", stdin=stdin)
    assert result.exit_code == 1
    counts = json.loads(result.stdout)
    assert (counts["linked"], counts["not_linked"]) == (1, 1)
    assert shell.sandbox.state.numbers.keys() == {"12025550101"}


@pytest.mark.usefixtures("quick_follow")
def test_a_dry_run_against_the_api_says_what_is_linked_already(shell: Shell) -> None:
    shell.run("link-numbers", "-", *CAMPAIGN, "--until", "approved", stdin="number\n12025550101\n")
    stdin = "number\n12025550101\n12025550102\n"
    result = shell.run("link-numbers", "-", *CAMPAIGN, "--dry-run", "--against-api", stdin=stdin)
    assert result.exit_code == 0, result.output
    assert "1  are linked already, and approved" in result.stdout
    assert "1  are not linked to the campaign" in result.stdout
    assert shell.sandbox.state.numbers.keys() == {"12025550101"}
    engagement = ("--engagement", "C1DEB879")
    shell.run("add-numbers", "-", *engagement, stdin="number\n12025550101\n")
    result = shell.run("add-numbers", "-", *engagement, "--dry-run", "--against-api", "--json", stdin=stdin)
    assert json.loads(result.stdout)["against_api"] == {"in the engagement already": 1, "not in the engagement": 1}


def test_a_campaign_is_brought_to_hold_the_numbers_of_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.run("link-numbers", "-", *CAMPAIGN, stdin="number\n12025550101\n12025550109\n")
    stdin = "number\n12025550101\n12025550102\n"
    plan = shell.run("sync-numbers", "-", *CAMPAIGN, "--remove", "--dry-run", stdin=stdin)
    assert plan.exit_code == 0, plan.output
    assert "1  would be linked" in plan.stdout
    assert "1  would be unlinked" in plan.stdout
    assert shell.sandbox.state.numbers.keys() == {"12025550101", "12025550109"}
    report = tmp_path / "report.csv"
    result = shell.run("sync-numbers", "-", *CAMPAIGN, "--remove", "--report", report, stdin=stdin)
    assert result.exit_code == 0, result.output
    assert shell.sandbox.state.numbers.keys() == {"12025550101", "12025550102"}
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert {(row["line"], row["number"], row["status"]) for row in rows} == {
        ("2", "12025550101", "already_linked"),
        ("3", "12025550102", "accepted"),
        ("", "12025550109", "unlinked"),
    }


def test_hipaa_is_sent_with_a_warning(shell: Shell) -> None:
    result = shell.run("link-numbers", "-", *CAMPAIGN, "--hipaa", stdin="number\n12025550101\n")
    assert result.exit_code == 0
    assert (
        f"warning: --hipaa: the first number that is linked decides for ever whether campaign {HELD}" in result.stderr
    )
    assert shell.sandbox.state.campaigns[HELD].hipaa is True


@pytest.mark.usefixtures("quick_follow")
def test_a_long_run_without_a_journal_is_warned_about(shell: Shell, tmp_path: Path) -> None:
    options = ("link-numbers", "-", *CAMPAIGN, "--until", "approved")
    stdin = "number\n12025550101\n"
    warning = "warning: the carriers may take hours. Without --journal"
    assert warning in shell.run(*options, stdin=stdin).stderr
    assert warning not in shell.run(*options, "--journal", tmp_path / "links.db", stdin=stdin).stderr
    assert warning not in shell.run(*options, "--patience", "60", stdin=stdin).stderr


def test_what_failed_or_was_rejected_is_taken_up_again(serve: Callable[..., Shell], tmp_path: Path) -> None:
    shell, journal = serve(), tmp_path / "links.db"
    rows = "number,brand_id,campaign_id\n12025550101,BLQKOPK,C1DEB879\n12025550102,BLQKOPK,CNOSUCH1\n"
    assert shell.run("link-numbers", "-", "--journal", journal, stdin=rows).exit_code == 1
    sent = shell.requests
    assert shell.run("link-numbers", "-", "--journal", journal, stdin=rows).exit_code == 1
    assert shell.requests == sent
    dry = shell.run("link-numbers", "-", "--journal", journal, "--retry", "rejected", "--dry-run", "--json", stdin=rows)
    assert json.loads(dry.stdout)["done_by_status"] == {"accepted": 1}
    again = shell.run("link-numbers", "-", "--journal", journal, "--retry", "failed,rejected", stdin=rows)
    assert again.exit_code == 1
    assert shell.requests > sent


def test_retrying_needs_a_journal_and_a_status_that_can_be_retried(shell: Shell) -> None:
    result = shell.run("link-numbers", "-", *CAMPAIGN, "--retry", "failed", stdin="number\n1\n")
    assert (result.exit_code, "--retry needs --journal" in result.stderr) == (2, True)
    result = shell.run("link-numbers", "-", *CAMPAIGN, "--retry", "linked", "--journal", "x", stdin="number\n1\n")
    assert (result.exit_code, "the statuses are conflict, failed, not_linked, rejected" in result.stderr) == (2, True)


def test_a_journal_is_shown_by_status(file: Path, shell: Shell, tmp_path: Path) -> None:
    journal = tmp_path / "links.db"
    shell.run("link-numbers", file, "--journal", journal)
    shown = run("journal", "show", journal, "--status", "rejected").stdout
    assert shown.startswith("12025550102\trejected\t\tCNOSUCH1\t")
    assert len(shown.splitlines()) == 1
    lines = run("journal", "show", journal, "--json").stdout.splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["accepted", "rejected", "invalid"]
    assert "1  rejected" in run("journal", "show", journal, "--summary").stdout
    result = run("journal", "show", journal, "--status", "nonsense")
    assert (result.exit_code, "nonsense: the statuses are" in result.stderr) == (2, True)
    result = run("journal", "show", tmp_path / "none.db")
    assert (result.exit_code, "there is no such journal" in result.stderr) == (2, True)
