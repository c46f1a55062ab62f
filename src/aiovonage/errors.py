"""All errors of the client. None of them contains a credential.

VonageError
├── ConfigurationError      a setting or credential is missing or malformed
├── InvalidValue            a value that the spec does not allow; nothing was sent
├── TransportError          no complete response
│   ├── ConnectionFailed
│   ├── TimedOut
│   └── ResponseTooLarge
├── DecodeError             a response of another shape than the documented one
├── PaginationError         a list that would never end
└── APIError                an error response, by status
    ├── BadRequest (400), Unauthorized (401), Forbidden (403), NotFound (404), Conflict (409)
    ├── UnprocessableContent (422), RateLimited (429), ThrottleTimeout
    └── ServerError (5xx)
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiovonage._error_text import shortened
from aiovonage._problem import InvalidParameter, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

__all__ = [
    "APIError",
    "BadRequest",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "DecodeError",
    "Forbidden",
    "InvalidParameter",
    "InvalidValue",
    "NotFound",
    "PaginationError",
    "Problem",
    "RateLimited",
    "ResponseTooLarge",
    "ServerError",
    "ThrottleTimeout",
    "TimedOut",
    "TransportError",
    "Unauthorized",
    "UnprocessableContent",
    "VonageError",
]

SHOWN = 5
"""The most invalid parameters that a message shows; `problem.invalid_parameters` has all of them."""


class VonageError(Exception):
    """Base class of all errors of this package. They can be copied and pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default, an exception is unpickled by calling its class with the message; most classes here take other
        # arguments.
        return _bare, (type(self), self.args), self.__dict__


def _bare(cls: type[VonageError], args: tuple[object, ...]) -> VonageError:
    return cls.__new__(cls, *args)


class ConfigurationError(VonageError, ValueError):
    """A credential or setting is missing or malformed. Nothing was sent."""


class InvalidValue(VonageError, ValueError):
    """A value that the spec does not allow. Nothing was sent.

    Attributes:
        model: The model or operation.
        member: The member or parameter.
        bound: What the spec requires.
    """

    def __init__(self, model: str, member: str, value: str, bound: str) -> None:
        super().__init__(f"{model}.{member} {bound}, not {value}")
        self.model = model
        self.member = member
        self.bound = bound


class TransportError(VonageError):
    """There was no complete response.

    Attributes:
        sent: Whether the request may have reached the server, and so may have been carried out.
        permanent: Whether it would fail again, as with an untrusted certificate. Such a request is not retried.
        operation: The operation, such as `ten_dlc.get_brand`.
    """

    def __init__(self, message: str, *, sent: bool = True, permanent: bool = False, operation: str = "") -> None:
        super().__init__(message)
        self.sent: bool = sent
        self.permanent: bool = permanent
        self.operation: str = operation
        self._repeatable = True

    def of(self, operation: str, *, repeatable: bool) -> Self:
        """Add the operation to this error, and return it.

        Args:
            operation: The operation.
            repeatable: Whether it may be retried even if it may have been carried out.
        """
        self.operation = operation
        self._repeatable = repeatable
        return self

    def __str__(self) -> str:
        if not self.sent:
            fate = "the request was not sent"
        elif self._repeatable:
            fate = "the request may have been carried out"
        else:
            fate = "the request may have been carried out, so it is not sent again: check before you send it yourself"
        return f"{super().__str__().rstrip('.')}; {fate}{f' [{self.operation}]' if self.operation else ''}"


class ConnectionFailed(TransportError):
    """The connection could not be made, or broke."""


class TimedOut(TransportError):
    """The response did not arrive within the timeout."""


class ResponseTooLarge(TransportError):
    """The response is larger than the client's `max_response_bytes`."""


