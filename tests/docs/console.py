"""The commands of console blocks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

PROMPT = "$ "


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command after a prompt, without comments, settings before it, and redirections; the commands
    of a pipe one by one.
    """
    for line in text.replace("\\\n", " ").splitlines():
        if not line.startswith(PROMPT):
            continue
        command: list[str] = []
        for word in [*shlex.split(line.removeprefix(PROMPT), comments=True), "|"]:
            if word not in {"|", "&&", "&"}:
                command.append(word)
            elif command:
                yield _plain(command)
                command = []


def _plain(command: list[str]) -> list[str]:
    while re.match(r"[A-Z_]+=", command[0]):
        command = command[1:]
    return command[: command.index(">")] if ">" in command else command
