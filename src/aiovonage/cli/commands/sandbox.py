"""`aiovonage sandbox`."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
import tempfile
from pathlib import Path

import click

from aiovonage.cli.exits import errors_are_lines

Seconds = float | tuple[float, float]


class _SecondsType(click.ParamType):  # type: ignore[type-arg]  # generic in new versions only
    """A number of seconds, or the least and the most of them: `0.5-4`."""

    name = "seconds"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Seconds:
        if isinstance(value, float | tuple):
            return value
        try:
            found = [float(part) for part in str(value).split("-", 1)]
        except ValueError:
            found = []
        if not found or any(not 0 <= part < float("inf") for part in found) or found != sorted(found):
            self.fail(f"{value!r} must be seconds, as 2, or the least and the most of them, as 0.5-4", param, ctx)
        return found[0] if len(found) == 1 else (found[0], found[1])


SECONDS = _SecondsType()
SHARE = click.FloatRange(0, 1)


@click.command("sandbox", short_help="Run the sandbox, a stand-in of all APIs.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any that is free.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Requests a second before it answers 429.")
@click.option("--burst", type=click.IntRange(1), help="Requests that may come at once before it answers 429.")
@click.option(
    "--retry-after", type=click.IntRange(0), default=1, show_default=True, help="Seconds that a 429 asks for."
)
@click.option(
    "--latency", type=SECONDS, default=0.0, help="Seconds before each answer, or the least and the most: 0.1-0.5."
)
@click.option("--error-rate", type=SHARE, default=0.0, help="Share of requests that fail with a 5xx.")
@click.option("--dropped", type=SHARE, default=0.0, help="Share of connections cut before the request is done.")
@click.option("--lost", type=SHARE, default=0.0, help="Share of requests done, but never answered.")
@click.option("--throttled", type=SHARE, default=0.0, help="Share of requests that get a 429 anyway.")
@click.option("--partial", type=SHARE, default=0.0, help="Share of a batch's items that are refused.")
@click.option("--intermediary", type=SHARE, default=0.0, help="Share of requests that a gateway answers instead.")
@click.option("--carrier-delay", type=SECONDS, default=0.0, help="Seconds until the carriers decide on a link: 0.5-4.")
@click.option("--carrier-reject", type=SHARE, default=0.0, help="Share of links that the carriers reject.")
@click.option("--carrier-never", type=SHARE, default=0.0, help="Share of links that the carriers never decide.")
@click.option(
    "--carrier-words",
    type=click.Choice(["document", "live"]),
    default="document",
    show_default=True,
    help="The words for a number's status: PENDING, APPROVED as documented, or LINKING, LINKED as live.",
)
@click.option("--unlink-delay", type=SECONDS, default=0.0, help="Seconds that unlinking takes.")
@click.option("--visible-after", type=click.FloatRange(0), default=0.0, help="Seconds until a link shows in GETs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the faults, so that a run can be repeated.")
@errors_are_lines
def sandbox(
    *,
    host: str,
    port: int,
    rate: float | None,
    burst: int | None,
    retry_after: int,
    latency: Seconds,
    error_rate: float,
    dropped: float,
    lost: float,
    throttled: float,
    partial: float,
    intermediary: float,
    carrier_delay: Seconds,
    carrier_reject: float,
    carrier_never: float,
    carrier_words: str,
    unlink_delay: Seconds,
    visible_after: float,
    seed: int,
) -> None:
    """Run the sandbox: a stateful stand-in of all APIs, on this machine. Needs the extra `sandbox`.

    It prints the settings that a client of it needs, and runs until Ctrl-C.
    """
    try:
        from aiovonage.sandbox import Carriers, Faults, Sandbox
    except ModuleNotFoundError as error:
        raise click.UsageError(f"the sandbox needs {error.name}: pip install 'aiovonage[sandbox]'") from None
    faults = Faults(
        latency=latency,
        error_rate=error_rate,
        dropped_connections=dropped,
        lost_responses=lost,
        throttled=throttled,
        partial_failures=partial,
        intermediary=intermediary,
        seed=seed,
    )
    try:
        carriers = Carriers(
            delay=carrier_delay,
            reject=carrier_reject,
            never=carrier_never,
            words=carrier_words,  # type: ignore[arg-type]  # click has checked it
            unlink_delay=unlink_delay,
            seed=seed,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None

    async def serve(folder: Path) -> None:
        stopped = asyncio.Event()
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers of loops
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        async with Sandbox(
            host=host,
            port=port,
            rate=rate,
            burst=burst,
            retry_after=retry_after,
            faults=faults,
            carriers=carriers,
            visible_after=visible_after,
        ) as running:
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
