"""CI asks for a line in CHANGELOG.md whenever the package changes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.spec import ROOT

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="git or bash is missing")

Commit = Callable[..., None]


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commits a change of one file in a repository of its own; the first commit is tagged `base`."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # set where a hook of git runs the tests
        monkeypatch.delenv(name, raising=False)
    identity = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, timeout=60)

    def commit(file: str, message: str = "Change") -> None:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text("utf-8") if path.exists() else "") + "a line\n", "utf-8")
        git("add", ".")
        git("commit", "--quiet", "--message", message)

    git("init", "--quiet")
    commit("CHANGELOG.md")
    git("tag", "base")
    return commit


def check() -> subprocess.CompletedProcess[str]:
    command = ["bash", str(ROOT / ".ci" / "changelog"), "base"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("file", ["src/aiovonage/a.py", "openapi/a.yaml"])
def test_a_change_of_the_package_needs_an_entry(file: str, commit: Commit) -> None:
    commit(file)
    refused = check()
    assert refused.returncode == 1
    assert "say what users notice" in refused.stderr
    commit("CHANGELOG.md")
    assert check().returncode == 0


def test_a_commit_may_say_that_users_notice_nothing(commit: Commit) -> None:
    commit("src/aiovonage/a.py", "Rename a variable\n\nChangelog: none")
    assert check().returncode == 0


def test_a_change_beside_the_package_needs_no_entry(commit: Commit) -> None:
    commit("tests/test_a.py")
    assert check().returncode == 0
