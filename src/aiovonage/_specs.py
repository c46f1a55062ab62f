"""The specs as files: where they are, and how their references are followed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json: TypeAlias = "dict[str, Any]"

METHODS = ("get", "put", "post", "delete", "patch")
"""The methods of operations, as OpenAPI writes them."""
COMMON = "common.yaml"
"""The file that holds what APIs share."""


def folder() -> Path:
    """Where the specs are: in the package, or in a checkout beside `src`."""
    packaged = Path(str(files("aiovonage"))) / "openapi"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "openapi"


def resolve(document: Callable[[str], Mapping[str, Any]], file: str, node: Json) -> Json:
    """The node, or what its `$ref` names, here or in another file; members beside the `$ref` win.

    Args:
        document: Gives the content of a file.
        file: The file that the node stands in.
        node: An object of a spec.
    """
    while "$ref" in node:
        other, _, pointer = node["$ref"].partition("#/")
        file = other or file
        target: Any = document(file)
        for part in pointer.split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node
