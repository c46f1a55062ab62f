"""Origins: scheme, host and port, checked before any credential is sent there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def origin_of(name: str, url: object, *, allow_insecure_http: bool) -> str:
    """The origin of a URL: scheme, host and port.

    Args:
        name: The name of the setting, for the message.
        url: The URL.
        allow_insecure_http: Whether plain http to another machine is allowed.

    Raises:
        ConfigurationError: if it is not such a URL, or is plain http to another machine.
    """
    origin, problem = _read(url, allow_insecure_http=allow_insecure_http)
    del url  # it may hold a password, which a traceback with locals would show
    if problem:
        raise ConfigurationError(f"{name} {problem}")
    return origin


def origins_of(hosts: Mapping[str, str], namespaces: Collection[str], *, allow_insecure_http: bool) -> dict[str, str]:
    """The origins that are set for single namespaces.

    Raises:
        ConfigurationError: if a name is not a namespace, or as in `origin_of`.
    """
    unknown = sorted(str(name) for name in hosts if name not in namespaces)
    if unknown:
        raise ConfigurationError(f"hosts: {', '.join(unknown)} is not a namespace; they are {', '.join(namespaces)}")
    return {
        name: origin_of(f"hosts[{name!r}]", url, allow_insecure_http=allow_insecure_http) for name, url in hosts.items()
    }


def _read(url: object, *, allow_insecure_http: bool) -> tuple[str, str]:
    """The origin and an empty string; or an empty string and what is wrong with the URL."""
    shape = "must be http(s)://host[:port], without credentials or query"
    if not isinstance(url, str) or url != url.strip() or any(character.isspace() for character in url):
        return "", shape
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        ascii_host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:  # a malformed port or IPv6 address; UnicodeError: a label is too long
        return "", f"{shape} ({'the host name is malformed' if isinstance(error, UnicodeError) else error})"
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
        return "", shape
    if parts.path not in {"", "/"}:
        return "", "must have no path, because each operation has its own"
    if parts.scheme == "http" and not allow_insecure_http and not _is_loopback(host):
        return "", "is plain http: credentials would be sent unencrypted (allow_insecure_http=True allows it)"
    address = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    return f"{parts.scheme}://{address}{f':{port}' if port is not None else ''}", ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
