"""An operation of an API as data: all that the session must know to send it and to read its answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from urllib.parse import quote

import attrs

from aiovonage.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiovonage._core.codec.model import Constrained, Model

T = TypeVar("T")

Style = Literal["page", "cursor", "paging-cursors", "whole"]


@attrs.frozen(kw_only=True)
class Pagination:
    """How a list goes on.

    Paths lead through the decoded answer: `("embedded", "brands")`; `"*"` is every element of an array.

    Attributes:
        style: `page` numbers, a `cursor` in a link, `paging-cursors` beside the items, or the `whole` list in one
            answer.
        items: Where the items stand.
        first: The number of the first page.
        page_size: How many items a page holds, where neither request nor answer says so.
        size: The query parameter that asks for a number of items, as in the method's signature.
        parameter: The query parameter that asks for a page or names a cursor, as in the method's signature.
        wire: The same on the wire.
        next: Where the link or mark of a next page stands.
        after: Where the cursor itself stands.
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
    """An answer that says item by item what happened.

    Attributes:
        items: The member of the request's body that holds the items.
        statuses: The statuses of such answers.
    """

    items: str
    statuses: frozenset[int]


@attrs.frozen(kw_only=True)
class Parameter:
    """A parameter of the path or the query.

    Attributes:
        name: Its name in the method's signature.
        wire: Its name on the wire.
        explode: Whether an array is sent as repeated parameters rather than joined by commas.
        json: Whether the value is sent as JSON. A string is then taken for JSON, and sent as it is.
        numbers: Whether items of digits are written as JSON numbers.
        day: Whether the value is a date without a time.
        check: What the spec says of its value.
        takes_any_text: Whether the spec says nothing but that it is text.
    """

    name: str
    wire: str
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
    """One operation of one API. `T` is what a call of it gives: a model, `None`, a `PartialResult`, or for a list its
    first `Page`.

    Attributes:
        id: Namespace and method: `ten_dlc.get_brand`.
        method: The HTTP method.
        host: Scheme and host: `https://api-eu.vonage.com`.
        path: The path's literal parts, between which the path parameters go.
        path_parameters: The path parameters, in order.
        query: The query parameters.
        security: The schemes that the operation takes, strongest first; none where it needs no credentials.
        body: The models that the body may be; empty where it is not an object, or where there is no body.
        success: The type of the answer by status; `None` where there is no body.
        statuses: All documented statuses.
        accept: The `Accept` header, empty where no body is expected.
        idempotent: Whether sending it twice has the effect of sending it once.
        form: Whether the body goes as a form (`application/x-www-form-urlencoded`), not as JSON.
        pagination: How the list goes on, for a list.
        partial: Where the answer speaks of each item.
        requests_per_second: The documented rate limit.
    """

    id: str
    method: str
    host: str
    path: tuple[str, ...]
    path_parameters: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    security: tuple[str, ...]
    body: tuple[type[Model], ...] = ()
    success: Mapping[int, Any]
    statuses: frozenset[int] = frozenset()
    accept: str = "application/json"
    idempotent: bool
    form: bool = False
    pagination: Pagination | None = None
    partial: PartialSuccess | None = None
    requests_per_second: float | None = None

    @property
    def path_template(self) -> str:
        """The path with the names of its parameters: `/v1/10dlc/brands/{brand_id}`."""
        pairs = zip(self.path_parameters, self.path[1:], strict=True)
        return self.path[0] + "".join(f"{{{parameter.wire}}}{literal}" for parameter, literal in pairs)

    def url_path(self, values: tuple[object, ...]) -> str:
        """The path with its parameters, each percent-encoded, so that none can change the path.

        Raises:
            InvalidValue: for a value that cannot be a segment of a path (empty, `.`, `..`), or that the spec does not
                admit.
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
        """The query's names and values on the wire, in the order of the spec. A `None` is left out.

        Args:
            values: The arguments of the method, by name.
            encode: Turns a value that is sent as JSON into text.

        Raises:
            InvalidValue: for a value that the spec does not admit.
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
    """Hold a value against what the spec says of the parameter. A value that its list does not have is warned of.

    Raises:
        InvalidValue: for a value that the spec does not admit.
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
    """Refuse text that has no form in UTF-8, as half of an emoji."""
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
