"""A group that imports a command when it is used, so that completion and --version start fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose commands are imported on first use.

    Args:
        loaders: For each command name, a function that imports and returns the command.
    """

    def __init__(self, *args: Any, loaders: Mapping[str, Callable[[], click.Command]], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._loaders = loaders

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of `loaders`."""
        return list(self._loaders)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        load = self._loaders.get(cmd_name)
        return load() if load is not None else None
