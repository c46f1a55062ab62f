"""Reads and decompresses response bodies, up to a limit."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aiovonage.errors import ConnectionFailed, DecodeError, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

ACCEPT_ENCODING = (b"Accept-Encoding", b"gzip, deflate")
"""The encodings that `decompressed` can decode. Without this header, a server may use any (RFC 9110, 12.5.3)."""

_UNSUPPORTED = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}


async def read_bounded(stream: AsyncIterable[bytes], limit: int) -> bytes:
    """Read a whole body.

    Raises:
        ResponseTooLarge: if it has more than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise ResponseTooLarge(f"the response has more than {limit} bytes")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def decompressed(body: bytes, encoding: str, limit: int, status: int) -> bytes:
    """Decode one or several content encodings, the last one first.

    Values that are not encodings (`utf-8`, `aws-chunked`) are ignored, as in httpx and browsers.

    Args:
        body: The body as received.
        encoding: The value of `Content-Encoding`.
        limit: The largest decoded body, in bytes.
        status: The HTTP status, for errors.

    Raises:
        ResponseTooLarge: if the decoded body has more than `limit` bytes.
        ConnectionFailed: if the body does not have that encoding.
        DecodeError: if it has an encoding that was not asked for and cannot be decoded.
    """
    for name in reversed(encoding.lower().replace(" ", "").split(",")):
        if not body:
            return body
        if name in _UNSUPPORTED:
            raise DecodeError(
                f"the response has the content encoding {name}, but only gzip and deflate were asked for",
                body=body,
                status=status,
            )
        if name in {"gzip", "x-gzip", "deflate"}:
            body = _inflated(body, name, limit)
    return body


def _inflated(body: bytes, encoding: str, limit: int) -> bytes:
    # `deflate` means zlib's format, but some servers send it without its header (RFC 9110, 8.4.1.2).
    raw = encoding == "deflate" and (body[0] & 0x0F != 8 or int.from_bytes(body[:2]) % 31 != 0)
    parts: list[bytes] = []
    size = 0
    while body:
        inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)  # 32: detect
        try:
            part = inflate.decompress(body, limit + 1 - size)
        except zlib.error as error:
            if parts:  # padding after the last member is ignored, as gzip(1) does
                break
            raise ConnectionFailed(f"the response is not {encoding}, although its headers say so: {error}") from None
        size += len(part)
        if size > limit:
            raise ResponseTooLarge(f"the response has more than {limit} bytes")
        if not inflate.eof:
            raise ConnectionFailed(f"the response is incomplete: its {encoding} data ends too early")
        parts.append(part)
        body = inflate.unused_data if encoding != "deflate" else b""  # gzip data may have several members (RFC 1952)
    return b"".join(parts)
