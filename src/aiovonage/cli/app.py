"""The commands."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from aiovonage._version import __version__
from aiovonage.bulk import CONCURRENCY
from aiovonage.cli.exits import Exit, fail
from aiovonage.cli.linking import Output, follow
from aiovonage.cli.numbers_file import NumbersFile
from aiovonage.client import Vonage
from aiovonage.core.errors import ConfigurationError, VonageError
from aiovonage.core.throttle import Throttle

F = TypeVar("F", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aiovonage")
def app() -> None:
    """Provision numbers at Vonage: link them to campaigns, by the hundred thousand.

    Exit codes: 0 all is well, 1 some numbers failed, 2 wrong usage, 3 the run was stopped.
    """


def client_options(command: F) -> F:
    """The options of every command that talks to Vonage."""
    options = [
        click.option(
            "--api-key", envvar="VONAGE_API_KEY", help="The account's API key [VONAGE_API_KEY].", show_envvar=False
        ),
        click.option("--base-url", envvar="VONAGE_BASE_URL", help="Another host for all APIs, such as the sandbox's."),
        click.option(
            "--timeout", type=float, default=30.0, show_default=True, help="Seconds for one attempt of a request."
        ),
        click.option("--debug", is_flag=True, help="Log every request, and show tracebacks."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """The options of every job over numbers."""
    options = [
        click.option(
            "--journal", type=click.Path(dir_okay=False, path_type=Path), help="A file that makes the run resumable."
        ),
        click.option(
            "--report", type=click.Path(dir_okay=False, path_type=Path), help="Every outcome, as .csv or .jsonl."
        ),
        click.option("--column", help="The column (or JSON member) that holds the numbers."),
        click.option(
            "--concurrency", type=click.IntRange(1), default=CONCURRENCY, show_default=True, help="Requests at once."
        ),
        click.option(
            "--rate", type=click.FloatRange(0, min_open=True), help="Requests a second. Default: found by itself."
        ),
        click.option("--quiet", "-q", is_flag=True, help="Show nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def errors_are_lines(command: F) -> F:
    """An error of ours is one line with a hint, never a traceback (unless asked for with --debug)."""

    @functools.wraps(command)
    def wrapped(*args: Any, debug: bool = False, **options: Any) -> Any:
        if debug:
            logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s: %(message)s")
            logging.getLogger("httpcore").setLevel(logging.INFO)
        try:
            return command(*args, **options)
        except ConfigurationError as error:
            fail(error, debug=debug, code=Exit.USAGE)
        except VonageError as error:
            fail(error, debug=debug)
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit(Exit.STOPPED)

    return wrapped  # type: ignore[return-value]


@app.command("link-numbers")
@click.argument("numbers", metavar="FILE")
@click.option("--brand", "brand_id", required=True, help="The brand of the campaign.")
@click.option("--campaign", "campaign_id", required=True, help="The campaign.")
@click.option("--country", default="US", show_default=True, help="The country of the numbers, as two letters.")
@run_options
@client_options
@errors_are_lines
def link_numbers(
    numbers: str,
    *,
    brand_id: str,
    campaign_id: str,
    country: str,
    journal: Path | None,
    report: Path | None,
    column: str | None,
    concurrency: int,
    rate: float | None,
    quiet: bool,
    as_json: bool,
    api_key: str | None,
    base_url: str | None,
    timeout: float,
) -> None:
    """Link the numbers of FILE (CSV or JSON Lines; - for standard input) to a 10DLC campaign.

    The API secret is taken from VONAGE_API_SECRET.
    """
    source = NumbersFile(numbers, column)
    output = Output(
        console=Console(stderr=True), total=source.count(), report=report, journal=journal, quiet=quiet, as_json=as_json
    )

    async def main() -> Exit:
        throttle = Throttle(rate=rate)
        async with Vonage(api_key=api_key, base_url=base_url, timeout=timeout, throttle=throttle) as vonage:
            run = vonage.bulk.link_numbers(
                brand_id, campaign_id, source, country=country, concurrency=concurrency, journal=journal
            )
            return await follow(run, throttle, output)

    sys.exit(asyncio.run(main()))


@app.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any that is free.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second before it answers 429.")
@click.option("--burst", type=click.IntRange(1), help="Requests that may come at once before it answers 429.")
@click.option(
    "--retry-after", type=click.IntRange(0), default=1, show_default=True, help="Seconds that a 429 asks for."
)
@click.option("--latency", type=click.FloatRange(0), default=0.0, help="Seconds before each answer.")
@click.option("--error-rate", type=click.FloatRange(0, 1), default=0.0, help="Share of requests that fail with a 5xx.")
@click.option(
    "--dropped", type=click.FloatRange(0, 1), default=0.0, help="Share of connections cut before the request is done."
)
@click.option("--lost", type=click.FloatRange(0, 1), default=0.0, help="Share of requests done, but never answered.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the faults, so that a run can be repeated.")
def sandbox(
    *,
    host: str,
    port: int,
    rate: float | None,
    burst: int | None,
    retry_after: int,
    latency: float,
    error_rate: float,
    dropped: float,
    lost: float,
    seed: int,
) -> None:
    """Run the sandbox: a stateful stand-in of all APIs, on this machine. Needs the extra `sandbox`."""
    try:
        from aiovonage.sandbox import Faults, Sandbox
    except ModuleNotFoundError as error:
        raise click.UsageError(f"the sandbox needs {error.name}: pip install 'aiovonage[sandbox]'") from None
    faults = Faults(latency=latency, error_rate=error_rate, dropped_connections=dropped, lost_responses=lost, seed=seed)

    async def main() -> None:
        async with Sandbox(
            host=host, port=port, rate=rate, burst=burst, retry_after=retry_after, faults=faults
        ) as running:
            click.echo(f"export VONAGE_BASE_URL={running.url}")
            click.echo(f"export VONAGE_API_KEY={running.api_key} VONAGE_API_SECRET={running.api_secret}")
            sys.stdout.flush()
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())


@app.command("demo")
@click.option(
    "--numbers", "count", type=click.IntRange(1), default=5000, show_default=True, help="How many numbers to link."
)
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=250.0, show_default=True, help="The sandbox's limit."
)
@click.option(
    "--faults", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Share of requests that go wrong."
)
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@click.option("--debug", is_flag=True, help="Log every request, and show tracebacks.")
@errors_are_lines
def demo(*, count: int, rate: float, faults: float, folder: Path) -> None:
    """Link thousands of numbers in the sandbox, through a rate limit and faults."""
    from aiovonage.cli.demo import run_demo

    sys.exit(run_demo(Console(stderr=True), count=count, rate=rate, faults=faults, folder=folder))
