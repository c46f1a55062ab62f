"""A pytest plugin: the fixtures `vonage_sandbox` and `vonage`, for tests of what is built on this package.

    async def test_brands_are_shown(vonage):
        assert "Vonage" in await my_service.brand_names(vonage)

Each test has a sandbox of its own, in-process and without a socket (extra: sandbox). What it does is changed

- for one test: `@pytest.mark.vonage_sandbox(rate=30, error_rate=0.1, socket=True)`;
- for a module or folder: by overriding the fixture `vonage_sandbox_options`, which gives the same names as a dict;
- for all tests: by the ini options `vonage_sandbox_rate`, `vonage_sandbox_faults` and `vonage_sandbox_socket`.

The fixtures are no coroutines, so that they work with pytest-asyncio in both of its modes, with anyio's plugin (on
asyncio), and in tests that call `asyncio.run` themselves. pytest finds the plugin by itself; importing it imports
nothing but pytest.

PYTEST_DONT_REWRITE: no test stands in here, so that pytest need not mind who has imported it before.
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
    """The ini options."""
    parser.addini("vonage_sandbox_rate", "requests a second before vonage_sandbox answers 429 (default: no limit)")
    parser.addini(
        "vonage_sandbox_faults", "faults of vonage_sandbox, as error_rate=0.1 lost_responses=0.1 seed=7", type="args"
    )
    parser.addini("vonage_sandbox_socket", "let vonage_sandbox listen on a socket", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def vonage_sandbox_options() -> Mapping[str, Any]:
    """Settings of `vonage_sandbox`, to be overridden: what the marker takes, as a dict."""
    return {}


@pytest.fixture
def vonage_options() -> Mapping[str, Any]:
    """Settings of `vonage`, to be overridden: arguments of `Vonage` by name, as `{"max_retries": 0}`."""
    return {}


@pytest.fixture
def vonage_sandbox(request: pytest.FixtureRequest, vonage_sandbox_options: Mapping[str, Any]) -> Iterator[Sandbox]:
    """A sandbox for this test alone. `vonage_sandbox.state` is what it holds, and may be changed.

    With `socket=True` it listens at `vonage_sandbox.url`, for what makes clients of its own or runs elsewhere.
    """
    from aiovonage.testing._running import run_sandbox
    from aiovonage.testing._settings import settings_of

    with run_sandbox(settings_of(request.config, vonage_sandbox_options, request.node)) as sandbox:
        yield sandbox


@pytest.fixture
def vonage(vonage_sandbox: Sandbox, vonage_options: Mapping[str, Any]) -> Iterator[Vonage]:
    """A client of `vonage_sandbox`, with all of its credentials."""
    from aiovonage.testing._running import run_client

    with run_client(vonage_sandbox, vonage_options) as client:
        yield client
