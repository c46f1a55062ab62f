"""`aiovonage operations`."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aiovonage.cli.call.catalogue import Entry, bracketed, entries, find
from aiovonage.cli.call.values import type_words
from aiovonage.cli.commands.call import complete_operation
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
    found = [single] if single is not None else list(entries(name))
    if as_json:
        shown = [_as_json(entry) for entry in found]
        click.echo(json.dumps(shown[0] if single is not None else shown, indent=2, ensure_ascii=False))
    elif single is not None:
        _show_one(single)
    else:
        _show_table(found)


def _show_table(found: list[Entry]) -> None:
    console = Console()
    if not console.is_terminal:
        for entry in found:
            click.echo(f"{entry.name}\t{_parameters(entry)}\t{entry.summary}")
        return
    table = Table("operation", "parameters", "", box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = True
    for entry in found:
        table.add_row(f"[cyan]{entry.name}", escape(_parameters(entry)), escape(entry.summary))
    console.print(table)


def _show_one(entry: Entry) -> None:
    click.echo(f"{entry.name}: {entry.operation.method} {entry.operation.host}{entry.operation.path_template}")
    prose = entry.description
    for section in ("\nArgs:", "\nRaises:", "\nSource:"):
        prose = prose.partition(section)[0]
    click.echo(f"\n{prose.strip()}")
    if entry.parameters:
        click.echo("\nParameters:")
    for parameter in entry.parameters:
        need = ", required" if parameter.required else ""
        click.echo(f"  {parameter.name} ({type_words(parameter.type)}{need}): {parameter.help}")
    if entry.body_members:
        click.echo("\nMembers of the body:")
    for member in entry.body_members.values():
        click.echo(f"  {member.name} ({type_words(member.type)}{', required' if member.required else ''})")


def _parameters(entry: Entry) -> str:
    names = bracketed(entry.parameters)
    return " ".join([*names, "--body"] if entry.body is not None else names)


def _as_json(entry: Entry) -> dict[str, Any]:
    operation = entry.operation
    return {
        "name": entry.name,
        "summary": entry.summary,
        "method": operation.method,
        "url": f"{operation.host}{operation.path_template}",
        "security": list(operation.security),
        "list": entry.is_list,
        "parameters": [
            {
                "name": p.name,
                "in": p.location,
                "required": p.required,
                "type": type_words(p.type),
                "description": p.help,
            }
            for p in entry.parameters
        ],
        "body": [
            {"name": m.name, "required": m.required, "type": type_words(m.type)} for m in entry.body_members.values()
        ]
        if entry.body is not None
        else None,
    }
