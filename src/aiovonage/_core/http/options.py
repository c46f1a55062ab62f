"""The settings of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from aiovonage._core.number_settings import check_count, check_seconds
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from aiovonage._core.http.tls import Certificate, Trust, Verify

MAX_CONNECTIONS = 100
"""Connections to one origin at a time, as in httpx and aiohttp. Many systems limit a process to 256 or 1,024 files."""

CONNECT_TIMEOUT = 10.0
"""The most seconds for a connection. Three lost packets in a row take 7 (RFC 6298), and an unreachable address should
not use up the whole `timeout`.
"""


@attrs.frozen(kw_only=True)
class ConnectionOptions:
    """How connections are made. `Vonage` documents these settings under the same names.

    Attributes:
        max_connections: The most connections to one origin, in each event loop.
        connect_timeout: The most seconds for making one; None for no limit but the request's own.
        proxy: URL of the proxy for all requests; None for those of the environment.
        verify: Which certificates are trusted.
        cert: The client certificate.
        trust_env: Whether the environment's proxies and certificates are used.
    """

    max_connections: int = MAX_CONNECTIONS
    connect_timeout: float | None = CONNECT_TIMEOUT
    proxy: str | None = attrs.field(default=None, repr=False)
    verify: Verify = True
    cert: Certificate | None = attrs.field(default=None, repr=False)
    trust_env: bool = True

    def __attrs_post_init__(self) -> None:
        check_count("max_connections", self.max_connections, least=1)
        check_seconds("connect_timeout", self.connect_timeout)
        if self.proxy is not None:
            from aiovonage._core.http.proxies import read_proxy

            wrong = read_proxy(self.proxy, lambda: self.trust().context)
            if isinstance(wrong, str):
                raise ConfigurationError(f"proxy {wrong}")
        if self.verify is not True or self.cert is not None:
            self.trust()

    def trust(self) -> Trust:
        """The TLS settings.

        Raises:
            ConfigurationError: if a file cannot be read.
        """
        from aiovonage._core.http.tls import make_trust  # ssl takes long to import

        return make_trust(self)

    def refuse_for_given_transport(self) -> None:
        """Refuse settings that have no effect on a transport of the user's.

        Raises:
            ConfigurationError: if there are any.
        """
        chosen = {
            "max_connections": self.max_connections != MAX_CONNECTIONS,
            "proxy": self.proxy is not None,
            "verify": self.verify is not True,
            "cert": self.cert is not None,
        }
        for name in [name for name, given in chosen.items() if given]:
            raise ConfigurationError(
                f"{name} is for the connections that the client makes itself: set it on the transport that you give"
            )
