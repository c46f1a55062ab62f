"""Shows warnings about unknown values as lines on standard error."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from aiovonage._core.codec.unknown_value import UnknownValueWarning


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show each `UnknownValueWarning` as one line, without the source location, which means nothing to users of the
    command line. Other warnings are shown as usual.
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
