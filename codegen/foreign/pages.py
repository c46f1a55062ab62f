"""Lists whose pages the client can follow, known by their shape."""

from __future__ import annotations

from codegen.foreign.place import Json

PAGE = ("page", "index", "page_index", "page-index")
SIZE = ("page_size", "page-size", "size", "per_page", "limit")
CURSOR = ("cursor",)


def pagination(named: Json, method: str, parameters: list[Json], responses: Json) -> Json | None:
    """How a list goes on, as `x-pagination`; None where the operation is not a list, or its shape is not known.

    A list has one array, in the answer or in its `_embedded`, and a number of a page or a cursor among the parameters
    of the query.
    """
    if method != "get" or "200" not in responses or "content" not in responses["200"]:
        return None
    answer = _object(named, responses["200"]["content"]["application/json"]["schema"])
    query = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
    items = _only_array(named, answer)
    if items is None:
        return None
    cursor = next((name for name in CURSOR if name in query), None)
    if cursor and "href" in _object(named, _member(named, _member(named, answer, "_links"), "next")):
        return {"style": "cursor", "items": items, "next": "/_links/next/href", "parameter": cursor}
    page = next((name for name in PAGE if name in query), None)
    if page is None or not _is_integer(query[page]):
        return None
    found: Json = {"style": "page", "items": items, "parameter": page}
    schema = query[page].get("schema", {})
    first = schema.get("minimum", schema.get("default", 1))
    if first != 1:
        found["first"] = first
    size = next((name for name in SIZE if name in query and _is_integer(query[name])), None)
    if size:
        found["size"] = size
    return found


def _only_array(named: Json, answer: Json) -> str | None:
    """The pointer to the one array of an answer."""
    embedded = _object(named, _member(named, answer, "_embedded"))
    for prefix, members in (("/_embedded/", embedded), ("/", answer)):
        arrays = [name for name, member in members.items() if member.get("type") == "array"]
        if arrays:
            return f"{prefix}{arrays[0]}" if len(arrays) == 1 else None
    return None


def _object(named: Json, schema: Json) -> Json:
    """The members of an object."""
    if "$ref" in schema:
        schema = named.get(schema["$ref"].rpartition("/")[2], {})
    members: Json = schema.get("properties", schema if "type" not in schema and "$ref" not in schema else {})
    return {name: member for name, member in members.items() if isinstance(member, dict)}


def _member(named: Json, members: Json, name: str) -> Json:
    member: Json = members.get(name, {}) if "$ref" not in members else _object(named, members).get(name, {})
    return member


def _is_integer(parameter: Json) -> bool:
    return bool(parameter.get("schema", {}).get("type") == "integer")
