"""An origin, and how to reach it: address, TLS and proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import ssl


@attrs.frozen
class Proxy:
    """A proxy on the way to an origin.

    Attributes:
        host: Name or address.
        port: The port.
        authorization: The value of `Proxy-Authorization`; None for none.
        tls: The TLS context for the connection to the proxy; None for an `http` proxy.
    """

    host: str
    port: int
    authorization: bytes | None = attrs.field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return host_and_port(self.host, self.port)


@attrs.frozen
class Origin:
    """An origin.

    Attributes:
        scheme: `http` or `https`.
        host: Name or address.
        port: The port.
        host_header: The value of `Host`.
        tls: The TLS context; None for `http`.
        trust: Which certificates are trusted, for messages.
        proxy: The proxy; None for none.
    """

    scheme: str
    host: str
    port: int
    host_header: bytes
    tls: ssl.SSLContext | None = None
    trust: str = ""
    proxy: Proxy | None = None

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return host_and_port(self.host, self.port)

    @property
    def target_prefix(self) -> str:
        """The prefix of the path in the request line: a forwarding proxy gets the absolute URL (RFC 9112, 3.2.2)."""
        return f"{self.scheme}://{self.host_header.decode()}" if self.proxy is not None and self.tls is None else ""

    @property
    def proxy_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers for a forwarding proxy. A tunnelling proxy gets them with `CONNECT` instead."""
        if self.proxy is None or self.tls is not None or self.proxy.authorization is None:
            return []
        return [(b"Proxy-Authorization", self.proxy.authorization)]


def host_and_port(host: str, port: int) -> str:
    """Host and port as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
