"""The demo: the sandbox in a separate process, a file like those of customers, and a run over a real socket."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from aiovonage._client import Vonage
from aiovonage.cli import event_loop
from aiovonage.cli.demo.numbers import write_customer_file
from aiovonage.cli.exits import Exit
from aiovonage.cli.files.addressing import Addressing
from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.report.report import Report
from aiovonage.cli.run.feed import Feed
from aiovonage.cli.run.follow import Output, follow
from aiovonage.errors import ConfigurationError

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
"""The brand and the campaign of a new sandbox."""

PATIENCE = 60.0
"""Seconds for which numbers are followed. The sandbox's carriers take up to 4."""


def run_demo(console: Console, *, count: int, rate: float, faults: float, folder: Path) -> Exit:
    """Make the file, start the sandbox, and link the numbers until the carriers have decided.

    Args:
        console: The console for progress and summary.
        count: The number of numbers.
        rate: The sandbox's rate limit, in requests a second.
        faults: The share of requests that fail.
        folder: The folder of the file, the journal and the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, journal, report = folder / "customers.csv", folder / "links.db", folder / "report.csv"
    for suffix in ("", "-wal", "-shm", "-lock"):
        Path(f"{journal}{suffix}").unlink(missing_ok=True)
    with _sandbox(rate, faults) as settings:
        campaigns = [CAMPAIGN, *event_loop.run(_more_campaigns(settings))]
        write_customer_file(file, count, BRAND, campaigns)
        feed = Feed(NumbersFile(str(file)), Addressing(target=None))
        feed.check()
        console.print(
            f"sandbox    {settings['VONAGE_BASE_URL']}: {rate:g} requests/s, {faults:.0%} faults; its carriers take "
            "up to 4 s and refuse 5%",
            highlight=False,
        )
        console.print(f"file       {file}: {feed.file.understanding}, each row to its own campaign", highlight=False)
        console.print(f"campaigns  {', '.join(campaigns)} of brand {BRAND}\n", highlight=False)
        code, requests = event_loop.run(_link(feed, settings, journal, console))
    written = Report(report)
    try:
        written.write(feed.file, feed.addressing, feed.file.understanding, journal)
    finally:
        written.discard()
    console.print(f"\nrequests  {requests:,}, {requests / count:.2f} for each number", highlight=False)
    console.print(f"report    {report}\njournal   {journal}", highlight=False)
    return code


async def _link(feed: Feed, settings: Mapping[str, str], journal: Path, console: Console) -> tuple[Exit, int]:
    """Link the rows of the file. Returns the exit code and the number of requests."""
    requests = 0

    def count(_: object) -> None:
        nonlocal requests
        requests += 1

    async with _client(settings, on_request=count) as vonage:
        entries: Any = feed.entries()
        run = vonage.bulk.link(entries, journal=journal, until="approved", patience=PATIENCE)
        code = await follow(run, vonage.throttle, Output(console=console, total=feed.file.rows, journal=journal))
        return code, requests


async def _more_campaigns(settings: Mapping[str, str]) -> list[str]:
    """Create two more campaigns, as a customer would. Returns their ids."""
    from aiovonage.api.ten_dlc.models import CreateCampaign

    made = []
    async with _client(settings) as vonage:
        for usecase in ("MARKETING", "CUSTOMER_CARE"):
            await vonage.ten_dlc.check_use_case(BRAND, usecase)
            campaign = await vonage.ten_dlc.create_campaign(
                BRAND,
                CreateCampaign(
                    account_id=settings["VONAGE_API_KEY"],
                    usecase=usecase,
                    description=f"Messages to the customers of our branches ({usecase.lower()})",
                    subscriber_opt_in=True,
                    subscriber_opt_out=True,
                    subscriber_help=True,
                    vertical="RETAIL",
                ),
            )
            made.append(str(campaign.campaign_id))
    return made


def _client(settings: Mapping[str, str], on_request: Callable[[object], None] | None = None) -> Vonage:
    return Vonage(
        api_key=settings["VONAGE_API_KEY"],
        api_secret=settings["VONAGE_API_SECRET"],
        base_url=settings["VONAGE_BASE_URL"],
        trust_env=False,  # the sandbox is on this machine
        on_request=on_request,
    )


@contextlib.contextmanager
def _sandbox(rate: float, faults: float) -> Iterator[dict[str, str]]:
    """Run the sandbox in a separate process. Yields the settings that it prints."""
    shares = {"--error-rate": faults / 4, "--dropped": faults / 4, "--lost": faults / 2}
    options = [text for name, share in shares.items() for text in (name, f"{share}")]
    options += ["--carriers-delay", "0.5,4", "--carriers-reject", "0.05", "--visible-after", "1"]
    command = [sys.executable, "-m", "aiovonage.cli", "sandbox", "--port", "0", "--rate", f"{rate}", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        words = [word for _ in range(2) for word in process.stdout.readline().split()[1:]]
        if len(words) != 3:
            raise ConfigurationError(
                "the sandbox did not start; its extra is needed: pip install 'aiovonage[cli,sandbox]'"
            )
        yield dict(word.split("=", 1) for word in words)
    finally:
        process.terminate()
        process.wait(timeout=10)
