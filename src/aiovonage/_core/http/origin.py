"""Where requests go, and by which way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import ssl


@attrs.frozen
class Proxy:
    """A proxy between us and an origin.

    Attributes:
        host: Name or address.
        port: The port.
        authorization: The value of the header `Proxy-Authorization`; None where the proxy wants none.
        tls: How to encrypt what the proxy is told; None for a proxy of plain `http`.
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
    """Where requests go.

    Attributes:
        scheme: `http` or `https`.
        host: Name or address.
        port: The port.
        host_header: The value of the header `Host`.
        tls: How to encrypt, and whom to trust; None for `http`.
        trust: Whose certificates are trusted, in words.
        proxy: The proxy that leads there.
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
        """What stands before the path in the request line: a proxy that forwards is told the whole URL (RFC 9112,
        section 3.2.2).
        """
        return f"{self.scheme}://{self.host_header.decode()}" if self.proxy is not None and self.tls is None else ""

    @property
    def proxy_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that a proxy that forwards wants. A tunnel has got them with `CONNECT`."""
        if self.proxy is None or self.tls is not None or self.proxy.authorization is None:
            return []
        return [(b"Proxy-Authorization", self.proxy.authorization)]


def host_and_port(host: str, port: int) -> str:
    """Both as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
