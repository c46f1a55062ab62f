"""How a list goes on, and where an answer speaks of each item, as expressions."""

from __future__ import annotations

from codegen.names import member_name
from codegen.spec import Json, Spec


def pagination(spec: Spec, pages: Json, parameters: list[Json]) -> str:
    """The `Pagination` of an operation, from its `x-pagination`."""
    style = pages["style"]
    arguments = [f"style={style!r}", f"items={attributes(pages['items'])!r}"]
    if style != "whole":
        wire = pages.get("parameter", "page")
        if wire not in {parameter["name"] for parameter in parameters}:
            raise ValueError(f"x-pagination names the parameter {wire}, which the operation does not have")
        arguments += [f"parameter={member_name(wire)!r}", f"wire={wire!r}"]
    if "first" in pages:
        arguments.append(f"first={pages['first']}")
    size = pages.get("size", "page_size")
    if size != "page_size":
        arguments.append(f"size={member_name(size)!r}")
    sizes = [p["schema"] for p in parameters if member_name(p["name"]) == member_name(size)]
    if sizes and "default" in spec.resolve(sizes[0]):
        arguments.append(f"page_size={spec.resolve(sizes[0])['default']}")
    arguments += [f"{key}={attributes(pages[key])!r}" for key in ("next", "after") if key in pages]
    return f"Pagination({', '.join(arguments)})"


def partial_success(partial: Json) -> str:
    """The `PartialSuccess` of an operation, from its `x-partial-success`."""
    (items,) = attributes(partial["items"])
    return f"PartialSuccess(items={items!r}, statuses=frozenset({sorted(partial['statuses'])!r}))"


def attributes(pointer: str) -> tuple[str, ...]:
    """A JSON pointer as attributes of models: `("embedded", "brands")` for `/_embedded/brands`."""
    return tuple(part if part == "*" else member_name(part) for part in pointer.split("/")[1:])
