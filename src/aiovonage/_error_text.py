"""Finds the text in the body of an error. Gateways and older APIs have formats of their own."""

from __future__ import annotations

from typing import Any

MAX_LENGTH = 300
"""The longest text that a message shows, in characters."""

_TEXTS = (
    "detail",
    "error_title",
    "error-code-label",  # the older APIs of Vonage
    "error_text",
    "error_description",  # OAuth (RFC 6749, 5.2)
    "message",
    "Message",
    "errorMessage",
    "description",
    "reason",
    "faultstring",
    "title",
)
_NESTED = ("error", "errors", "fault", "problem", "details")
_DEEPEST = 4


def text_of(body: Any, raw: bytes) -> str | None:
    """The readable text of an error; None if there is none.

    Args:
        body: The decoded JSON; None if the body is not valid JSON.
        raw: The body as received.
    """
    return _plain(raw) if body is None else _first(body, 0)


def is_page(raw: bytes) -> bool:
    """Whether a body is markup, such as the HTML page of a gateway."""
    return raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def shortened(text: str, length: int = MAX_LENGTH) -> str:
    """A text on one line, cut if it is too long."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length and len(text) <= 4 * length else f"{line[:length].rstrip()}..."


def _first(node: Any, depth: int) -> str | None:
    if isinstance(node, str):
        return shortened(node) or None
    if depth >= _DEEPEST:
        return None
    if isinstance(node, list):
        return next((text for text in (_first(item, depth + 1) for item in node[:8]) if text), None)
    if not isinstance(node, dict):
        return None
    for name in _TEXTS:
        if isinstance(node.get(name), str) and (text := shortened(node[name])):
            kind = node.get("error")
            return f"{shortened(kind)}: {text}" if isinstance(kind, str) and kind else text
    return next((text for text in (_first(node[name], depth + 1) for name in _NESTED if name in node) if text), None)


def _plain(raw: bytes) -> str | None:
    try:
        text = raw[: 4 * MAX_LENGTH].decode("utf-8", "strict" if len(raw) <= 4 * MAX_LENGTH else "ignore").strip()
    except UnicodeDecodeError:
        return None
    if not text or text[0] in "<{[" or not text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable():
        return None
    return shortened(text)
