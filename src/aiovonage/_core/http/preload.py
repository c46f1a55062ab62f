"""Modules that libraries import in the middle of a call.

A process that has no file descriptor left cannot import: the first calls of a burst would fail with a bare OSError, out
of an import, after their answers have come.
"""

from __future__ import annotations


def load_what_calls_need() -> None:
    """Import them, before the first connection is made."""
    import concurrent.futures.thread  # asyncio, to resolve names
    import encodings.idna
    import stringprep
    import urllib.request  # the environment's proxies

    import cattrs  # answers, when the first has come
    import orjson

    del concurrent, encodings, stringprep, urllib, cattrs, orjson


def load_what_httpcore_needs() -> None:
    """The same, for the default transport."""
    import anyio

    anyio.CancelScope(shield=True)  # httpcore makes one when a request fails, and anyio loads its backend then
