"""What containers run, as the command line understands it."""

from __future__ import annotations

from typing import Any

import click

from aiovonage.cli.app import app


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The name of a command, such as `jobs submit`, and its parameters.

    Raises:
        click.UsageError: if there is no such command, or for options that it does not have.
    """
    program, *arguments = words
    assert program == "aiovonage"
    command: click.Command = app
    context = click.Context(command)
    names: list[str] = []
    while isinstance(command, click.Group):
        names.append(arguments.pop(0))
        found = command.get_command(context, names[-1])
        assert found is not None, names
        command = found
    return " ".join(names), command.make_context(command.name, arguments).params
