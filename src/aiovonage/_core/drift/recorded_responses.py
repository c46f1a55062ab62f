"""Reads recorded responses from a HAR file, or from a folder of JSON files named after operations."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from aiovonage._core.operation import Operation

_NAME = re.compile(r"([a-z_]+\.[a-z0-9_]+)(?:\.(\d{3}))?(?:[^a-z0-9_].*)?\.json")


@attrs.frozen
class Recorded:
    """A recorded response.

    Attributes:
        operation: Its operation; None if this package does not have it.
        status: The HTTP status.
        body: The decoded JSON; None if there is none.
    """

    operation: Operation[Any] | None
    status: int
    body: Any = attrs.field(repr=False)


def recorded(path: Path, operations: Iterable[Operation[Any]]) -> Iterator[Recorded]:
    """Read recorded responses.

    Args:
        path: A HAR file, as browsers and proxies write it, or a folder of files such as `ten_dlc.get_brand.json`. A
            status other than that of success, and any suffix, may follow: `ten_dlc.get_brand.404-2.json`.
        operations: All operations.

    Raises:
        ConfigurationError: if it is neither.
    """
    if path.is_dir():
        yield from _of_folder(path, {operation.id: operation for operation in operations})
        return
    har = _json(path)
    entries = har.get("log", {}).get("entries") if isinstance(har, dict) else None
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path} is not a HAR file: it has no log.entries")
    known = [(operation, _pattern(operation)) for operation in operations]
    for entry in entries:
        yield _of_entry(path, entry, known)


def _of_folder(path: Path, operations: dict[str, Operation[Any]]) -> Iterator[Recorded]:
    files = sorted(path.glob("*.json"))
    if not files:
        raise ConfigurationError(f"{path} has no JSON files")
    for file in files:
        match = _NAME.fullmatch(file.name)
        operation = operations.get(match[1]) if match else None
        if match is None or operation is None:
            raise ConfigurationError(f"{file.name} is not named after an operation, such as ten_dlc.get_brand.json")
        yield Recorded(operation, int(match[2] or min(operation.success, default=200)), _json(file))


def _of_entry(path: Path, entry: Any, known: list[tuple[Operation[Any], re.Pattern[str]]]) -> Recorded:
    try:
        method, url = entry["request"]["method"], entry["request"]["url"]
        status, content = int(entry["response"]["status"]), entry["response"].get("content", {})
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(f"{path} is not a HAR file: an entry has no request or response") from None
    text = content.get("text") or ""
    if content.get("encoding") == "base64":
        try:
            text = base64.b64decode(text).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = None
    target = urlsplit(url).path
    fitting = [o for o, pattern in known if o.method == method.upper() and pattern.fullmatch(target)]
    # Prefer the template with more literal text: /enum/vetting/classes over /{brand_id}/...
    operation = max(fitting, key=lambda o: sum(map(len, o.path)), default=None)
    return Recorded(operation, status, body)


def _pattern(operation: Operation[Any]) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, operation.path)))


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not valid JSON"
        raise ConfigurationError(f"{file}: {reason}") from None
