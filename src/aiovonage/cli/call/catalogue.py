"""The operations that there are, as the generated namespaces say."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Any, cast

import attrs
import click

from aiovonage._core.codec.type_inspection import branches, hints, is_literal, members, wire_name
from aiovonage._core.operation import Operation
from aiovonage.api import NAMESPACES, Namespaces

_LOCATIONS = {True: "path", False: "query"}


@attrs.frozen(kw_only=True)
class CallParameter:
    """A parameter of a method.

    Attributes:
        name: Its name.
        type: Its type, as it is annotated.
        required: Whether it must be given.
        positional: Whether the method takes it by position.
        location: Where it is sent: `path` or `query`.
        help: What it means.
    """

    name: str
    type: Any
    required: bool
    positional: bool
    location: str
    help: str


@attrs.frozen(kw_only=True)
class BodyMember:
    """A member of the body that a method takes.

    Attributes:
        name: Its name on the wire.
        type: Its type, as it is annotated.
        required: Whether every model of the body requires it.
        lenient: Whether it can be left out though it is required: the documents' own example does.
    """

    name: str
    type: Any
    required: bool
    lenient: bool


@attrs.frozen(kw_only=True, slots=False)
class Entry:
    """An operation, and the method that sends it.

    Attributes:
        namespace: The namespace, as `ten_dlc`.
        method: The name of the method, as `get_brand`.
        function: The method itself, unbound.
        operation: What is sent.
    """

    namespace: str
    method: str
    function: Callable[..., Any]
    operation: Operation[Any]

    @property
    def name(self) -> str:
        """Namespace and method, as `ten_dlc.get_brand`."""
        return f"{self.namespace}.{self.method}"

    @property
    def is_list(self) -> bool:
        """Whether the answer comes in pages."""
        return self.operation.pagination is not None

    @cached_property
    def description(self) -> str:
        """What the operation does, as its method says it."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The same in a line."""
        return self.description.partition("\n")[0]

    @cached_property
    def parameters(self) -> list[CallParameter]:
        """The parameters, without the body."""
        types = typing.get_type_hints(self.function)
        said = _arguments_of(self.description)
        in_path = {parameter.name for parameter in self.operation.path_parameters}
        return [
            CallParameter(
                name=name,
                type=types[name],
                required=parameter.default is parameter.empty,
                positional=parameter.kind is parameter.POSITIONAL_OR_KEYWORD,
                location=_LOCATIONS[name in in_path],
                help=said.get(name, ""),
            )
            for name, parameter in inspect.signature(self.function).parameters.items()
            if name not in {"self", "body"} and parameter.kind is not parameter.VAR_KEYWORD
        ]

    @cached_property
    def body(self) -> Any:
        """The type of the body; None where there is none."""
        hint = typing.get_type_hints(self.function).get("body")
        admitted = branches(hint) if hint is not None else []
        return typing.Union[tuple(admitted)] if admitted else None  # noqa: UP007 - of any number of types

    @cached_property
    def body_members(self) -> dict[str, BodyMember]:
        """The members of the body by name; of a body that may be one of several models those of all."""
        models = branches(self.body) if self.body is not None else []
        found: dict[str, list[BodyMember]] = {}
        for model in models:
            for attribute in members(model):
                type_ = hints(model)[attribute.name]
                required = attribute.default is attrs.NOTHING or (is_literal(type_) and len(models) > 1)
                lenient = bool(attribute.metadata.get("lenient"))
                member = BodyMember(name=wire_name(attribute), type=type_, required=required, lenient=lenient)
                found.setdefault(member.name, []).append(member)
        return {
            name: BodyMember(
                name=name,
                type=typing.Union[tuple(member.type for member in same)],  # noqa: UP007 - of any number of types
                required=len(same) == len(models) and all(member.required for member in same),
                lenient=any(member.lenient for member in same),
            )
            for name, same in found.items()
        }


def bracketed(found: Iterable[CallParameter | BodyMember]) -> list[str]:
    """The names, those in brackets that may be left out."""
    return [item.name if item.required else f"[{item.name}]" for item in found]


def entries(namespace: str | None = None) -> Iterator[Entry]:
    """All operations, or those of a namespace.

    Raises:
        click.UsageError: for a namespace that does not exist, naming those that do.
    """
    if namespace is not None and namespace not in NAMESPACES:
        raise click.UsageError(f"there is no namespace {namespace!r}; there are: {', '.join(sorted(NAMESPACES))}")
    view = Namespaces()
    view._session = cast("Any", None)  # it is looked at, and nothing is sent
    for name in [namespace] if namespace is not None else NAMESPACES:
        class_ = type(getattr(view, name))
        module = vars(sys.modules[class_.__module__.replace(".endpoints", ".operations")])
        operations = {value.id: value for value in module.values() if isinstance(value, Operation)}
        for method, function in vars(class_).items():
            if operation := operations.get(f"{name}.{method}"):
                yield Entry(namespace=name, method=method, function=function, operation=operation)


def find(name: str) -> Entry:
    """The operation of a name, as `ten_dlc.get_brand`.

    Raises:
        click.UsageError: when there is none, naming the nearest.
    """
    namespace, _, method = name.partition(".")
    if not method:
        known = f"{namespace!r} is a namespace" if namespace in NAMESPACES else f"{name!r} is no operation"
        raise click.UsageError(f"{known}: write NAMESPACE.METHOD; `aiovonage operations` lists them")
    names = {entry.name: entry for entry in entries(namespace)}
    if name not in names:
        near = get_close_matches(name, names, n=3)
        there_is = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(sorted(names))}"
        raise click.UsageError(f"there is no operation {name!r}; {there_is}")
    return names[name]


def _arguments_of(description: str) -> dict[str, str]:
    """What a docstring says of each argument."""
    said: dict[str, str] = {}
    name = ""
    _, _, section = description.partition("\nArgs:\n")
    for line in section.splitlines():
        if not line.startswith("    "):
            break
        if line.startswith("        "):
            said[name] += f" {line.strip()}"
        else:
            name, _, text = line.strip().partition(": ")
            said[name] = text
    return said