class DecodeError(VonageError):
    """A response whose body does not have the documented shape.

    Attributes:
        path: The place in the body, as a JSON pointer (`/_embedded/brands/0`); empty for the whole body.
        body: The body as received.
        status: The HTTP status; None if the body is not that of a response.
    """

    def __init__(self, message: str, *, path: str = "", body: bytes = b"", status: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.body = body
        self.status = status


class PaginationError(VonageError):
    """A list that would never end: the server repeats a page or a cursor."""


class APIError(VonageError):
    """An error response.

    Attributes:
        status: The HTTP status.
        problem: What the body says.
        request_id: The id to quote to Vonage's support, from the headers or the problem's `instance`.
        retry_after: Seconds to wait before the next request; None if the response does not say.
        headers: The headers of the response, with names in lower case.
        body: The body as received.
        operation: The operation, such as `ten_dlc.get_brand`.
        hint: A probable reason that the response itself does not give; empty if there is none.
    """

    def __init__(
        self,
        status: int,
        *,
        problem: Problem | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        operation: str = "",
        hint: str = "",
    ) -> None:
        self.status = status
        self.problem: Problem = problem if problem is not None else Problem()
        self.request_id = request_id
        self.retry_after = retry_after
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.body = body
        self.operation = operation
        self.hint = hint
        super().__init__(self._message())

    @property
    def is_problem(self) -> bool:
        """Whether this is the API's own answer, as far as the answer shows.

        True when the body is a JSON object with a `type` or `title` that is a string, which all documented errors have.
        False for an HTML page, for the JSON of a gateway or proxy, and for statuses that only intermediaries send
        (3xx, 407, 408, 425). Such a response says nothing about the resource that was requested.
        """
        return (
            not 300 <= self.status < 400
            and self.status not in _OF_INTERMEDIARIES
            and (self.problem.type is not None or self.problem.title is not None)
        )

    @property
    def code(self) -> str | None:
        """The kind of problem in a word: the fragment of the problem's `type` (`brand-not-qualified`)."""
        return self.problem.code

    def _message(self) -> str:
        code, title, detail = (shortened(text or "") for text in (self.code, self.problem.title, self.problem.detail))
        if code and _same_words(code, title):
            title = ""
        said = [text for text in (code or title or _phrase(self.status), title if code else "", detail) if text]
        refused = [
            ": ".join(shortened(str(text)) for text in (p.field, p.description) if text)
            for p in self.problem.invalid_parameters
            if p.field or p.description
        ]
        message = f"{self.status} {': '.join(said)}"
        if refused:
            more = f"; and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
            message += f" ({'; '.join(refused[:SHOWN])}{more})"
        if self.hint:
            message += f"; {self.hint}"
        context: Sequence[str] = [
            text for text in (self.operation, f"request {self.request_id}" if self.request_id else "") if text
        ]
        return f"{message} [{', '.join(context)}]" if context else message


class BadRequest(APIError):
    """400: the request is malformed, or its data is invalid."""


class Unauthorized(APIError):
    """401: the credentials are wrong."""


class Forbidden(APIError):
    """403: the account may not do this."""


class NotFound(APIError):
    """404: it does not exist, or belongs to another account."""


class Conflict(APIError):
    """409: it conflicts with the current state (a number linked elsewhere, a brand not qualified for a use case)."""


class UnprocessableContent(APIError):
    """422: the data is invalid; `problem.invalid_parameters` says which."""


class RateLimited(APIError):
    """429: too many requests; `retry_after` is the number of seconds to wait."""


class ThrottleTimeout(RateLimited):
    """The throttle would hold the request for longer than its `max_wait`. Nothing was sent.

    It is a `RateLimited` with `status` 429, so that code which handles rate limits handles it too.

    Attributes:
        retry_after: Seconds until the throttle would let the request through, as far as it knows.
        max_wait: The most seconds that the throttle may hold a request.
        sent: Always False.
    """

    sent = False

    def __init__(self, retry_after: float, max_wait: float, *, operation: str = "") -> None:
        self.max_wait = max_wait
        super().__init__(429, retry_after=retry_after, operation=operation)

    def __str__(self) -> str:
        return self._message()  # evaluated late: the session sets the operation, which the throttle does not know

    def _message(self) -> str:
        return (
            f"{self.operation or 'the request'} was not sent: the throttle would hold it for {self.retry_after:.1f} s, "
            f"longer than max_wait={self.max_wait:g} s"
        )


class ServerError(APIError):
    """5xx: the server failed."""


_OF_INTERMEDIARIES = frozenset({407, 408, 425})
"""Proxy Authentication Required, Request Timeout and Too Early (RFC 9110, RFC 8470), which no document mentions."""

_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: UnprocessableContent,
    429: RateLimited,
}


def error_class(status: int) -> type[APIError]:
    """The error class for an HTTP status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else APIError)


def _same_words(code: str, title: str) -> bool:
    """Whether a title only repeats the code: `not-found` and `Not Found`."""
    return code.replace("-", " ").casefold() == title.replace("-", " ").rstrip(".").casefold()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
