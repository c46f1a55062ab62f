"""Converts XML responses to the JSON of the same model: attributes are members, child elements the items of a list."""

from __future__ import annotations

from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from aiovonage._core.codec.type_inspection import branches, hints, is_list, is_model, members, wire_name
from aiovonage.errors import DecodeError


def xml_to_json(type_: Any, body: bytes) -> Any:
    """Read an XML body. Documents that declare entities or a DTD are refused, whatever they hold.

    Args:
        type_: The model of the outermost element.
        body: The body as received.

    Raises:
        DecodeError: if it is not well-formed, or declares entities or a DTD.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise DecodeError(f"the body is not valid XML: {error}", body=body) from None
    return _element(type_, root)


def _element(type_: Any, element: Any) -> dict[str, Any]:
    json: dict[str, Any] = dict(element.attrib)
    if not is_model(type_):
        return json
    for attribute in members(type_):
        name = attribute.metadata.get("children")
        if name is None:
            continue
        (item,) = next(b for b in branches(hints(type_)[attribute.name]) if is_list(b)).__args__
        json[wire_name(attribute)] = [_element(item, child) for child in element.findall(name)]
    return json
