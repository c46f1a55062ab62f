"""The errors of httpx and httpcore as ours, and bodies that are bounded."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import httpcore
import httpx

from aiovonage.core.errors import ConnectionFailed, ResponseTooLarge, TimedOut, TransportError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

FAILURES = (
    httpx.TransportError,
    httpx.DecodingError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
)
"""What a transport of httpx, or respx in its place, can raise."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.LocalProtocolError,
    httpcore.UnsupportedProtocol,
)


def as_transport_error(failure: BaseException) -> TransportError:
    """Our error for one of `FAILURES`. It does not quote the request, which may hold credentials."""
    words = re.sub(r"\?\S+", "?...", str(failure)) or type(failure).__name__  # a URL's query may be quoted
    sent = not isinstance(failure, _NOT_SENT)
    if isinstance(failure, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError):
        return TimedOut(f"timed out: {words}", sent=sent)
    return ConnectionFailed(words if sent else f"could not connect: {words}", sent=sent)


async def read_bounded(stream: AsyncIterable[bytes], limit: int) -> bytes:
    """A body, read to its end.

    Raises:
        ResponseTooLarge: when it has more than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise ResponseTooLarge(f"the answer has more than {limit} bytes")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def decompressed(body: bytes, encoding: str | None, limit: int) -> bytes:
    """Undo a content encoding. None is asked for, so that servers rarely use one.

    Raises:
        ResponseTooLarge: when the body has more than `limit` bytes then.
        ConnectionFailed: when the body is not of that encoding, or the encoding is not known.
    """
    if encoding is None or encoding.lower() in {"", "identity"} or not body:
        return body
    if encoding.lower() not in {"gzip", "x-gzip", "deflate"}:
        raise ConnectionFailed(f"the answer has an unknown content encoding: {encoding}")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by the header
    try:
        plain = inflate.decompress(body, limit + 1)
    except zlib.error as error:
        raise ConnectionFailed(f"the answer is not {encoding}: {error}") from None
    if len(plain) > limit:
        raise ResponseTooLarge(f"the answer has more than {limit} bytes")
    if not inflate.eof:
        raise ConnectionFailed(f"the answer is not {encoding}: it ends too early")
    return plain
