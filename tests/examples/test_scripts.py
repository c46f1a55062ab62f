"""The examples that run to their end."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from aiovonage.sandbox import Sandbox
from tests.examples.programs import EXAMPLES, run, settings

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")


def write_csv(path: Path, numbers: Iterable[object]) -> Path:
    path.write_text("\n".join(["label,number", *(f"a,{number}" for number in numbers)]), "utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", re.findall(r"`python examples/(.*) --sandbox`", (EXAMPLES / "README.md").read_text())
)
async def test_the_commands_of_the_readme_are_those_of_the_files(command: str, tmp_path: Path) -> None:
    name, *arguments = command.split()
    write_csv(tmp_path / "numbers.csv", [12025550101])
    if name in {"fastapi_service.py", "webhook_receiver.py"}:  # they serve, and have tests of their own
        arguments = ["--help"]
    finished = await run(name, *arguments, "--sandbox", folder=tmp_path)
    assert finished.code == 0, finished.err


def test_the_readme_lists_every_example() -> None:
    listed = set(re.findall(r"\| \[(\w+\.py)\]", (EXAMPLES / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in EXAMPLES.glob("*.py")}


async def test_a_csv_is_linked_and_reported_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    numbers = [*range(12025550000, 12025550120), "nonsense", 12025550000]
    source, report = write_csv(tmp_path / "numbers.csv", numbers), tmp_path / "report.csv"
    async with Sandbox() as sandbox:
        sandbox.state.add_campaign("C2")
        sandbox.state.link("12025550007", "C2")
        for _ in range(2):  # the second run finds all of it in the journal
            finished = await run(
                "link_from_csv.py", source, *CAMPAIGN, env=settings(sandbox), folder=tmp_path, soon=True
            )
            assert finished.code == 1
            assert finished.err.rstrip().endswith(
                "122 numbers: 119 accepted, 1 conflict, 1 invalid, 1 duplicate\x1b[K"
            ), finished.err
            statuses = Counter(row["status"] for row in rows_of(report))
            assert statuses == {"accepted": 119, "conflict": 1, "invalid": 1, "duplicate": 1}
        assert set(sandbox.state.posts.values()) == {1}
    assert {row["number"]: row["problem"] for row in rows_of(report)}["12025550007"].startswith("The number requested")


@pytest.mark.slow
async def test_a_csv_run_that_is_refused_says_so_and_keeps_what_is_pending(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "numbers.csv", [12025550101, 12025550102])
    async with Sandbox() as sandbox:
        wrong = settings(sandbox) | {"VONAGE_API_SECRET": "wrong"}
        finished = await run("link_from_csv.py", source, *CAMPAIGN, env=wrong, folder=tmp_path, soon=True)
        assert finished.code == 3
        assert "stopped: 401" in finished.err
        assert not sandbox.state.numbers
        finished = await run("link_from_csv.py", source, *CAMPAIGN, env=settings(sandbox), folder=tmp_path, soon=True)
        assert finished.code == 0, finished.err
        assert set(sandbox.state.numbers) == {"12025550101", "12025550102"}


async def test_a_csv_without_the_column_is_named(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "numbers.csv", [1])
    finished = await run("link_from_csv.py", source, *CAMPAIGN, "--column", "msisdn", folder=tmp_path)
    assert finished.code == 2
    assert "has no column 'msisdn'" in finished.err


@pytest.mark.slow
async def test_a_campaign_is_registered_with_all_that_it_needs(tmp_path: Path) -> None:
    numbers = ["+12025550101", "+12025550102"]
    async with Sandbox() as sandbox:
        finished = await run("register_campaign.py", *numbers, env=settings(sandbox), folder=tmp_path)
        assert finished.code == 0, finished.err
        (brand_id,) = set(sandbox.state.brands) - {"BLQKOPK"}
        (campaign_id,) = set(sandbox.state.campaigns) - {"C1DEB879"}
        brand, campaign = sandbox.state.brands[brand_id], sandbox.state.campaigns[campaign_id]
        assert brand.data["company_name"] == "Example Deliveries LLC"
        assert [vetting["vetting_class"] for vetting in brand.vettings] == ["STANDARD"]
        assert brand.qualified == {"DELIVERY_NOTIFICATION"}
        assert campaign.brand_id == brand_id
        assert list(campaign.numbers) == ["12025550101", "12025550102"]
        assert "2 numbers: 2 accepted" in finished.out

        more = ["--brand", brand_id, "--campaign", campaign_id]
        finished = await run("register_campaign.py", "12025550103", *more, env=settings(sandbox), folder=tmp_path)
        assert finished.code == 0, finished.err
        assert len(campaign.numbers) == 3
        assert len(sandbox.state.brands) == 2


async def test_a_registration_that_fails_says_why_in_a_line(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        env = settings(sandbox)
        finished = await run("register_campaign.py", "12025550101", "--brand", "BNONE", env=env, folder=tmp_path)
        assert finished.code == 3
        assert "error: 404" in finished.err
        wrong = env | {"VONAGE_API_SECRET": "wrong"}
        finished = await run("register_campaign.py", "12025550101", env=wrong, folder=tmp_path)
        assert finished.code == 3
        assert "error: 401" in finished.err
        assert set(sandbox.state.brands) == {"BLQKOPK"}


async def test_the_inventory_holds_every_sender_of_every_page(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        state = sandbox.state
        waba, number = next(iter(state.whatsapp.wabas.values())), next(iter(state.whatsapp.numbers.values()))
        for index in range(230):
            state.whatsapp.wabas[f"9{index:05}"] = {**waba, "waba_id": f"9{index:05}"}
            digits = str(14155550000 + index)
            state.whatsapp.numbers[digits] = {**number, "phone_number": digits, "waba_id": f"9{index:05}"}
        for index in range(120):  # two pages of numbers in one account
            digits = str(14165550000 + index)
            state.whatsapp.numbers[digits] = {**number, "phone_number": digits, "waba_id": "900000"}
        finished = await run("whatsapp_inventory.py", "--csv", "s.csv", env=settings(sandbox), folder=tmp_path)
        assert finished.code == 0, finished.err
        rows = rows_of(tmp_path / "s.csv")
        assert Counter(row["number"] for row in rows) == Counter(state.whatsapp.numbers.keys())
        assert {row["number"]: row["account"] for row in rows} == {
            digits: data["waba_id"] for digits, data in state.whatsapp.numbers.items()
        }


@pytest.mark.slow
async def test_the_inventory_may_be_a_table(tmp_path: Path) -> None:
    finished = await run("whatsapp_inventory.py", "--sandbox", folder=tmp_path)
    assert finished.code == 0, finished.err
    assert "6 senders" in finished.err
    assert "verified name" in finished.out


async def test_the_inventory_of_a_wrong_account_is_an_error_in_a_line(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        wrong = settings(sandbox) | {"VONAGE_API_SECRET": "wrong"}
        finished = await run("whatsapp_inventory.py", env=wrong, folder=tmp_path)
    assert finished.code == 3
    assert finished.err.startswith("error: 401")
