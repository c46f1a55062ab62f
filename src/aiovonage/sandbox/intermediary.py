"""Responses that a proxy, a gateway or a login portal sends instead of the API."""

from __future__ import annotations

from typing import Final

import attrs

INTERMEDIARY_KINDS: Final = (
    "302",
    "307",
    "403-page",
    "403-json",
    "404-page",
    "404-json",
    "407-page",
    "407-json",
    "408",
    "425",
    "200-page",
    "502-page",
)

_TITLES = {
    200: "Sign in",
    302: "Found",
    307: "Temporary Redirect",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    425: "Too Early",
    502: "Bad Gateway",
}
_MESSAGES = {
    403: "You cannot consume this service",
    404: "no Route matched with those values",
    407: "Proxy Authentication Required",
}
_LOGIN = "https://login.example.com/?continue=api"
_HTML = b"text/html; charset=utf-8"


@attrs.frozen
class Page:
    """A response that does not come from the API.

    Attributes:
        status: The HTTP status.
        media_type: The content type.
        content: The body.
        headers: Headers beside the content type.
    """

    status: int
    media_type: bytes
    content: bytes
    headers: dict[str, str]


def page(kind: str) -> Page:
    """The response of an intermediary, by its kind."""
    digits, _, form = kind.partition("-")
    status, headers = int(digits), {"Via": "1.1 gateway.example.com"}
    if status in {302, 307}:
        headers["Location"] = _LOGIN
    elif status == 407:
        headers["Proxy-Authenticate"] = 'Basic realm="gateway"'
    if form == "json":
        return Page(status, b"application/json", b'{"message":"%b"}' % _MESSAGES[status].encode(), headers)
    title = _TITLES[status] if status == 200 else f"{status} {_TITLES[status]}"
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Page(status, _HTML, html.encode(), headers)
