"""Finds out how to reach an origin: address, TLS and proxy."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiovonage._core.http.origin import Origin, Proxy
from aiovonage._core.http.proxies import environment_proxy, read_proxy
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

    from aiovonage._core.http.options import ConnectionOptions
    from aiovonage._core.http.tls import Trust


class Routes:
    """The routes of a client to its origins.

    Args:
        options: The settings of its connections.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options

    def origin(self, url: str) -> Origin:
        """The origin of a URL, with its TLS context and proxy.

        Raises:
            ConfigurationError: if the configured proxy or certificate cannot be used.
        """
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or (443 if secure else 80)
        trust = self._trust if secure else None
        return Origin(
            parts.scheme,
            host,
            port,
            parts.netloc.encode("idna"),
            trust.context if trust is not None else None,
            trust.words if trust is not None else "",
            self._proxy(parts.scheme, host, port),
        )

    def _proxy(self, scheme: str, host: str, port: int) -> Proxy | None:
        setting = "proxy"
        if self._options.proxy is not None:
            made = read_proxy(self._options.proxy, self._context)
        else:
            found = environment_proxy(scheme, host, port) if self._options.trust_env else None
            if found is None:
                return None
            made, setting = read_proxy(found[0], self._context), found[1]
            del found
        if isinstance(made, str):
            raise ConfigurationError(f"{setting} {made}")
        return made

    def _context(self) -> ssl.SSLContext:
        return self._trust.context

    @cached_property
    def _trust(self) -> Trust:
        """Loaded for the first TLS connection, since it takes some milliseconds."""
        return self._options.trust()
