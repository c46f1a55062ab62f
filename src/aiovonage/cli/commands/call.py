"""`aiovonage call`."""

from __future__ import annotations

import json
import sys
from typing import Any

import attrs
import click

from aiovonage._core.codec.codec import encode
from aiovonage._core.operation import Operation
from aiovonage._core.partial import PartialResult
from aiovonage.cli import event_loop
from aiovonage.cli.call.arguments import Arguments, read_arguments
from aiovonage.cli.call.completion import complete_operation, complete_pair
from aiovonage.cli.call.lookup import find
from aiovonage.cli.call.text_input import text_input
from aiovonage.cli.call.values import read_json
from aiovonage.cli.client_options import ClientOptions, client_options
from aiovonage.cli.exits import Exit, report_errors


@click.command("call", short_help="Call any operation, and print its answer.")
@click.argument("operation", metavar="NAMESPACE.METHOD", shell_complete=complete_operation)
@click.argument("pairs", metavar="[NAME=VALUE]...", nargs=-1, shell_complete=complete_pair)
@click.option("--body", metavar="FILE", help="The body, as JSON; - for standard input.")
@click.option("--all", "every", is_flag=True, help="All items of a list, from all of its pages, as JSON Lines.")
@client_options
@report_errors
def call(operation: str, pairs: tuple[str, ...], *, body: str | None, every: bool, client: ClientOptions) -> None:
    """Call any operation, and print its answer as JSON.

    \b
        aiovonage call ten_dlc.list_brands page_size=5
        aiovonage call ten_dlc.list_brands --all
        aiovonage call users.create_user name=ada display_name="Ada L."
        aiovonage call users.create_user --body user.json

    NAME is a parameter, or a member of the body by its name on the wire. A list is written as NAME=a,b or with its name
    repeated; an object as JSON; NAME:=JSON sends just that JSON. `aiovonage operations NAMESPACE.METHOD` says what an
    operation takes.

    A list gives its first page as it came; with --all one item to a line, and as many requests as it has pages. Where
    an answer speaks of each item of a request, the exit code is 1 unless all of them succeeded.
    """
    found = find(operation)
    if every and found.pagination is None:
        raise click.UsageError(f"{found.id} is not a list: leave --all out")
    arguments = read_arguments(found, pairs, _body_of(body))
    for pointer in arguments.unknown:
        click.echo(f"warning: the spec has no {pointer} in this body; it is sent as it stands", err=True)
    sys.exit(event_loop.run(_call(found, arguments, client, every=every)))


async def _call(operation: Operation[Any], arguments: Arguments, client: ClientOptions, *, every: bool) -> Exit:
    async with client.open() as vonage:
        method = getattr(getattr(vonage, operation.namespace), operation.name)
        answer = method(*arguments.positional, **arguments.keywords)
        if every:
            async for item in answer:
                click.echo(json.dumps(encode(item), ensure_ascii=False))
            return Exit.OK
        result = await answer
    if result is not None:
        click.echo(json.dumps(_shown(result), ensure_ascii=False, indent=2))
    return Exit.SOME_FAILED if isinstance(result, PartialResult) and not result.ok else Exit.OK


def _shown(result: Any) -> Any:
    """The answer's JSON; of an answer that speaks of each item what it says, which its body need not spell out."""
    return attrs.asdict(result) if isinstance(result, PartialResult) else encode(result)


def _body_of(path: str | None) -> Any:
    if path is None:
        return None
    with text_input(path) as file:
        text = file.read()
    value = read_json("the body", text)
    if value is None:
        raise click.UsageError("the body is null")
    return value
