"""The commands in this process, and a sandbox that listens in a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest
from anyio.from_thread import start_blocking_portal
from click.testing import CliRunner, Result

from aiovonage.cli.app import app
from aiovonage.sandbox import Faults, Sandbox


@attrs.frozen
class Shell:
    """Runs commands against a sandbox.

    Attributes:
        sandbox: The sandbox.
        env: The settings of the commands.
    """

    sandbox: Sandbox
    env: dict[str, str]

    def run(self, *arguments: object, stdin: str | None = None) -> Result:
        """Run a command to its end; no command may end with an exception."""
        return run(*arguments, stdin=stdin, env=self.env)

    @property
    def requests(self) -> int:
        """How many requests the sandbox has answered."""
        return self.sandbox.app.statuses.total()


def run(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command in this process; no command may end with an exception."""
    result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin, env=env, prog_name="aiovonage")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, for a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def commands_here_wait_less(soon: None) -> None:
    """Commands that run in this process."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Shell]]:
    """Starts sandboxes, each with the faults that are given."""
    with ExitStack() as stack, start_blocking_portal() as portal:

        def start(**faults: float) -> Shell:
            sandbox = stack.enter_context(portal.wrap_async_context_manager(Sandbox(faults=Faults(**faults))))  # type: ignore[arg-type]
            return shell_of(sandbox, tmp_path)

        yield start
        stack.close()


@pytest.fixture(scope="package")
def without_faults() -> Iterator[Sandbox]:
    """A sandbox for all commands that need no faults: to start one and to end it takes a quarter of a second."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Sandbox()) as sandbox:
        yield sandbox


@pytest.fixture
def shell(without_faults: Sandbox, tmp_path: Path) -> Shell:
    """A shell whose settings are a sandbox's, without faults, which is as new."""
    without_faults.app.reset()
    return shell_of(without_faults, tmp_path)


def shell_of(sandbox: Sandbox, folder: Path) -> Shell:
    """A shell whose settings are those of a sandbox; the private key is in a file."""
    key = folder / "private.key"
    key.write_text(sandbox.private_key, "utf-8")
    settings = {
        "VONAGE_BASE_URL": sandbox.url,
        "VONAGE_API_KEY": sandbox.api_key,
        "VONAGE_API_SECRET": sandbox.api_secret,
        "VONAGE_APPLICATION_ID": sandbox.application_id,
        "VONAGE_PRIVATE_KEY": str(key),
    }
    return Shell(sandbox, settings)
