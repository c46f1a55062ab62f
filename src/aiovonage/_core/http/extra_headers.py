"""Headers that users add to requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiovonage._version import __version__
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = list[tuple[bytes, bytes]]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110, 5.6.2

_OURS = {
    "authorization": "credentials are set by their own arguments",
    "user-agent": "use user_agent=",
    "host": "use base_url= or hosts=",
    "content-length": "it follows from the body",
    "transfer-encoding": "it follows from the body",
    "connection": "it belongs to the transport",
    "accept-encoding": "it belongs to the transport",
}


def header_list(headers: Mapping[str, str] | None) -> Headers:
    """Check and encode headers.

    Raises:
        ConfigurationError: if a header is not valid in HTTP, or the client sets it itself. The message does not quote
            values, which may be secrets.
    """
    ready: Headers = []
    for name, value in (headers or {}).items():
        problem = _problem(name, value)
        if problem:
            del value, headers
            raise ConfigurationError(f"headers: {problem}")
        ready.append((name.encode("ascii"), value.encode("latin-1")))
    return ready


def user_agent_header(application: str | None) -> tuple[bytes, bytes]:
    """The header `User-Agent`: the application's product, if given, followed by that of this package.

    Raises:
        ConfigurationError: if it is not valid in HTTP.
    """
    own = f"aiovonage/{__version__}"
    if application is None:
        return b"User-Agent", own.encode()
    if not isinstance(application, str) or not application.isascii() or not application.isprintable():
        raise ConfigurationError("user_agent must be printable ASCII text, such as 'my-service/1.0'")
    return b"User-Agent", f"{application.strip()} {own}".strip().encode()


def _problem(name: object, value: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"{name!r} is not the name of a header"
    if name.lower() in _OURS:
        return f"{name} cannot be given: {_OURS[name.lower()]}"
    if not isinstance(value, str):
        return f"the value of {name} must be text, not {type(value).__name__}"
    if value != value.strip() or not value.replace("\t", " ").isprintable():
        return f"the value of {name} has characters in it that HTTP does not admit, such as a line end"
    if any(ord(character) > 255 for character in value):
        return f"the value of {name} has characters in it that are not Latin-1"
    return ""
