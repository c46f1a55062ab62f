"""`aiovonage completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from aiovonage.cli.exits import report_errors


@click.command("completion", short_help="Print the completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@report_errors
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and operations in a shell.

    \b
        bash:  eval "$(aiovonage completion bash)"     in ~/.bashrc
        zsh:   eval "$(aiovonage completion zsh)"      in ~/.zshrc
        fish:  aiovonage completion fish > ~/.config/fish/completions/aiovonage.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "aiovonage", "_AIOVONAGE_COMPLETE").source())
