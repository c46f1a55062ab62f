"""A sandbox for the code blocks, with its credentials in the environment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from aiovonage.sandbox import Sandbox
from codegen.foreign.package import make_package
from tests.docs.blocks import ROOT, blocks_of


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """A sandbox in a thread of its own: the blocks bring their own event loops."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Sandbox()) as sandbox:
        yield sandbox


@pytest.fixture
def soon(quick_follow: None, quick_retries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait for their next look, and retries for their turn, as they do, only not for seconds."""
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.0, 0.01, 0.05))
    monkeypatch.setattr("aiovonage.jobs._worker.POLL", 0.05)


@pytest.fixture
def as_documented(running: Sandbox, soon: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """What a block finds: a fresh sandbox, its credentials in the environment, and an empty folder."""
    running.app.reset()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "BASE_URL": running.url,
        "API_KEY": running.api_key,
        "API_SECRET": running.api_secret,
        "APPLICATION_ID": running.application_id,
        "PRIVATE_KEY": running.private_key,
        "SIGNATURE_SECRET": running.signature_secret,
    }.items():
        monkeypatch.setenv(f"VONAGE_{name}", value)
    return running


def write_files(page: str, folder: Path) -> None:
    """Write the files that a page shows, a file of numbers, since most commands take one, and the examples' data."""
    lines = ["number", *(str(12025550100 + index) for index in range(5))]
    (folder / "numbers.csv").write_text("\n".join(lines) + "\n", "utf-8")
    shutil.copytree(ROOT / "examples" / "data", folder / "examples" / "data")
    for block in blocks_of(ROOT / page):
        if block.title:
            (folder / block.title).write_text(block.text, "utf-8")
        if block.title.endswith(".json") and '"openapi"' in block.text:  # a package is made of it, as the page says
            make_package(folder / block.title, f"my_{Path(block.title).stem}", folder)
