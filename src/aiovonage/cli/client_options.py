"""The options of every command that sends requests, and the client that they describe."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import attrs
import click

if TYPE_CHECKING:
    from aiovonage._client import Vonage
    from aiovonage._core.throttle.throttle import Throttle

Command = Callable[..., Any]

TRANSPORTS = ("fast", "httpx")


@attrs.frozen(kw_only=True)
class ClientOptions:
    """The settings of the client. Secrets cannot be options: they come from the environment.

    Attributes:
        api_key: The account's API key.
        application_id: The application whose tokens sign requests.
        base_url: One origin for all APIs, such as that of the sandbox.
        timeout: Seconds for one attempt of a request.
        transport: `fast` or `httpx`; None for `fast` if it is installed.
        proxy: The proxy for all requests; None for that of the environment.
    """

    api_key: str | None
    application_id: str | None
    base_url: str | None
    timeout: float
    transport: str | None
    proxy: str | None

    def open(self, throttle: Throttle | None = None) -> Vonage:
        """Make the client.

        Raises:
            ConfigurationError: if a setting is malformed.
        """
        from aiovonage._client import Vonage

        settings: dict[str, Any] = {"proxy": self.proxy} if self.proxy is not None else {}
        return Vonage(
            api_key=self.api_key,
            application_id=self.application_id,
            **_secrets(),
            base_url=self.base_url,
            timeout=self.timeout,
            throttle=throttle,
            transport=self.transport or usual_transport(),
            **settings,
        )


def _secrets() -> dict[str, Any]:
    """The secrets from the environment. The client itself reads none once an option passes a key."""
    names = ("api_secret", "private_key", "signature_secret", "signature_method")
    return {name: os.environ.get(f"VONAGE_{name.upper()}") or None for name in names}


def usual_transport() -> str:
    """`fast` if its extra is installed, otherwise `httpx`."""
    return "fast" if find_spec("httptools") is not None else "httpx"


_OPTIONS = [
    click.option("--api-key", envvar="VONAGE_API_KEY", help="The account's API key [VONAGE_API_KEY]."),
    click.option(
        "--application-id",
        envvar="VONAGE_APPLICATION_ID",
        help="The application whose private key (VONAGE_PRIVATE_KEY) signs tokens [VONAGE_APPLICATION_ID].",
    ),
    click.option(
        "--base-url", envvar="VONAGE_BASE_URL", help="One origin for all APIs, such as the sandbox's [VONAGE_BASE_URL]."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=30.0,
        show_default=True,
        help="Seconds for one attempt of a request.",
    ),
    click.option("--proxy", metavar="URL", help="A proxy for all requests. Default: that of HTTPS_PROXY etc."),
    click.option(
        "--transport", type=click.Choice(TRANSPORTS), help="The HTTP transport. Default: fast if it is installed."
    ),
]


def client_options(command: Command) -> Command:
    """Add the options to a command, which receives them as `client`."""

    @functools.wraps(command)
    def collected(*args: Any, **options: Any) -> Any:
        names = [field.name for field in attrs.fields(ClientOptions)]
        client = ClientOptions(**{name: options.pop(name) for name in names})
        return command(*args, client=client, **options)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected
