"""Bodies of answers: read to their end within bounds, and with their content encoding undone."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aiovonage.errors import ConnectionFailed, DecodeError, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

ACCEPT_ENCODING = (b"Accept-Encoding", b"gzip, deflate")
"""What `decompressed` undoes. A request that says nothing admits any encoding (RFC 9110, section 12.5.3)."""

_NOT_UNDONE = {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}


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


def decompressed(body: bytes, encoding: str, limit: int, status: int) -> bytes:
    """Undo a content encoding, or several that are separated by commas.

    What is no encoding (`utf-8`, `aws-chunked`) is passed over, as httpx and browsers do.

    Args:
        body: The body as it came.
        encoding: The value of the header `Content-Encoding`.
        limit: The largest body, in bytes.
        status: The status of the answer, for errors.

    Raises:
        ResponseTooLarge: when the body has more than `limit` bytes then.
        ConnectionFailed: when the body is not of that encoding.
        DecodeError: when it is of an encoding that is not undone, and was not asked for.
    """
    for name in reversed(encoding.lower().replace(" ", "").split(",")):
        if not body:
            return body
        if name in _NOT_UNDONE:
            raise DecodeError(
                f"the answer has the content encoding {name}, though only gzip and deflate were asked for",
                body=body,
                status=status,
            )
        if name in {"gzip", "x-gzip", "deflate"}:
            body = _inflated(body, name, limit)
    return body


def _inflated(body: bytes, encoding: str, limit: int) -> bytes:
    # `deflate` means zlib's form, but some servers send it without its head (RFC 9110, section 8.4.1.2).
    raw = encoding == "deflate" and (body[0] & 0x0F != 8 or int.from_bytes(body[:2]) % 31 != 0)
    parts: list[bytes] = []
    size = 0
    while body:
        inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)  # gzip or zlib, by the head
        try:
            part = inflate.decompress(body, limit + 1 - size)
        except zlib.error as error:
            if parts:  # padding behind the last member is ignored, as gzip(1) does
                break
            raise ConnectionFailed(f"the answer is not {encoding}, as its headers say: {error}") from None
        size += len(part)
        if size > limit:
            raise ResponseTooLarge(f"the answer has more than {limit} bytes")
        if not inflate.eof:
            raise ConnectionFailed(f"the answer is not whole: its {encoding} ends too early")
        parts.append(part)
        body = inflate.unused_data if encoding != "deflate" else b""  # a file of gzip may have several members
    return b"".join(parts)
