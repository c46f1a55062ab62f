"""Shell completion of operations, their parameters, and the values that the specs list."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from aiovonage.api import NAMESPACES
from aiovonage.api.operations import OPERATIONS
from aiovonage.cli.call.body_members import body_members
from aiovonage.cli.call.values import values_of


def complete_operation(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of an operation."""
    namespace, dot, _ = incomplete.partition(".")
    imported = [name for name in NAMESPACES if (name == namespace if dot else name.startswith(namespace))]
    return [
        CompletionItem(operation.id, help=operation.summary)
        for name in imported
        for operation in OPERATIONS.namespace(name).values()
        if operation.id.startswith(incomplete)
    ]


def complete_pair(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete names that the operation takes and that are not given yet; after `name=`, values that its spec lists."""
    operation = OPERATIONS.get(ctx.params.get("operation") or "")
    if operation is None:
        return []
    types = {parameter.name: (parameter.type, parameter.help) for parameter in operation.parameters}
    types |= {member.name: (member.type, "") for member in body_members(operation).values()}
    name, sign, text = incomplete.partition("=")
    if sign:
        values = values_of(types[name][0]) if name in types else []
        return [CompletionItem(f"{name}={value}") for value in values if value.startswith(text)]
    given = {pair.partition("=")[0].removesuffix(":") for pair in ctx.params.get("pairs") or ()}
    return [
        CompletionItem(f"{known}=", help=told)
        for known, (_, told) in types.items()
        if known.startswith(incomplete) and known not in given
    ]
