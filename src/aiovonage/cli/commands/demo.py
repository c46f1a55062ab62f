"""`aiovonage demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from aiovonage.cli.exits import report_errors


@click.command("demo", short_help="Link 5,000 numbers in the sandbox.")
@click.option(
    "--numbers", "count", type=click.IntRange(1), default=5000, show_default=True, help="How many numbers to link."
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=250.0,
    show_default=True,
    help="The rate limit.",
)
@click.option(
    "--faults", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="The share of requests that fail."
)
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True)
@report_errors
def demo(*, count: int, rate: float, faults: float, folder: Path) -> None:
    """Link thousands of numbers in the sandbox, through a rate limit and faults."""
    from aiovonage.cli.demo.demo import run_demo

    sys.exit(run_demo(Console(stderr=True), count=count, rate=rate, faults=faults, folder=folder))
