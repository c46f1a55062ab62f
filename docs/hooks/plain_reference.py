"""A Griffe extension: the reference shows what users can write, rather than how the package is built.

- Names have their public path: `aiovonage.Pager`, whatever module holds it.
- Defaults are values (`timeout: float | None = 30.0`), and types are written out (`Iterable[object]` for `Numbers`).
- A member of a model shows its type and default, without validators: its description has the bounds.
- An enum lists its values.
- A class that users do not make themselves shows no constructor.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import griffe

PUBLIC = ("aiovonage", "aiovonage.bulk", "aiovonage.jobs", "aiovonage.sandbox", "aiovonage.transport")
"""The modules whose names are public, those of `errors` and `webhooks` aside: they stand where they are defined."""

NOISE = {"class-attribute", "instance-attribute", "module-attribute"}
ENUMS = {"StrEnum", "Enum", "IntEnum"}
LONGEST_DEFAULT = 40
"""How many characters the value of a constant may have to be shown; a longer one is `...`, and described."""


class PlainReference(griffe.Extension):
    """Rewrites what Griffe has read, before mkdocstrings shows it."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Rewrite a package."""
        if pkg.name == "aiovonage":
            _Rewriter(pkg).rewrite(pkg)


class _Rewriter:
    def __init__(self, package: griffe.Module) -> None:
        self.modules = package.modules_collection
        self.public = dict(_public_names(package))

    def rewrite(self, holder: griffe.Module | griffe.Class) -> None:
        for member in list(holder.members.values()):
            if isinstance(member, griffe.Alias):
                continue
            if isinstance(member, griffe.Class):
                self.rewrite(member)
                member.bases = self._plain(list(member.bases))
                _hide_constructor(member)
                if ENUMS & {str(base) for base in member.bases}:
                    _list_values(member)
            elif isinstance(member, griffe.Module):
                self.rewrite(member)
            elif isinstance(member, griffe.Function):
                self._function(member)
            elif isinstance(member, griffe.Attribute):
                self._attribute(member)

    def _function(self, function: griffe.Function) -> None:
        for overload in function.overloads or ():
            self._function(overload)
        function.returns = self._plain(function.returns)
        for parameter in function.parameters:
            parameter.annotation = self._plain(parameter.annotation)
            parameter.default = self._value_of(parameter.default)

    def _attribute(self, attribute: griffe.Attribute) -> None:
        attribute.labels -= NOISE
        if str(attribute.annotation) == "TypeAlias":
            attribute.annotation = None
            attribute.value = self._plain(attribute.value)
            if attribute.docstring is None:
                attribute.docstring = griffe.Docstring("One of these types.", parent=attribute)
            return
        attribute.annotation = self._plain(attribute.annotation)
        attribute.value = _default_of_field(attribute.value)

    def _value_of(self, default: str | griffe.Expr | None) -> str | griffe.Expr | None:
        """The value of a constant that is a default; the default itself where it is something else."""
        if not isinstance(default, griffe.ExprName):
            return default
        if not default.name.isupper():
            return default
        constant = self._named(default.canonical_path)
        source = str(constant.value) if isinstance(constant, griffe.Attribute) else "None"
        return (
            _number(source)
            if source != "None" and len(source) <= LONGEST_DEFAULT and default.name != "UNSET"
            else "..."
        )

    def _plain(self, node: Any) -> Any:
        """An annotation with public names and without aliases for types that have no entry of their own."""
        if isinstance(node, griffe.ExprName):
            return self._plain_name(node)
        if isinstance(node, list):
            return [self._plain(part) for part in node]
        if isinstance(node, griffe.ExprBinOp) and node.operator == "|":  # the type of UNSET says nothing to users
            if _is_sentinel(node.right):
                return self._plain(node.left)
            if _is_sentinel(node.left):
                return self._plain(node.right)
        if isinstance(node, griffe.Expr) and is_dataclass(node):
            for field in fields(node):
                if field.name != "parent":
                    setattr(node, field.name, self._plain(getattr(node, field.name)))
        return node

    def _plain_name(self, name: griffe.ExprName) -> str | griffe.Expr:
        path = name.canonical_path
        if path in self.public:
            return griffe.ExprName(name.name, parent=self.public[path])
        if "._" not in path:
            return name
        value = self._aliased(path)
        if isinstance(value, griffe.Expr):
            plain: griffe.Expr = self._plain(value)
            return plain
        if value is not None:
            return str(ast.literal_eval(value))
        return griffe.ExprName(name.name)  # without a link

    def _aliased(self, path: str) -> str | griffe.Expr | None:
        """What an alias for a type stands for."""
        found = self._named(path)
        if isinstance(found, griffe.Attribute) and str(found.annotation) in {"TypeAlias", "None"}:
            quoted = isinstance(found.value, str) and found.value.startswith(("'", '"'))
            return found.value if quoted or isinstance(found.value, griffe.Expr) else None
        return None

    def _named(self, path: str) -> griffe.Object | griffe.Alias | None:
        try:
            found: griffe.Object | griffe.Alias = self.modules[path]
        except (KeyError, AttributeError, griffe.GriffeError):
            return None
        return found


def _is_sentinel(node: str | griffe.Expr) -> bool:
    return isinstance(node, griffe.ExprName) and node.name == "_Unset"


def _public_names(package: griffe.Module) -> Iterator[tuple[str, str]]:
    """Where a name is defined, and the public module that has it."""
    for path in PUBLIC:
        module: Any = package
        for part in path.split(".")[1:]:
            module = module.members.get(part, package)
        exported = {str(name) for name in module.exports or module.members}
        for name, member in module.members.items():
            if isinstance(member, griffe.Alias) and name in exported and "._" in member.target_path:
                yield member.target_path, path


def _default_of_field(value: str | griffe.Expr | None) -> str | griffe.Expr | None:
    """The default of a member that `attrs.field` describes."""
    if not isinstance(value, griffe.ExprCall) or str(value.function) not in {"attrs.field", "field"}:
        return value
    given = {part.name: part.value for part in value.arguments if isinstance(part, griffe.ExprKeyword)}
    if "factory" in given:
        return f"{given['factory']}()"
    return given.get("default")


def _number(source: str) -> str:
    """A number without underscores and sums: `1_000`, and `16 * 1024 * 1024`."""
    try:
        return repr(ast.literal_eval(source))
    except ValueError:
        pass
    tree = ast.parse(source, mode="eval")
    only_numbers = all(
        isinstance(node, ast.Expression | ast.BinOp | ast.operator)
        or (isinstance(node, ast.Constant) and isinstance(node.value, int | float))
        for node in ast.walk(tree)
    )
    return repr(eval(compile(tree, "", "eval"), {"__builtins__": {}})) if only_numbers else source


def _hide_constructor(cls: griffe.Class) -> None:
    described = cls.docstring is not None and "Args:" in cls.docstring.value
    if "__init__" in cls.members and not described:
        del cls.members["__init__"]


def _list_values(enum: griffe.Class) -> None:
    members = [m for m in enum.members.values() if isinstance(m, griffe.Attribute) and m.name.isupper()]
    if enum.docstring is None or any(member.docstring for member in members):
        return
    values = [(member.name, ast.literal_eval(str(member.value))) for member in members]
    shown = [f"`{name}`" if name == value else f'`{name}` (`"{value}"`)' for name, value in values]
    enum.docstring.value += f"\n\nValues: {', '.join(shown)}."
