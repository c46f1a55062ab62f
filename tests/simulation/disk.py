"""The files of a journal, as a crash leaves them.

A killed process leaves what it has written. When the power goes, only what was synced is sure to be there. SQLite in
WAL mode with `synchronous=FULL` syncs the log before a commit returns, so only the writes of the function that was
under way may be there in part: frames that were appended to the log, cut anywhere or with holes, or, when the log was
being copied into the database, some of its pages, while the log is still whole.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

PAGE = 4096
SECTOR = 512

Files = Mapping[str, bytes]


def read(directory: Path) -> dict[str, bytes]:
    """All files of a directory."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()}


def write(directory: Path, files: Files) -> None:
    """Make a directory of such files."""
    directory.mkdir()
    for name, content in files.items():
        (directory / name).write_bytes(content)


def torn(before: Files, after: Files, dice: random.Random) -> dict[str, bytes]:
    """The files when the power went while a function changed them from one state to another."""
    log = next((name for name in before if name.endswith("-wal")), None)
    if log is None or dice.random() < 0.2:
        return dict(dice.choice([before, after]))
    old, new = before[log], after.get(log, b"")
    if len(new) >= len(old) and new.startswith(old):
        appended = new[len(old) :]
        return {**after, log: old + _torn(appended, dice)}
    return {**before, **{name: _mixed(before[name], after.get(name, b""), dice) for name in before if name != log}}


def _torn(appended: bytes, dice: random.Random) -> bytes:
    kept = bytearray(appended[: dice.randrange(len(appended) + 1)])
    if kept and dice.random() < 0.5:  # sectors reach the disk in any order
        hole = dice.randrange(0, len(kept), SECTOR)
        kept[hole : hole + SECTOR] = bytes(len(kept[hole : hole + SECTOR]))
    return bytes(kept)


def _mixed(old: bytes, new: bytes, dice: random.Random) -> bytes:
    """A database of which some pages were copied: the log holds them all."""
    if len(new) < len(old):
        return old
    pages = bytearray(old) + bytes(len(new) - len(old))
    for at in range(0, len(new), PAGE):
        if dice.random() < 0.5:
            pages[at : at + PAGE] = new[at : at + PAGE]
    return bytes(pages)
