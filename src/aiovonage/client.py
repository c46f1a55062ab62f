"""The client: settings, lifetime and namespaces."""

from __future__ import annotations

import os
from functools import cached_property
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import attrs

from aiovonage.api import Namespaces
from aiovonage.core.auth import Authenticator
from aiovonage.core.codec import Codec
from aiovonage.core.credentials import JWT_TTL, Credentials, loaded
from aiovonage.core.deadline import Deadlines
from aiovonage.core.errors import ConfigurationError
from aiovonage.core.observation import Observation
from aiovonage.core.retry import MAX_RETRIES, MAX_RETRY_AFTER, RetryBudget
from aiovonage.core.session import Session
from aiovonage.core.throttle import Throttle
from aiovonage.core.transport import resolve_transport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import httpx

    from aiovonage.api import RawNamespaces
    from aiovonage.bulk import Bulk
    from aiovonage.core.credentials import SignatureMethod
    from aiovonage.core.events import RequestEvent, ResponseEvent, ThrottleEvent
    from aiovonage.core.transport import Transport

TIMEOUT = 30.0
"""Seconds for one attempt of a request, unless told otherwise."""

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""The largest answer that is read, in bytes, unless told otherwise."""


class _Unset:
    def __repr__(self) -> str:
        return "unchanged"


UNSET: Final = _Unset()


class Vonage(Namespaces):
    """A client for Vonage's provisioning APIs.

    When no credential is given, all come from the environment: `VONAGE_API_KEY`, `VONAGE_API_SECRET`,
    `VONAGE_APPLICATION_ID`, `VONAGE_PRIVATE_KEY`, `VONAGE_SIGNATURE_SECRET` and `VONAGE_SIGNATURE_METHOD`. When one is
    given, none does. `VONAGE_BASE_URL` stands in for a `base_url` that is not given. Empty values count as none, and
    white space around a credential is left out, with a warning in the log.

        async with Vonage() as vonage:
            async for brand in vonage.ten_dlc.list_brands():
                print(brand.brand_id, brand.display_name)

    Args:
        api_key: The account's API key.
        api_secret: The account's API secret.
        application_id: The application whose tokens sign requests of the APIs that take a JWT.
        private_key: The application's private key: PEM text or bytes, or the path of a PEM file. Literal `\\n`,
            quotation marks, base64 and white space around it do no harm, and a path may begin with `~`.
        signature_secret: The account's signature secret, for signed requests.
        signature_method: How requests are signed: md5hash, md5, sha1, sha256 or sha512. Default: sha256.
        base_url: One origin for all APIs (`http://127.0.0.1:8080`), as of the sandbox.
        timeout: Seconds for one attempt of a request, from connecting to the end of the answer; None for no limit.
            Default: 30.
        max_retries: How often a request is sent again that may be. Default: 4.
        max_retry_after: Seconds that a server in trouble (5xx) may ask to wait before a request is sent again. An
            answer that asks for more is raised at once, with its `retry_after`. Default: 60.
        throttle: A throttle to share with other clients. Default: one of this client's own.
        transport: `"httpx"`, `"fast"` (the extra of that name), an `httpx.AsyncBaseTransport`, an `httpx.AsyncClient`,
            or a `Transport` of your own. What you give stays yours to close.
        strict: Raise `DecodeError` for a scalar of another type than the spec's, instead of keeping it as it came.
        jwt_ttl: Seconds for which a token is good. Default: 900.
        jwt_acl: The paths that a token is good for, as Vonage's `acl` claim.
        jwt_sub: The user that a token speaks for.
        max_response_bytes: The largest answer that is read, in bytes. Default: 16 MiB.
        allow_insecure_http: Admit a `base_url` of plain `http://` on a host that is not this machine.
        on_request: Called with a `RequestEvent` before each attempt of a request. It must not block.
        on_response: Called with a `ResponseEvent` after each attempt, whatever came of it.
        on_throttle: Called with a `ThrottleEvent` when a 429 closes the gate.

    Raises:
        ConfigurationError: for a malformed setting. A missing credential is found when an operation needs it.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
        application_id: str | None = None,
        private_key: str | bytes | Path | None = None,
        signature_secret: str | None = None,
        signature_method: SignatureMethod | None = None,
        base_url: str | None = None,
        timeout: float | None = TIMEOUT,
        max_retries: int = MAX_RETRIES,
        max_retry_after: float = MAX_RETRY_AFTER,
        throttle: Throttle | None = None,
        transport: str | Transport | httpx.AsyncBaseTransport | httpx.AsyncClient | None = None,
        strict: bool = False,
        jwt_ttl: int = JWT_TTL,
        jwt_acl: object = None,
        jwt_sub: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        allow_insecure_http: bool = False,
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
        on_throttle: Callable[[ThrottleEvent], object] | None = None,
    ) -> None:
        given = Credentials(
            api_key=api_key,
            api_secret=api_secret,
            application_id=application_id,
            private_key=private_key,
            signature_secret=signature_secret,
            signature_method=signature_method,
            jwt_ttl=jwt_ttl,
            jwt_acl=jwt_acl,
            jwt_sub=jwt_sub,
        )
        del api_secret, private_key, signature_secret  # a traceback with locals would show them
        base_url = base_url or os.environ.get("VONAGE_BASE_URL", "").strip()
        if timeout is not None and not timeout > 0:
            raise ConfigurationError("timeout must be a positive number of seconds, or None")
        if max_retries < 0:
            raise ConfigurationError("max_retries must not be negative")
        if not max_retry_after >= 0:
            raise ConfigurationError("max_retry_after must be a number of seconds, 0 or more")
        opened, self._owns_transport = resolve_transport(transport, max_response_bytes=max_response_bytes)
        self._session = Session(
            authenticator=Authenticator(loaded(given)),
            transport=opened,
            throttle=throttle if throttle is not None else Throttle(),
            budget=RetryBudget(),
            codec=Codec(strict=strict),
            deadlines=Deadlines(),
            observation=Observation(on_request, on_response, on_throttle),
            base_url=_origin(base_url, allow_insecure_http=allow_insecure_http) if base_url else None,
            timeout=timeout,
            max_retries=max_retries,
            max_retry_after=max_retry_after,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, but for those of a transport that was given."""
        if self._owns_transport:
            await self._session.transport.aclose()

    @property
    def throttle(self) -> Throttle:
        """What holds the requests of this client back."""
        return self._session.throttle

    @cached_property
    def bulk(self) -> Bulk:
        """Jobs over any number of numbers."""
        # The floor above, found by name like a plugin: the client itself knows no job.
        bulk: Bulk = import_module("aiovonage.bulk").Bulk(self._session)
        return bulk

    @cached_property
    def with_raw_response(self) -> RawNamespaces:
        """The same methods, which give a `RawResponse`: the parsed value with status, headers and body; of a list the
        first page.
        """
        view = Namespaces()
        view._session = attrs.evolve(self._session, raw=True)
        return cast("RawNamespaces", view)

    def with_options(self, *, timeout: float | _Unset | None = UNSET, max_retries: int | _Unset = UNSET) -> Vonage:
        """A view of this client with other options. It shares transport and throttle, and need not be closed.

        Args:
            timeout: Seconds for one attempt of a request; None for no limit.
            max_retries: How often a request is sent again that may be.
        """
        changes: dict[str, Any] = {"timeout": timeout, "max_retries": max_retries}
        view = object.__new__(type(self))
        view._owns_transport = False
        view._session = attrs.evolve(self._session, **{k: v for k, v in changes.items() if v is not UNSET})
        return view

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # not there while a setting is refused
        account = session.authenticator.account if session is not None else ""
        return f"{type(self).__name__}(account={account!r})"


def _origin(url: str, *, allow_insecure_http: bool) -> str:
    """Scheme, host and port of a URL, to which paths are added.

    Raises:
        ConfigurationError: for what is no such URL, and for plain http to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigurationError("base_url must be http(s)://host[:port], without credentials or query")
    if parts.path not in {"", "/"}:
        raise ConfigurationError("base_url must have no path: the operations bring their own")
    if parts.scheme == "http" and not allow_insecure_http and not _is_loopback(parts.hostname):
        raise ConfigurationError(
            "base_url is plain http: credentials would travel in clear (allow_insecure_http=True admits it)"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
