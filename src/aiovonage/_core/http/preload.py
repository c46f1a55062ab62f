"""Imports the modules that libraries import in the middle of a call.

A process without a free file descriptor cannot import. The first calls of a burst would fail with a bare OSError from
an import, after their responses had arrived.
"""

from __future__ import annotations


def load_what_calls_need() -> None:
    """Import the modules that every call needs."""
    import concurrent.futures.thread  # asyncio, for name resolution
    import encodings.idna
    import stringprep
    import urllib.request  # proxies of the environment

    import cattrs  # decoding of the first response
    import orjson

    del concurrent, encodings, stringprep, urllib, cattrs, orjson


def load_what_httpcore_needs() -> None:
    """Import the modules that the default transport needs."""
    import anyio

    anyio.CancelScope(shield=True)  # makes anyio load its backend, which httpcore needs when a request fails
