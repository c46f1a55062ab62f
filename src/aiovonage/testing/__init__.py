"""A pytest plugin with the fixtures `vonage_sandbox` and `vonage`, for tests of code that uses this package.

    async def test_brands_are_shown(vonage):
        assert "Vonage" in await my_service.brand_names(vonage)

Each test has its own sandbox, in the test's process and without a socket (extra: sandbox). Its settings are changed

- for one test: `@pytest.mark.vonage_sandbox(rate=30, error_rate=0.1, socket=True)`;
- for a module or folder: by overriding the fixture `vonage_sandbox_options`, which gives the same names as a dict;
- for all tests: by the ini options `vonage_sandbox_rate`, `vonage_sandbox_faults` and `vonage_sandbox_socket`.

The fixtures are not coroutines, so they work with both modes of pytest-asyncio, with anyio's plugin (on asyncio), and
in tests that call `asyncio.run` themselves. pytest finds the plugin by its entry point. Importing it imports only
pytest.

PYTEST_DONT_REWRITE: there are no assertions to rewrite, so pytest need not warn if the module was imported before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiovonage._client import Vonage
    from aiovonage.sandbox import Sandbox

__all__ = ["vonage", "vonage_options", "vonage_sandbox", "vonage_sandbox_options"]

_MARKER = (
    "vonage_sandbox(**options): settings of the fixture vonage_sandbox: those of aiovonage.sandbox.Sandbox "
    "(rate, carriers, visible_after, ...), those of Faults (error_rate, lost_responses, ...), those of Carriers with "
    "carriers_ before them (carriers_delay, carriers_reject, ...), and socket=True"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    parser.addini(
        "vonage_sandbox_rate", "requests a second before vonage_sandbox responds with 429 (default: no limit)"
    )
    parser.addini(
        "vonage_sandbox_faults",
        "faults of vonage_sandbox: error_rate=0.1 lost_responses=0.1 seed=7",
        type="args",
    )
    parser.addini("vonage_sandbox_socket", "let vonage_sandbox listen on a socket", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def vonage_sandbox_options() -> Mapping[str, Any]:
    """Settings of `vonage_sandbox`, with the names that the marker takes. Override this fixture to change them."""
    return {}


@pytest.fixture
def vonage_options() -> Mapping[str, Any]:
    """Arguments of `Vonage`, such as `{"max_retries": 0}`. Override this fixture to change them."""
    return {}


@pytest.fixture
def vonage_sandbox(request: pytest.FixtureRequest, vonage_sandbox_options: Mapping[str, Any]) -> Iterator[Sandbox]:
    """A sandbox for this test alone. The test can read and change its `state`.

    With `socket=True` it listens at `vonage_sandbox.url`, for code that makes its own clients or runs in other
    processes.
    """
    from aiovonage.testing._running import run_sandbox
    from aiovonage.testing._settings import settings_of

    with run_sandbox(settings_of(request.config, vonage_sandbox_options, request.node)) as sandbox:
        yield sandbox


@pytest.fixture
def vonage(vonage_sandbox: Sandbox, vonage_options: Mapping[str, Any]) -> Iterator[Vonage]:
    """A client of `vonage_sandbox`, with all credentials that it accepts."""
    from aiovonage.testing._running import run_client

    with run_client(vonage_sandbox, vonage_options) as client:
        yield client
