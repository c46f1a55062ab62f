"""Every error that comes out of the client. None of them carries a credential."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiovonage.core.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class VonageError(Exception):
    """Base of all errors of this package. They can be copied and pickled, as to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is made again from its message, which most classes here make themselves.
        return _bare, (type(self), self.args), self.__dict__


def _bare(cls: type[VonageError], args: tuple[object, ...]) -> VonageError:
    return cls.__new__(cls, *args)


class ConfigurationError(VonageError, ValueError):
    """The client cannot send this: a credential or setting is missing or malformed. Nothing was sent."""


class InvalidValue(VonageError, ValueError):
    """A value that the spec does not admit, found before anything was sent.

    Attributes:
        model: The model or operation.
        member: The member or parameter.
        bound: What the spec demands.
    """

    def __init__(self, model: str, member: str, value: str, bound: str) -> None:
        super().__init__(f"{model}.{member} {bound}, not {value}")
        self.model = model
        self.member = member
        self.bound = bound


class TransportError(VonageError):
    """No complete answer came.

    Attributes:
        sent: Whether the request may have reached the server, and so may have been carried out.
        permanent: Whether it would fail in the same way again, as with a certificate that is not trusted. Such a
            request is not sent again.
        operation: The operation, as `ten_dlc.get_brand`.
    """

    def __init__(self, message: str, *, sent: bool = True, permanent: bool = False, operation: str = "") -> None:
        super().__init__(message)
        self.sent = sent
        self.permanent = permanent
        self.operation = operation

    def __str__(self) -> str:
        sent = "the request may have been carried out" if self.sent else "the request was not sent"
        return f"{super().__str__()}; {sent}{f' [{self.operation}]' if self.operation else ''}"


class ConnectionFailed(TransportError):
    """The connection could not be made, or broke."""


class TimedOut(TransportError):
    """The answer did not come within the timeout."""


class ResponseTooLarge(TransportError):
    """The answer is larger than the client's `max_response_bytes`."""


class DecodeError(VonageError):
    """An answer that arrived, but whose body is not of the documented shape.

    Attributes:
        path: Where in the body, as a JSON pointer (`/_embedded/brands/0`); empty for the whole.
        body: The body as it came.
        status: The HTTP status, where the body is an answer's.
    """

    def __init__(self, message: str, *, path: str = "", body: bytes = b"", status: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.body = body
        self.status = status


class PaginationError(VonageError):
    """A list that cannot be followed: the server repeats a page or a cursor for ever."""


class APIError(VonageError):
    """An answer that says no.

    Attributes:
        status: The HTTP status.
        problem: What the body says.
        request_id: The id to quote to Vonage's support, from the headers or the problem's `instance`.
        retry_after: Seconds to wait before the next request, where the answer says so.
        headers: The headers of the answer; names in lower case.
        body: The body as it came.
        operation: The operation, as `ten_dlc.get_brand`.
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
    ) -> None:
        self.status = status
        self.problem: Problem = problem if problem is not None else Problem()
        self.request_id = request_id
        self.retry_after = retry_after
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.body = body
        self.operation = operation
        super().__init__(self._message())

    @property
    def code(self) -> str | None:
        """The kind of problem in a word: the fragment of the problem's `type` (`brand-not-qualified`)."""
        return self.problem.code

    def _message(self) -> str:
        said = [text for text in (self.problem.title or _phrase(self.status), self.problem.detail) if text]
        refused = [
            ": ".join(str(text) for text in (p.field, p.description) if text)
            for p in self.problem.invalid_parameters
            if p.field or p.description
        ]
        message = f"{self.status} {': '.join(said)}"
        if refused:
            message += f" ({'; '.join(refused)})"
        context: Sequence[str] = [
            text for text in (self.operation, f"request {self.request_id}" if self.request_id else "") if text
        ]
        return f"{message} [{', '.join(context)}]" if context else message


class BadRequest(APIError):
    """400: the request is malformed, or its data is refused."""


class Unauthorized(APIError):
    """401: the credentials are wrong."""


class Forbidden(APIError):
    """403: the account may not do this."""


class NotFound(APIError):
    """404: it does not exist, or belongs to somebody else."""


class Conflict(APIError):
    """409: it does not go with what is there (a number linked elsewhere, a brand not qualified for a use case)."""


class UnprocessableContent(APIError):
    """422: the data is refused; `problem.invalid_parameters` says which."""


class RateLimited(APIError):
    """429: too many requests; `retry_after` says how many seconds to wait."""


class ServerError(APIError):
    """5xx: the server failed."""


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
    """The class for an HTTP status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else APIError)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
