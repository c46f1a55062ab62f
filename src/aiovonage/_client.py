"""The client: settings, lifetime and namespaces."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from aiovonage._core.any_request import DEFAULT_HOST, any_operation, path_values
from aiovonage._core.auth.credentials import JWT_TTL, Credentials
from aiovonage._core.auth.schemes import Authenticator
from aiovonage._core.codec.codec import Codec
from aiovonage._core.event_loop.deadline import Deadlines
from aiovonage._core.http.base_url import origin_of
from aiovonage._core.http.extra_headers import header_list
from aiovonage._core.http.options import CONNECT_TIMEOUT, MAX_CONNECTIONS, ConnectionOptions
from aiovonage._core.http.resolve import resolve_transport
from aiovonage._core.observability.observer import Observation
from aiovonage._core.retry.policy import MAX_RETRIES, MAX_RETRY_AFTER, RetryBudget
from aiovonage._core.session import Session
from aiovonage._core.throttle.throttle import Throttle
from aiovonage._settings import MAX_RESPONSE_BYTES, TIMEOUT, check_attempts, settings_of
from aiovonage.api import Namespaces, RawNamespaces
from aiovonage.errors import ConfigurationError, InvalidValue

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import httpx

    from aiovonage._core.any_request import Auth
    from aiovonage._core.auth.credentials import SignatureMethod
    from aiovonage._core.drift.differences import Drift
    from aiovonage._core.drift.watch import DriftWatch
    from aiovonage._core.http.protocol import Transport
    from aiovonage._core.observability.events import RequestEvent, ResponseEvent, ThrottleEvent
    from aiovonage._core.raw import RawResponse
    from aiovonage.bulk import Bulk

N = TypeVar("N")


class _Unset:
    def __repr__(self) -> str:
        return "unchanged"


UNSET: Final = _Unset()


class Vonage(Namespaces):
    """A client for Vonage's provisioning APIs.

    If no credential is passed, all are read from the environment: `VONAGE_API_KEY`, `VONAGE_API_SECRET`,
    `VONAGE_APPLICATION_ID`, `VONAGE_PRIVATE_KEY`, `VONAGE_SIGNATURE_SECRET` and `VONAGE_SIGNATURE_METHOD`. If any is
    passed, none is read. `VONAGE_BASE_URL` is the default of `base_url`. Empty values count as missing. White space
    around a credential is ignored, with a warning in the log.

        async with Vonage() as vonage:
            async for brand in vonage.ten_dlc.list_brands():
                print(brand.brand_id, brand.display_name)

    Args:
        api_key: The account's API key.
        api_secret: The account's API secret.
        application_id: The application for the APIs that use a JWT.
        private_key: The application's private key: PEM text or bytes, or the path of a PEM file, which may begin with
            `~`. Literal `\\n`, quotation marks, base64 and white space in it are accepted.
        signature_secret: The account's signature secret, for signed requests.
        signature_method: How requests are signed: md5hash, md5, sha1, sha256 or sha512. Default: sha256.
        base_url: One origin for all APIs, such as that of the sandbox (`http://127.0.0.1:8080`).
        hosts: Origins of single namespaces, which override `base_url`: `{"applications": "https://api-eu.nexmo.com"}`.
        headers: Headers that are added to every request, such as those for a gateway of yours.
        user_agent: The product that makes the requests (`my-service/1.0`). This package's own product follows it.
        timeout: Seconds for one attempt of a request, from waiting for a connection to the end of the response; None
            for no limit. Default: 30.
        connect_timeout: Seconds for making a connection, including name resolution, proxy and TLS; None for no limit
            but `timeout`. A request whose connection takes longer was not sent, and is retried. Default: 10.
        max_retries: How often a request may be sent again. Default: 4.
        max_retry_after: The most seconds that a 5xx may ask to wait before a retry. If it asks for more, the error is
            raised at once, with its `retry_after`. Default: 60.
        max_connections: The most connections to one host, in each event loop. Further calls wait in line. Default: 100.
        throttle: A throttle that this client shares with others. Default: one of its own.
        transport: `"httpx"`, `"fast"` (the extra of that name), an `httpx.AsyncBaseTransport`, an `httpx.AsyncClient`,
            or your own `Transport`. The client does not close what you pass.
        proxy: The proxy for all requests, as `http://user:password@host:port`. Default: `HTTPS_PROXY`, `HTTP_PROXY` or
            `ALL_PROXY`, except for the hosts in `NO_PROXY`.
        verify: Which certificates are trusted: the path of a PEM file or of a folder of them, or an `ssl.SSLContext`.
            Default: those of the system and of certifi, or those in `SSL_CERT_FILE` or `SSL_CERT_DIR`. False accepts
                any
            certificate, and is only for experiments.
        cert: The client certificate: the path of a PEM file with certificate and key, or a tuple of certificate, key
            and, if the key is encrypted, its password.
        trust_env: Whether to use the environment's proxies and certificates. Default: True.
        strict: Raise `DecodeError` for a scalar whose type differs from the spec, instead of keeping it as received.
        jwt_ttl: The lifetime of a token, in seconds. Default: 900.
        jwt_acl: The paths that a token is valid for, as Vonage's `acl` claim.
        jwt_sub: The user that a token stands for.
        max_response_bytes: The largest response, in bytes. Default: 16 MiB.
        allow_insecure_http: Allow plain `http://` to hosts other than this machine.
        on_request: Called with a `RequestEvent` before each attempt of a request. It must not block.
        on_response: Called with a `ResponseEvent` after each attempt, whatever its result.
        on_throttle: Called with a `ThrottleEvent` when a 429 pauses the requests.
        on_drift: Called with a `Drift` for each difference between responses and the specs, once for each difference.
            It contains no values of yours.

    Raises:
        ConfigurationError: if a setting is malformed. A missing credential is reported by the first operation that
            needs it.
    """

    __module__ = "aiovonage"

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
        hosts: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        timeout: float | None = TIMEOUT,
        connect_timeout: float | None = CONNECT_TIMEOUT,
        max_retries: int = MAX_RETRIES,
        max_retry_after: float = MAX_RETRY_AFTER,
        max_connections: int = MAX_CONNECTIONS,
        throttle: Throttle | None = None,
        transport: str | Transport | httpx.AsyncBaseTransport | httpx.AsyncClient | None = None,
        proxy: str | None = None,
        verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
        cert: str | os.PathLike[str] | tuple[str | os.PathLike[str], ...] | None = None,
        trust_env: bool = True,
        strict: bool = False,
        jwt_ttl: int = JWT_TTL,
        jwt_acl: object = None,
        jwt_sub: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        allow_insecure_http: bool = False,
        on_request: Callable[[RequestEvent], object] | None = None,
        on_response: Callable[[ResponseEvent], object] | None = None,
        on_throttle: Callable[[ThrottleEvent], object] | None = None,
        on_drift: Callable[[Drift], object] | None = None,
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
        settings = settings_of(
            credentials=given,
            base_url=base_url,
            hosts=hosts,
            headers=headers,
            user_agent=user_agent,
            allow_insecure_http=allow_insecure_http,
            timeout=timeout,
            max_retries=max_retries,
            max_retry_after=max_retry_after,
        )
        opened, _ = resolve_transport(
            transport,
            max_response_bytes=max_response_bytes,
            options=ConnectionOptions(
                max_connections=max_connections,
                connect_timeout=connect_timeout,
                proxy=proxy,
                verify=verify,
                cert=cert,
                trust_env=trust_env,
            ),
        )
        self._closes = True
        self._session = Session(
            authenticator=Authenticator(settings.credentials),
            transport=opened,
            throttle=throttle if throttle is not None else Throttle(),
            budget=RetryBudget(),
            codec=Codec(strict=strict),
            deadlines=Deadlines(),
            observation=Observation(on_request, on_response, on_throttle),
            base_url=settings.base_url,
            hosts=settings.hosts,
            headers=settings.headers,
            user_agent=settings.user_agent,
            allow_insecure_http=settings.allow_insecure_http,
            timeout=settings.timeout,
            max_retries=settings.max_retries,
            max_retry_after=settings.max_retry_after,
            drift=_drift_watch(on_drift) if on_drift is not None else None,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, except those of a transport that you passed. Further calls are refused.

        It can be called in any event loop, and more than once. On a view of a client it does nothing.
        """
        await self._session.throttle._rest()
        if self._closes:
            await self._session.transport.aclose()

    @property
    def throttle(self) -> Throttle:
        """The throttle of this client."""
        return self._session.throttle

    @cached_property
    def bulk(self) -> Bulk:
        """Bulk runs over any number of phone numbers."""
        from aiovonage.bulk import Bulk

        return Bulk(self._session)

    @cached_property
    def with_raw_response(self) -> RawNamespaces:
        """The same methods, which give a `RawResponse`: the parsed value with status, headers and body; of a list the
        first page.
        """
        return RawNamespaces(self._session)

    async def request(
        self,
        method: str,
        path: str,
        *,
        path_params: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        json: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        host: str | None = None,
    ) -> RawResponse[Any]:
        """Call an endpoint that this package does not know. Throttle, authentication, retries and hooks apply as usual.

            response = await vonage.request("GET", "/account/get-balance", host="https://rest.nexmo.com", auth="query")
            print(response.parsed["value"])

        Args:
            method: GET, POST, PUT, PATCH or DELETE. A GET, PUT or DELETE is retried if its response was lost.
            path: The path. Parameters in braces (`/v1/things/{thing_id}`) are filled in from `path_params` and
                percent-encoded. Logs and events show the braces.
            path_params: The values of the path's parameters.
            query: The query. A None is left out, a list is repeated.
            json: The body: a model, or any JSON value.
            body: The body as bytes, instead of `json`. Set its `Content-Type` in `headers`.
            headers: Headers for this request.
            auth: How it is authenticated: `basic`, `jwt`, `query` (`api_key` and `api_secret` in the query) or
                `signature`. Default: a JWT if the credentials allow it, otherwise Basic.
            host: The origin, unless `base_url` or `VONAGE_BASE_URL` is set. Default: `https://api.nexmo.com`.

        Returns:
            The response. Its `parsed` is the decoded JSON, or None if the body is not valid JSON.

        Raises:
            APIError: for an error response, by status.
            TransportError: if there was no complete response.
            InvalidValue: if an argument cannot be sent.
            ConfigurationError: if a credential is missing, or the host or a header is malformed.
        """
        session = self._session
        if json is not None and body is not None:
            raise ConfigurationError("request takes json= or body=, not both")
        if body is not None and not isinstance(body, bytes):
            raise InvalidValue(
                "request", "body", type(body).__name__, "must be bytes (json= takes models and JSON values)"
            )
        origin = origin_of("host", host or DEFAULT_HOST, allow_insecure_http=session.allow_insecure_http)
        operation = any_operation(method, path, query or {}, host=origin, auth=auth)
        return await session.request(
            operation,
            path=path_values(operation, path_params or {}),
            query=query or {},
            json=json,
            body=body,
            headers=header_list(headers),
        )

    def use(self, namespace: Callable[[Session], N]) -> N:
        """Use a namespace that is not part of this package, such as one that `python -m codegen --spec` has generated.
        It shares credentials, transport and throttle with this client.

        Args:
            namespace: Its class, such as `my_numbers.Numbers`.
        """
        return namespace(self._session)

    def with_options(self, *, timeout: float | _Unset | None = UNSET, max_retries: int | _Unset = UNSET) -> Vonage:
        """A view of this client with other options. It shares transport and throttle, and does not need to be closed.

        Args:
            timeout: Seconds for one attempt of a request; None for no limit.
            max_retries: How often a request may be sent again.

        Raises:
            ConfigurationError: if an option is malformed.
        """
        check_attempts(
            self._session.timeout if isinstance(timeout, _Unset) else timeout,
            self._session.max_retries if isinstance(max_retries, _Unset) else max_retries,
        )
        changes: dict[str, Any] = {"timeout": timeout, "max_retries": max_retries}
        view = object.__new__(type(self))
        view._closes = False
        view._session = attrs.evolve(self._session, **{k: v for k, v in changes.items() if v is not UNSET})
        return view

    def __repr__(self) -> str:
        session = self.__dict__.get("_session")  # missing if __init__ raised
        account = session.authenticator.account if session is not None else ""
        return f"{type(self).__name__}(account={account!r})"


def _drift_watch(report: Callable[[Drift], object]) -> DriftWatch:
    from aiovonage._core.drift.watch import DriftWatch  # rarely used, so imported here

    return DriftWatch(report)
