"""Numbered pages, their links, and the filter of 10DLC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aiovonage.sandbox.specs import Json

PAGE_SIZE = 10
MAX_PAGE_SIZE = 500
"""The largest page, in items: the only limit that the 10DLC document gives."""

LINKS_HOST = "https://api.nexmo.com"
"""The host of all links in the documents, whatever host the request went to."""


def link(path: str, *, host: str = LINKS_HOST, **query: object) -> Json:
    """A link as the APIs write it in `_links`.

    Args:
        path: The path.
        host: The origin.
        query: The query. A value of None is left out.
    """
    pairs = {name: value for name, value in query.items() if value is not None}
    return {"href": f"{host}{path}{'?' if pairs else ''}{urlencode(pairs)}"}


def page_of(
    items: Sequence[Any],
    *,
    number: int,
    size: int,
    path: str,
    name: str,
    links: bool,
    previous: str,
) -> Json:
    """A page of a list.

    Args:
        items: All items.
        number: The number of the page, from 1.
        size: The number of items, up to the limit of all lists.
        path: The path of the list, for its links.
        name: The name of the items under `_embedded`.
        links: Whether the page has links.
        previous: The name of the link to the previous page.
    """
    size = max(1, min(MAX_PAGE_SIZE, size))
    number = max(1, number)
    total = max(1, -(-len(items) // size))
    first = (number - 1) * size
    body: Json = {
        "page_size": size,
        "page": number,
        "total_pages": total,
        "total_items": len(items),
        "_embedded": {name: list(items[first : first + size])},
    }
    if links:

        def page(number: int) -> Json:
            return link(path, page=number, page_size=size)

        body["_links"] = {"self": page(number), "first": page(1), "last": page(total)}
        if number < total:
            body["_links"]["next"] = page(number + 1)
        if number > 1:
            body["_links"][previous] = page(number - 1)
    return body


def matches(item: Json, groups: list[list[Json]] | None) -> bool:
    """Whether an item passes a filter, which is a list (AND) of groups (OR) of conditions."""
    return all(any(_holds(item, condition) for condition in group) for group in groups or [])


def _holds(item: Json, condition: Json) -> bool:
    value = item.get(condition["field"])
    if condition["type"] == "regexp":
        try:
            return re.search(str(condition["value"]), str(value)) is not None
        except re.error:
            return False
    return bool((value == condition["value"]) == (condition["type"] in {"equal", "==", "="}))
