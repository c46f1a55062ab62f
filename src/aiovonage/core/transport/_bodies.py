"""Bodies of answers: read to their end within bounds, and with their content encoding undone."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from aiovonage.core.errors import ConnectionFailed, ResponseTooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterable


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
