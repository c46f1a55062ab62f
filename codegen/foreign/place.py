"""Where something stands in a document, and what it refers to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import yaml

from codegen.spec import YAML_LOADER

Json = dict[str, Any]


class Inexpressible(Exception):
    """Something in a document that the generated package could not express."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")


@attrs.frozen
class Place:
    """A node of a document.

    Attributes:
        file: The file.
        pointer: The JSON pointer.
    """

    file: Path
    pointer: str = ""

    def __truediv__(self, part: object) -> Place:
        return Place(self.file, f"{self.pointer}/{str(part).replace('~', '~0').replace('/', '~1')}")

    def __str__(self) -> str:
        return f"{self.file.name}#{self.pointer}"

    @property
    def last(self) -> str:
        """The last part of the pointer; for a whole file its name."""
        return _plain(self.pointer.rpartition("/")[2]) if self.pointer else self.file.stem


@cache
def document(file: Path) -> Any:
    """The content of a file, YAML or JSON."""
    return yaml.load(file.read_text("utf-8"), YAML_LOADER)


def follow(place: Place, node: Any) -> tuple[Place, Json]:
    """The node, or what its `$ref` names in the end; a description beside the `$ref` stands in for its own.

    Raises:
        Inexpressible: for a reference to nothing, to itself, or to another machine.
    """
    seen: set[Place] = set()
    described: Json = {}
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        described = {**{k: v for k, v in node.items() if k in {"description", "summary", "nullable"}}, **described}
        target = _target(place, node["$ref"])
        if target in seen:
            raise Inexpressible(place, f"{node['$ref']} refers to itself")
        seen.add(target)
        place, node = target, at(target)
    if not isinstance(node, dict):
        raise Inexpressible(place, f"an object is expected, not {node!r}")
    return place, {**node, **described}


def at(place: Place) -> Any:
    """What stands at a place.

    Raises:
        Inexpressible: when nothing does.
    """
    node = document(place.file)
    for part in place.pointer.split("/")[1:]:
        key = _plain(part)
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, dict) and key.isdecimal() and int(key) in node:  # a status that YAML took for a number
            node = node[int(key)]
        else:
            raise Inexpressible(place, "nothing stands there")
    return node


def _target(place: Place, reference: str) -> Place:
    file, _, pointer = reference.partition("#")
    if "://" in file:
        raise Inexpressible(place, f"{reference} is on another machine: download it beside the document")
    path = (place.file.parent / unquote(file)).resolve() if file else place.file
    if not path.is_file():
        raise Inexpressible(place, f"{reference}: there is no file {path.name}")
    return Place(path, unquote(pointer))


def _plain(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
