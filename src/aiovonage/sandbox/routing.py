"""Finds the operation and the path parameters of a request."""

from __future__ import annotations

from urllib.parse import unquote

import attrs

from aiovonage.sandbox.specs import SpecOperation


@attrs.define
class _Node:
    literals: dict[str, _Node] = attrs.field(factory=dict)
    parameter: _Node | None = None
    operations: dict[str, SpecOperation] = attrs.field(factory=dict)


class Router:
    """A tree of path segments. A literal segment takes precedence over a parameter, and `%2F` does not split a
    segment.
    """

    def __init__(self, operations: tuple[SpecOperation, ...]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for segment in operation.path.strip("/").split("/"):
                if segment.startswith("{"):
                    node.parameter = node = node.parameter or _Node()
                else:
                    node = node.literals.setdefault(segment, _Node())
            node.operations[operation.method] = operation

    def find(self, path: str) -> tuple[dict[str, SpecOperation], list[str]]:
        """The operations of a raw path, by method, and its decoded parameters. Both are empty for an unknown path."""
        segments = path.strip("/").split("/")
        return _find(self._root, segments, 0, []) or ({}, [])


def _find(
    node: _Node, segments: list[str], index: int, values: list[str]
) -> tuple[dict[str, SpecOperation], list[str]] | None:
    if index == len(segments):
        return (node.operations, values) if node.operations else None
    segment = segments[index]
    literal = node.literals.get(segment) or node.literals.get(unquote(segment))
    if literal is not None and (found := _find(literal, segments, index + 1, values)) is not None:
        return found
    if node.parameter is not None and segment:
        return _find(node.parameter, segments, index + 1, [*values, unquote(segment)])
    return None
