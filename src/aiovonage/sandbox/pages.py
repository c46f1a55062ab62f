"""Lists in numbered pages, with links, and the filter of 10DLC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aiovonage.sandbox.specs import Json

PAGE_SIZE = 10
MOST = 500
"""Items of a page at most: the one figure that the 10DLC document gives."""

LINKS_HOST = "https://api.nexmo.com"
"""The host of all links in the documents, whichever host was asked."""


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
        number: Which page, from 1.
        size: How many items it holds, within the limit of all lists.
        path: The path of the list, for its links.
        name: What the items are called under `_embedded`.
        links: Whether the page has links.
        previous: What the link to the page before is called.
    """
    size = max(1, min(MOST, size))
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

        def link(page: int) -> Json:
            return {"href": f"{LINKS_HOST}{path}?page={page}&page_size={size}"}

        body["_links"] = {"self": link(number), "first": link(1), "last": link(total)}
        if number < total:
            body["_links"]["next"] = link(number + 1)
        if number > 1:
            body["_links"][previous] = link(number - 1)
    return body


def matches(item: Json, groups: list[list[Json]] | None) -> bool:
    """Whether an item passes a filter: in each group one condition must hold."""
    return all(any(_holds(item, condition) for condition in group) for group in groups or [])


def _holds(item: Json, condition: Json) -> bool:
    value = item.get(condition["field"])
    if condition["type"] == "regexp":
        try:
            return re.search(str(condition["value"]), str(value)) is not None
        except re.error:
            return False
    return bool((value == condition["value"]) == (condition["type"] in {"equal", "==", "="}))
