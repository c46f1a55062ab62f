"""The settings of a client: its arguments and the environment, validated in one place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from aiovonage._core.auth.credentials import Credentials, loaded
from aiovonage._core.http.base_url import origin_of, origins_of
from aiovonage._core.http.extra_headers import header_list, user_agent_header
from aiovonage._core.number_settings import check_count, check_seconds
from aiovonage.api import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiovonage._core.http.extra_headers import Headers

TIMEOUT = 30.0
"""The default timeout for one attempt of a request, in seconds."""

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""The default limit for a response, in bytes."""


@attrs.frozen(kw_only=True)
class Settings:
    """Validated settings, ready for the session. `Vonage` documents them.

    Connections are not part of it: `ConnectionOptions` validates its settings itself, because users pass it to
    `resolve_transport`, too.

    Attributes:
        credentials: The credentials, given or from the environment.
        base_url: The origin for all requests; None for those of the operations.
        hosts: The origins of single namespaces.
        headers: Headers that are added to all requests.
        user_agent: The header of that name.
        allow_insecure_http: Whether plain http to another machine is allowed.
        timeout: Seconds for one attempt of a request; None for no limit.
        max_retries: How often a request may be sent again.
        max_retry_after: The most seconds that a 5xx may ask to wait before a retry.
    """

    credentials: Credentials
    base_url: str | None
    hosts: Mapping[str, str]
    headers: Headers = attrs.field(repr=False)  # may contain the secrets of a gateway
    user_agent: tuple[bytes, bytes]
    allow_insecure_http: bool
    timeout: float | None
    max_retries: int
    max_retry_after: float


def settings_of(
    *,
    credentials: Credentials,
    base_url: str | None,
    hosts: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    user_agent: str | None,
    allow_insecure_http: bool,
    timeout: float | None,
    max_retries: int,
    max_retry_after: float,
) -> Settings:
    """Validate the arguments of a client, and add those that come from the environment.

    Raises:
        ConfigurationError: if one is malformed; the message names it.
    """
    check_attempts(timeout, max_retries)
    check_seconds("max_retry_after", max_retry_after, zero=True, none=False)
    url = base_url or os.environ.get("VONAGE_BASE_URL", "").strip()
    return Settings(
        credentials=loaded(credentials),
        base_url=origin_of("base_url", url, allow_insecure_http=allow_insecure_http) if url else None,
        hosts=origins_of(hosts or {}, NAMESPACES, allow_insecure_http=allow_insecure_http),
        headers=header_list(headers),
        user_agent=user_agent_header(user_agent),
        allow_insecure_http=allow_insecure_http,
        timeout=timeout,
        max_retries=max_retries,
        max_retry_after=max_retry_after,
    )


def check_attempts(timeout: float | None, max_retries: int) -> None:
    """Validate what `Vonage.with_options` can change.

    Raises:
        ConfigurationError: if one is malformed.
    """
    check_seconds("timeout", timeout)
    check_count("max_retries", max_retries, least=0)
