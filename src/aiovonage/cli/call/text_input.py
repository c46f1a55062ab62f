"""Reads text from a file or standard input, as UTF-8 whatever the locale."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click


@contextmanager
def text_input(path: str) -> Iterator[TextIO]:
    """Open a file, or standard input for `-`, as strict UTF-8 with or without a byte order mark.

    Raises:
        click.UsageError: if it can't be read, on opening or later.
    """
    try:
        with _standard_input() if path == "-" else Path(path).open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is not text in UTF-8") from None


@contextmanager
def _standard_input() -> Iterator[TextIO]:
    if sys.stdin is None:
        raise click.UsageError("standard input is closed. Pipe the text into the command, or name a file")
    text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()  # keeps the underlying stream open
