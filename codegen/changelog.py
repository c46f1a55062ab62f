"""Holds what has changed since a commit against the changelog."""

from __future__ import annotations

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from codegen.changes import Change, changes
from codegen.generate import TARGET
from codegen.spec import ROOT

CHANGELOG = "CHANGELOG.md"


class NoSuchCommit(Exception):
    """The commit is unknown to git, or git is not installed."""


def changes_since(commit: str) -> tuple[list[Change], list[Change]]:
    """What has changed since a commit; and of that what breaks and is not named in new lines of the changelog.

    Raises:
        NoSuchCommit: saying what git says.
    """
    with TemporaryDirectory() as folder:
        archive = _git("archive", commit, str(TARGET.relative_to(ROOT)))
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        found = changes(Path(folder) / TARGET.relative_to(ROOT), TARGET)
    before = set(_git("show", f"{commit}:{CHANGELOG}").decode().splitlines())
    lines = (ROOT / CHANGELOG).read_text("utf-8").splitlines()
    return found, unnamed(found, [line for line in lines if line not in before])


def unnamed(found: list[Change], entries: list[str]) -> list[Change]:
    """The breaking changes that no entry names: neither the thing itself nor what it belongs to."""
    text = "\n".join(entries)
    return [c for c in found if c.breaking and not any(f"`{name}`" in text for name in (c.name, _owner(c.name)))]


def _owner(name: str) -> str:
    return name.rpartition(".")[0] or name


def _git(*arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise NoSuchCommit("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoSuchCommit(error.stderr.decode().strip()) from None
