"""A Python type, as the generated code writes it."""

from __future__ import annotations

import ast

import attrs

SCALARS = {"str": "str", "int": "int", "float": "int, float", "bool": "bool"}
"""The classes that a validator takes for a type: where a float is wanted, an int will do."""


@attrs.frozen
class Type:
    """A type of a member, a parameter, a body or an answer.

    Attributes:
        text: The type as an expression: `list[Brand] | None`.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def branches(self) -> tuple[str, ...]:
        """The types of a union, or the one that it is."""
        return tuple(dict.fromkeys(ast.unparse(branch) for branch in _branches(_parsed(self.text))))

    @property
    def names(self) -> frozenset[str]:
        """All names that it is made of."""
        return frozenset(node.id for node in ast.walk(_parsed(self.text)) if isinstance(node, ast.Name))

    @property
    def item(self) -> Type:
        """The type of the items of a list."""
        for branch in _branches(_parsed(self.text)):
            if isinstance(branch, ast.Subscript) and ast.unparse(branch.value) in {"list", "Sequence"}:
                return Type(ast.unparse(branch.slice))
        raise ValueError(f"{self.text} is not a list")

    @property
    def not_none(self) -> Type:
        """The same without `None`."""
        return union(*(branch for branch in self.branches if branch != "None"))

    @property
    def optional(self) -> Type:
        """The same, or `None`."""
        return union(*self.not_none.branches, "None")

    @property
    def scalars(self) -> tuple[str, ...]:
        """The classes that values must be of; none where values are not scalars."""
        branches = self.not_none.branches
        return tuple(SCALARS[b] for b in branches) if all(b in SCALARS for b in branches) else ()

    def argument(self) -> Type:
        """The widest type that can be sent in its place: any sequence for a list, and text for a date."""
        return Type(ast.unparse(_Widened().visit(_parsed(self.text))))


def union(*branches: str) -> Type:
    """A union of types."""
    return Type(" | ".join(dict.fromkeys(branches)))


class _Widened(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "list":
            return ast.Subscript(ast.Name("Sequence"), self.visit(node.slice), ast.Load())
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in {"date", "datetime"}:
            return ast.BinOp(node, ast.BitOr(), ast.Name("str"))
        return node


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _branches(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_branches(node.left), *_branches(node.right)]
    return [node]
