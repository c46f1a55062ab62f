"""Reads a page of a list from a response, in each pagination style of the APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from aiovonage._core.pagination import Page
from aiovonage.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiovonage._core.operation import Operation, Pagination


def page_of(operation: Operation[Any], query: Mapping[str, Any], envelope: Any) -> Page[Any]:
    """Turn a response into a page.

    Args:
        operation: The operation of the list.
        query: The query of the request.
        envelope: The decoded response.

    Raises:
        PaginationError: if the server returned another page than the requested one.
    """
    pagination = operation.pagination
    assert pagination is not None
    items = at(envelope, pagination.items)
    items = list(items) if isinstance(items, list) else []
    page_size, total_pages, total_items = (
        _number(envelope, name) for name in ("page_size", "total_pages", "total_items")
    )
    number = None
    following: Mapping[str, Any] | None = None
    if pagination.style == "page":
        asked = query.get(pagination.parameter)
        said = _number(envelope, "page")
        number = said if said is not None else asked if isinstance(asked, int) else pagination.first
        if isinstance(asked, int) and said is not None and said != asked:
            raise PaginationError(f"{operation.id}: the server returned page {said} when asked for page {asked}")
        size = page_size or query.get(pagination.size) or pagination.page_size
        if _goes_on(pagination, envelope, number, len(items), size, total_pages):
            following = {pagination.parameter: number + 1}
    elif pagination.style == "cursor":
        following = _from_link(operation, at(envelope, pagination.next))
    elif pagination.style == "paging-cursors":
        after = at(envelope, pagination.after)
        going_on = isinstance(after, str | int) and after and at(envelope, pagination.next)
        following = {pagination.parameter: after} if going_on else None
    return Page(
        items=items,
        page=number,
        page_size=page_size,
        total_pages=total_pages,
        total_items=total_items,
        envelope=envelope,
        next=following,
    )


def at(value: Any, path: tuple[str, ...]) -> Any:
    """The value at a path in a decoded response; None if there is none. `*` is every element of a list."""
    for position, part in enumerate(path):
        if part == "*":
            found = [at(element, path[position + 1 :]) for element in value] if isinstance(value, list) else []
            return [item for items in found if isinstance(items, list) for item in items]
        value = getattr(value, part, None)
        if value is None:
            return None
    return value


def _goes_on(
    pagination: Pagination, envelope: Any, number: int, count: int, size: int | None, total_pages: int | None
) -> bool:
    """Whether another page follows. Totals take precedence over links, which are wrong in the documents' examples."""
    if total_pages is not None:
        return number + 1 < pagination.first + total_pages  # even after an empty page, which a filter can produce
    links = getattr(envelope, "links", None)
    if links is not None:
        return getattr(links, "next", None) is not None
    return count > 0 and (size is None or count >= size)


def _from_link(operation: Operation[Any], href: Any) -> Mapping[str, Any] | None:
    """The cursor in the query of a link. Its host and path are ignored: credentials must not go to a host that a
    response names.
    """
    if not isinstance(href, str):
        return None
    pagination = operation.pagination
    assert pagination is not None
    names = {parameter.wire: parameter.name for parameter in operation.query}
    query = {names[wire]: value for wire, value in parse_qsl(urlsplit(href).query) if wire in names}
    if pagination.parameter not in query:
        return None
    return {pagination.parameter: query[pagination.parameter]}


def _number(envelope: Any, name: str) -> int | None:
    value = getattr(envelope, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
