"""Warnings of unknown values, as lines on the standard error."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from aiovonage._core.codec.unknown_value import UnknownValueWarning


@contextmanager
def warnings_are_lines() -> Iterator[None]:
    """Show each warning of an unknown value as one line, without the place in the code that a user of the command line
    cannot know. Other warnings are shown as Python shows them.
    """
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_line(message: Warning | str, category: type[Warning], *args: Any, **options: Any) -> None:
            if issubclass(category, UnknownValueWarning):
                click.echo(f"warning: {message}", err=True)
            else:
                show(message, category, *args, **options)

        warnings.simplefilter("always", UnknownValueWarning)
        warnings.showwarning = show_line
        yield
