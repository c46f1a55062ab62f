"""Finds the proxy for an origin, from a setting or the environment.

The environment is read as in httpx, which has no public function for it: `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY`,
or the settings of macOS and Windows (`urllib.request.getproxies`), except for the hosts in `NO_PROXY`.
"""

from __future__ import annotations

from base64 import b64encode
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aiovonage._core.http.origin import Proxy

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

_PORTS = {"http": 80, "https": 443}


def environment_proxy(scheme: str, host: str, port: int) -> tuple[str, str] | None:
    """The environment's proxy for an origin.

    Returns:
        The proxy's URL and the name of the variable; None for a direct connection.
    """
    from urllib.request import getproxies  # takes long to import

    settings = getproxies()
    for name in (scheme, "all"):
        if url := settings.get(name):
            if any(_excludes(entry.strip(), scheme, host, port) for entry in settings.get("no", "").split(",")):
                return None
            return (url if "://" in url else f"http://{url}"), f"{name.upper()}_PROXY"
    return None


def _excludes(entry: str, scheme: str, host: str, port: int) -> bool:
    """Whether an entry of `NO_PROXY` matches an origin.

    An entry is `*`, an address, a domain that includes its subdomains (`example.com`), or subdomains alone
    (`.example.com`), each optionally with a scheme or a port.
    """
    if not entry:
        return False
    if entry == "*":
        return True
    wanted_scheme, separator, rest = entry.rpartition("://")
    if _is_address(rest) or (rest.startswith("[") and rest.endswith("]")):
        name, wanted_port = rest.strip("[]"), None
    else:
        parts = urlsplit(f"//{rest}")
        name = parts.hostname or ""
        try:
            wanted_port = parts.port
        except ValueError:  # a malformed entry matches no host
            return False
    if separator and wanted_scheme not in {scheme, "all"}:
        return False
    if wanted_port is not None and wanted_port != port:
        return False
    host, name = host.lower(), name.lower()
    if host == name:
        return True
    if separator or name == "localhost" or _is_address(name):
        return False
    return host.endswith(name if name.startswith(".") else f".{name}")


def read_proxy(url: str, tls: Callable[[], ssl.SSLContext]) -> Proxy | str:
    """Parse the URL of a proxy; returns what is wrong with it if it cannot be used.

    It does not raise, because the URL may hold a password, and some tools show the locals of a traceback.

    Args:
        url: `http://[user:password@]host[:port]`, or with `https`.
        tls: Makes the TLS context for an `https` proxy.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        return "is not the URL of a proxy: give http://[user:password@]host[:port]"
    if parts.scheme.startswith("socks"):
        return (
            "names a SOCKS proxy, which only httpx can use: install httpx[socks] and give"
            " transport=httpx.AsyncClient(proxy=...)"
        )
    if parts.scheme not in _PORTS:
        return "is not the URL of a proxy: it must begin with http:// or https://"
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = b"Basic " + b64encode(pair.encode())
    return Proxy(host, port or _PORTS[parts.scheme], authorization, tls() if parts.scheme == "https" else None)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
