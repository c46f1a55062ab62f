"""An operation of an API as data: everything that the session needs to send it and to read the response."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from urllib.parse import quote

import attrs

from aiovonage.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiovonage._core.codec.constraints import Constrained
    from aiovonage._core.codec.model import Model

T = TypeVar("T")

Style = Literal["page", "cursor", "paging-cursors", "whole"]


@attrs.frozen(kw_only=True)
class Pagination:
    """How a list is paginated.

    Paths lead through the decoded response: `("embedded", "brands")`; `"*"` is every element of an array.

    Attributes:
        style: `page` numbers, a `cursor` in a link, `paging-cursors` beside the items, or the `whole` list in one
            response.
        items: The path of the items.
        first: The number of the first page.
        page_size: The number of items per page, if neither request nor response has it.
        size: The query parameter for the number of items, as in the method's signature.
        parameter: The query parameter for the page or the cursor, as in the method's signature.
        wire: The name of `parameter` on the wire.
        next: The path of the link to the next page.
        after: The path of the cursor.
    """

    style: Style
    items: tuple[str, ...] = ()
    first: int = 1
    page_size: int | None = None
    size: str = "page_size"
    parameter: str = "page"
    wire: str = "page"
    next: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PartialSuccess:
    """A response with the outcome of each item.

    Attributes:
        items: The member of the request's body that holds the items.
        statuses: The HTTP statuses of such responses.
    """

    items: str
    statuses: frozenset[int]


@attrs.frozen(kw_only=True)
class Parameter:
    """A parameter of the path or the query.

    Attributes:
        name: Its name in the method's signature.
        wire: Its name on the wire.
        type: The type of its value, as the method takes it.
        required: Whether it is required.
        default: The API's default; None if the spec does not say. A path parameter is always sent, if need be with its
            default.
        help: Its meaning.
        example: An example; None if the spec has none.
        explode: Whether an array is sent as repeated parameters rather than joined by commas.
        json: Whether the value is sent as JSON. A string then counts as JSON, and is sent as it is.
        numbers: Whether items of digits are sent as JSON numbers.
        day: Whether the value is a date without a time.
        check: The constraints of the spec.
        takes_any_text: Whether any text is valid.
    """

    name: str
    wire: str = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    type: Any = str
    required: bool = False
    default: object = None
    help: str = ""
    example: object = None
    explode: bool = True
    json: bool = False
    day: bool = False
    numbers: bool = False
    check: Constrained | None = None
    takes_any_text: bool = attrs.field(init=False, eq=False, repr=False)

    @takes_any_text.default
    def _takes_any_text(self) -> bool:
        return self.check is None or self.check.takes_any_text


@attrs.frozen(kw_only=True, eq=False)
class Operation(Generic[T]):
    """An operation of an API. `T` is the result of a call: a model, None, a `PartialResult`, or the first `Page` of a
    list.

    Attributes:
        id: Namespace and method: `ten_dlc.get_brand`.
        summary: What it does, in a line.
        description: Further details.
        method: The HTTP method.
        host: Scheme and host: `https://api-eu.vonage.com`.
        path: The literal parts of the path, with a path parameter between each two of them.
        path_parameters: The path parameters, in order.
        query: The query parameters.
        security: The accepted schemes, strongest first; empty if no credentials are needed.
        body: The possible models of the body; empty if there is no body, or it is not an object.
        example: An example of a body from the documents, as JSON; None if they have none.
        success: The type of the response by status; None for no body.
        statuses: All documented statuses.
        accept: The `Accept` header.
        idempotent: Whether sending it twice has the same effect as sending it once (RFC 9110, 9.2.2).
        form: Whether the body is sent as a form (`application/x-www-form-urlencoded`) rather than JSON.
        pagination: How the list is paginated; None if it is not a list.
        partial: Which responses have the outcome of each item; None for none.
        requests_per_second: The documented rate limit.
    """

    id: str
    summary: str = ""
    description: str = ""
    method: str
    host: str
    path: tuple[str, ...]
    path_parameters: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    security: tuple[str, ...]
    body: tuple[type[Model], ...] = ()
    example: object = None
    success: Mapping[int, Any]
    statuses: frozenset[int] = frozenset()
    accept: str = "application/json"
    idempotent: bool
    form: bool = False
    pagination: Pagination | None = None
    partial: PartialSuccess | None = None
    requests_per_second: float | None = None

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """The name of its method."""
        return self.id.partition(".")[2]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of path and query."""
        return self.path_parameters + self.query

    @property
    def path_template(self) -> str:
        """The path with the names of its parameters: `/v1/10dlc/brands/{brand_id}`."""
        pairs = zip(self.path_parameters, self.path[1:], strict=True)
        return self.path[0] + "".join(f"{{{parameter.wire}}}{literal}" for parameter, literal in pairs)

    def url_path(self, values: tuple[object, ...]) -> str:
        """The path with its parameters, each percent-encoded, so that none can change the path.

        Raises:
            InvalidValue: if a value cannot be a path segment (empty, `.`, `..`), or the spec does not allow it.
        """
        path = self.path[0]
        for parameter, value, literal in zip(self.path_parameters, values, self.path[1:], strict=True):
            plain = type(value) is str and parameter.takes_any_text and value.isalnum() and value.isascii()
            path = f"{path}{value if plain else self._segment(parameter, value)}{literal}"
        return path

    def _segment(self, parameter: Parameter, value: object) -> str:
        check_parameter(self.id, parameter, value)
        text = str(value) if isinstance(value, str | int) else ""
        if text in {"", ".", ".."}:
            raise InvalidValue(self.id, parameter.name, repr(value), "must be a non-empty id")
        check_text(self.id, parameter.name, text)
        return quote(text, safe="")

    def query_pairs(self, values: Mapping[str, object], encode: Callable[[object], str]) -> list[tuple[str, str]]:
        """The names and values of the query on the wire, in the order of the spec. A None is left out.

        Args:
            values: The arguments of the method, by name.
            encode: Turns a value that is sent as JSON into text.

        Raises:
            InvalidValue: if the spec does not allow a value.
        """
        pairs: list[tuple[str, str]] = []
        for parameter in self.query:
            value = values.get(parameter.name)
            if value is None:
                continue
            if parameter.json and isinstance(value, str):
                pairs.append((parameter.wire, value))
                continue
            check_parameter(self.id, parameter, value)
            if parameter.json:
                pairs.append((parameter.wire, encode(_with_numbers(value) if parameter.numbers else value)))
            elif isinstance(value, list | tuple | set | frozenset):
                texts = [_text(item, parameter) for item in value]
                pairs.extend(
                    [(parameter.wire, t) for t in texts] if parameter.explode else [(parameter.wire, ",".join(texts))]
                )
            else:
                pairs.append((parameter.wire, _text(value, parameter)))
        for name, text in pairs:
            check_text(self.id, name, text)
        return pairs


def check_parameter(operation: str, parameter: Parameter, value: object) -> None:
    """Check a value against the constraints of its parameter. An unknown value of an open enum causes a warning.

    Raises:
        InvalidValue: if the spec does not allow it.
    """
    if parameter.check is None:
        return
    if bound := parameter.check.broken(value):
        raise InvalidValue(operation, parameter.name, repr(value), bound)
    parameter.check.warn(operation, parameter.name, value)


def _with_numbers(value: object) -> object:
    if not isinstance(value, list | tuple | set | frozenset):
        return value
    return [int(v) if isinstance(v, str) and v.isdecimal() and v.isascii() and v[:1] != "0" else v for v in value]


def check_text(operation: str, name: str, text: str) -> None:
    """Refuse text that UTF-8 cannot encode, such as half of a surrogate pair."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(
            operation, name, "text with half of a surrogate pair", "must be text that can be sent"
        ) from None


def _text(value: object, parameter: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if parameter.day and isinstance(value, datetime):
        value = value.date()  # a datetime is a date to type checkers, but not to an API that wants a day
    isoformat = getattr(value, "isoformat", None)  # date and datetime
    return isoformat() if isoformat is not None else str(value)
