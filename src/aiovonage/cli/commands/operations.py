"""`aiovonage operations`."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aiovonage._core.operation import Operation
from aiovonage.cli.call.body_members import body_members, bracketed
from aiovonage.cli.call.completion import complete_operation
from aiovonage.cli.call.example import example
from aiovonage.cli.call.lookup import find, listed
from aiovonage.cli.call.values import type_words, values_of
from aiovonage.cli.exits import report_errors


@click.command("operations", short_help="List the operations that can be called.")
@click.argument("name", metavar="[NAMESPACE[.METHOD]]", required=False, shell_complete=complete_operation)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@report_errors
def operations(name: str | None, *, as_json: bool) -> None:
    """List the operations that `aiovonage call` can send.

    A NAMESPACE lists its own, and NAMESPACE.METHOD shows one with all that it takes. Parameters in brackets are
    optional. Without a terminal it prints lines with tabs: name, parameters, summary.
    """
    single = find(name) if name is not None and "." in name else None
    found = [single] if single is not None else list(listed(name).values())
    if as_json:
        shown = [_as_json(operation) for operation in found]
        click.echo(json.dumps(shown[0] if single is not None else shown, indent=2, ensure_ascii=False))
    elif single is not None:
        _show_one(single)
    else:
        _show_table(found)


def _show_table(found: list[Operation[Any]]) -> None:
    console = Console()
    if not console.is_terminal:
        for operation in found:
            click.echo(f"{operation.id}\t{_parameters(operation)}\t{operation.summary}")
        return
    table = Table("operation", "parameters", "", box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = True
    for operation in found:
        table.add_row(f"[cyan]{operation.id}", escape(_parameters(operation)), escape(operation.summary))
    console.print(table)


def _show_one(operation: Operation[Any]) -> None:
    click.echo(f"{operation.id}: {operation.method} {operation.host}{operation.path_template}")
    click.echo(f"\n{operation.summary}")
    if operation.description:
        click.echo(f"\n{textwrap.fill(operation.description, 118)}")
    if operation.parameters:
        click.echo("\nParameters:")
    for parameter in operation.parameters:
        need = ", required" if parameter.required else ""
        click.echo(f"  {parameter.name} ({type_words(parameter.type)}{need}): {parameter.help}")
    if members := body_members(operation):
        click.echo("\nMembers of the body:")
    for member in members.values():
        click.echo(f"  {member.name} ({type_words(member.type)}{', required' if member.required else ''})")
    click.echo(f"\nExample:\n{example(operation)}")


def _parameters(operation: Operation[Any]) -> str:
    names = bracketed(operation.parameters)
    return " ".join([*names, "--body"] if operation.body else names)


def _as_json(operation: Operation[Any]) -> dict[str, Any]:
    return {
        "name": operation.id,
        "summary": operation.summary,
        "method": operation.method,
        "url": f"{operation.host}{operation.path_template}",
        "security": list(operation.security),
        "list": operation.pagination is not None,
        "parameters": [
            {
                "name": p.name,
                "in": "path" if p in operation.path_parameters else "query",
                "required": p.required,
                "type": type_words(p.type),
                "values": values_of(p.type),
                "default": p.default,
                "example": p.example,
                "description": p.help,
            }
            for p in operation.parameters
        ],
        "body": [
            {"name": m.name, "required": m.required, "type": type_words(m.type), "values": values_of(m.type)}
            for m in body_members(operation).values()
        ]
        if operation.body
        else None,
        "example": operation.example,
    }
