"""What the body of an error says, whatever its shape: the gateways and older APIs have shapes of their own."""

from __future__ import annotations

from typing import Any

MOST = 300
"""Characters of one text that a message shows: a body may be a book."""

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
    """The text of an error in words; None where there is none that is meant to be read.

    Args:
        body: The decoded JSON; None where the body is not JSON.
        raw: The body as it came.
    """
    return _plain(raw) if body is None else _first(body, 0)


def is_page(raw: bytes) -> bool:
    """Whether a body is markup: a page that somebody in between has sent."""
    return raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def shortened(text: str, most: int = MOST) -> str:
    """A text on one line, cut where it is too long."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[:most].rstrip()}..."


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
        text = raw[: 4 * MOST].decode("utf-8", "strict" if len(raw) <= 4 * MOST else "ignore").strip()
    except UnicodeDecodeError:
        return None
    if not text or text[0] in "<{[" or not text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable():
        return None
    return shortened(text)
