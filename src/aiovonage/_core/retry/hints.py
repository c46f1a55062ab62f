"""Hints at the reason of an error response that does not give one."""

from __future__ import annotations

import time

from aiovonage._core.retry.retry_after import http_date

SKEW = 30
"""Seconds by which clocks may differ before a hint mentions it. Tokens and signed requests contain the time."""


def hint(status: int, *, is_page: bool, date: str | None) -> str:
    """A hint for the message of an error; empty if there is none.

    Args:
        status: The HTTP status of the response.
        is_page: Whether its body is markup.
        date: Its `Date` header.
    """
    if is_page:
        return "the response is a page, so a proxy or gateway may have sent it"
    if 300 <= status < 400:
        return "redirects are not followed: check base_url, and whether a proxy wants you to log in"
    if status == 407:
        return "the proxy wants credentials"
    if status == 401:
        return _skew(date)
    return ""


def _skew(date: str | None) -> str:
    theirs = http_date(date)
    if theirs is None:
        return ""
    ahead = round(time.time() - theirs)
    if abs(ahead) < SKEW:
        return ""
    way = "ahead of" if ahead > 0 else "behind"
    return f"the clock of this machine is {abs(ahead)} seconds {way} the server's: set it, if the credentials are right"
