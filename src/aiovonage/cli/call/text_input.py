"""Text from a file or from standard input, as UTF-8 whatever the locale says."""

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
    """A file, or standard input for `-`, strictly in UTF-8, with or without a byte order mark.

    Raises:
        click.UsageError: for what cannot be read, also while it is read.
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
        text.detach()  # it stays open
