"""`aiovonage sandbox`."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aiovonage.cli.exits import report_errors

if TYPE_CHECKING:
    from aiovonage.sandbox import Sandbox

_SHARE = click.FloatRange(0, 1)


def _seconds(_: click.Context, parameter: click.Parameter, value: str) -> float | tuple[float, ...]:
    """Seconds, or a range of seconds: `2` or `0.5,4`."""
    try:
        given = tuple(float(part) for part in value.split(","))
    except ValueError:
        given = ()
    if len(given) not in {1, 2}:
        wrong = f"{value!r} must be seconds, such as 2, or a range of seconds, such as 0.5,4"
        raise click.BadParameter(wrong, param=parameter)
    return given[0] if len(given) == 1 else given


_SECONDS: dict[str, Any] = {"default": "0", "metavar": "SECONDS|LEAST,MOST", "callback": _seconds}


@click.command("sandbox", short_help="Run the sandbox, a stand-in for all APIs.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any free port.")
@click.option("--api-key", default="abcd1234", show_default=True, help="The API key of its account.")
@click.option("--api-secret", help="Its API secret. Default: a new one each time.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second before it responds with 429.")
@click.option("--burst", type=click.IntRange(1), help="Requests at once before it responds with 429.")
@click.option(
    "--retry-after", type=click.IntRange(0), default=1, show_default=True, help="The Retry-After of a 429, in seconds."
)
@click.option("--carriers-delay", **_SECONDS, help="Seconds until the carriers decide on a link.")
@click.option("--carriers-reject", type=_SHARE, default=0.0, help="Share of links that the carriers reject.")
@click.option("--carriers-never", type=_SHARE, default=0.0, help="Share of links that they never decide.")
@click.option(
    "--carriers-words",
    type=click.Choice(["document", "live"]),
    default="document",
    show_default=True,
    help="The statuses of numbers: PENDING, APPROVED (document), or LINKING, LINKED (live API).",
)
@click.option("--carriers-unlink-delay", **_SECONDS, help="Seconds that unlinking takes.")
@click.option("--visible-after", type=click.FloatRange(0), default=0.0, help="Seconds until reads show a change.")
@click.option(
    "--number-format",
    type=click.Choice(["plain", "plus", "spaces", "int", "object"]),
    default="plain",
    show_default=True,
    help="How lists write numbers.",
)
@click.option("--max-page-size", type=click.IntRange(1), help="The largest page, in items.")
@click.option("--page-size-error", is_flag=True, help="Respond to a larger page_size with a 400 instead of capping it.")
@click.option("--latency", **_SECONDS, help="Seconds before each response.")
@click.option("--error-rate", type=_SHARE, default=0.0, help="Share of requests that fail with a 5xx.")
@click.option(
    "--dropped-connections",
    "--dropped",
    type=_SHARE,
    default=0.0,
    help="Share of requests whose connection is cut before they are carried out.",
)
@click.option(
    "--lost-responses",
    "--lost",
    type=_SHARE,
    default=0.0,
    help="Share of requests that are carried out without a response.",
)
@click.option("--throttled", type=_SHARE, default=0.0, help="Share of requests that get a 429 in any case.")
@click.option(
    "--partial-failures", "--partial", type=_SHARE, default=0.0, help="Share of a batch's items that are refused."
)
@click.option("--intermediary", type=_SHARE, default=0.0, help="Share of requests that a gateway responds to.")
@click.option(
    "--intermediary-kinds",
    help="The gateway's responses, separated by commas: 302, 404-page, 404-json, ... Default: all kinds.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="The seed of faults and carriers, to repeat a run.",
)
@report_errors
def sandbox(**options: Any) -> None:
    """Run the sandbox: a stateful stand-in for all APIs on this machine. Needs the extra `sandbox`.

    It prints the settings for its clients, and runs until Ctrl-C.
    """
    made = _sandbox_of(options)

    async def serve(folder: Path) -> None:
        stopped = asyncio.Event()
        with contextlib.suppress(NotImplementedError):  # not supported by event loops on Windows
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        async with made as running:
            key = folder / "private.key"
            key.write_text(running.private_key, "utf-8")
            click.echo(f"export VONAGE_BASE_URL={running.url}")
            click.echo(f"export VONAGE_API_KEY={running.api_key} VONAGE_API_SECRET={running.api_secret}")
            click.echo(
                f"export VONAGE_APPLICATION_ID={running.application_id} VONAGE_PRIVATE_KEY={shlex.quote(str(key))}"
            )
            sys.stdout.flush()
            await stopped.wait()

    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="aiovonage-") as folder:
        asyncio.run(serve(Path(folder)))


def _sandbox_of(options: dict[str, Any]) -> Sandbox:
    """Make the sandbox. The options have the names of its arguments."""
    try:
        from aiovonage.sandbox import Carriers, Faults, Sandbox
    except ModuleNotFoundError as error:
        raise click.UsageError(f"the sandbox needs {error.name}: pip install 'aiovonage[sandbox]'") from None
    seed, kinds = options.pop("seed"), options.pop("intermediary_kinds")
    faults = {name: options.pop(name) for name in _FAULTS}
    if kinds is not None:
        faults["intermediary_kinds"] = tuple(kind.strip() for kind in kinds.split(","))
    carriers = {name: options.pop(f"carriers_{name}") for name in _CARRIERS}
    try:
        return Sandbox(carriers=Carriers(**carriers, seed=seed), faults=Faults(**faults, seed=seed), **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


_CARRIERS = ("delay", "reject", "never", "words", "unlink_delay")
_FAULTS = (
    "latency",
    "error_rate",
    "dropped_connections",
    "lost_responses",
    "throttled",
    "partial_failures",
    "intermediary",
)
