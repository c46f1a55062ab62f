"""Turns `name=value` pairs and a JSON body into the arguments of a method."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Union, get_args

import attrs
import click

from aiovonage._core.codec.codec import Codec, encode
from aiovonage._core.codec.model import Model
from aiovonage._core.codec.type_inspection import branches, hints, is_literal, members, wire_name
from aiovonage._core.operation import Operation
from aiovonage.cli.call.body_members import body_members, bracketed
from aiovonage.cli.call.values import is_json, read_json, read_value
from aiovonage.errors import DecodeError

_PAIR = re.compile(r"([A-Za-z_][\w-]*)(:?=)(.*)", re.DOTALL)


@attrs.frozen
class Arguments:
    """The arguments of a method.

    Attributes:
        positional: By position.
        keywords: By name.
        unknown: JSON pointers to members of the body that the spec does not know. They are sent unchanged.
    """

    positional: list[Any]
    keywords: dict[str, Any]
    unknown: list[str]


def read_arguments(operation: Operation[Any], pairs: Sequence[str], body: Any = None) -> Arguments:
    """Read the arguments of an operation's method, against its parameters and the models of its body.

    Args:
        operation: The operation.
        pairs: Parameters and members of the body, as `name=value` or `name:=JSON`.
        body: The decoded JSON of a body. Members among the pairs are added to it, and override its own.

    Raises:
        click.UsageError: if something is unknown, missing or malformed. The message names it.
        InvalidValue: if the spec does not allow a member of the body.
    """
    codec = Codec(strict=True)
    texts, raw = _split(pairs)
    known = {parameter.name: parameter.type for parameter in operation.parameters}
    in_body = {name: member.type for name, member in body_members(operation).items()}
    unknown = [name for name in [*texts, *raw] if name not in known and name not in in_body]
    if unknown:
        raise click.UsageError(f"{operation.id} has no parameter {unknown[0]!r}. {_takes(operation)}")

    def value(name: str, type_: Any) -> Any:
        return raw[name] if name in raw else read_value(name, texts[name], type_)

    given = {name: value(name, type_) for name, type_ in known.items() if name in texts or name in raw}
    missing = [p.name for p in operation.parameters if p.required and p.name not in given]
    if missing:
        raise click.UsageError(f"{operation.id} needs {' and '.join(missing)}. {_takes(operation)}")
    for name, type_ in known.items():
        if name in given and is_json(type_) and not isinstance(given[name], str):
            given[name] = _decoded(codec, name, type_, given[name])
    added = {name: value(name, type_) for name, type_ in in_body.items() if name in texts or name in raw}
    positional = [given.pop(p.name) for p in operation.path_parameters if p.required]
    if not operation.body:
        if body is not None:
            raise click.UsageError(f"{operation.id} takes no body. {_takes(operation)}")
        return Arguments(positional, given, [])
    if body is None and not added:
        raise click.UsageError(
            f"{operation.id} needs a body: its members as name=value, or --body FILE. {_takes(operation)}"
        )
    if added and body is not None and not isinstance(body, dict):
        raise click.UsageError(f"the body is not a JSON object, so {next(iter(added))} cannot be added to it")
    model, odd = _body(codec, operation, {**(body or {}), **added} if added else body)
    return Arguments([*positional, model], given, odd)


def _split(pairs: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Return the texts and the JSON values of the pairs, by name."""
    texts: dict[str, list[str]] = {}
    raw: dict[str, Any] = {}
    for pair in pairs:
        match = _PAIR.fullmatch(pair)
        if match is None:
            raise click.UsageError(f"{pair!r} is not written as name=value")
        name, sign, text = match.groups()
        if name in raw or (sign == ":=" and name in texts):
            raise click.UsageError(f"{name} is given twice")
        if sign == ":=":
            raw[name] = read_json(name, text)
        else:
            texts.setdefault(name, []).append(text)
    return texts, raw


def _body(codec: Codec, operation: Operation[Any], value: Any) -> tuple[Any, list[str]]:
    """Decode and check the body's model, and make sure that no member is lost."""
    if isinstance(value, dict):
        needed = [member.name for member in body_members(operation).values() if member.required and not member.lenient]
        if missing := [name for name in needed if name not in value]:
            raise click.UsageError(f"{operation.id} needs {' and '.join(missing)} in its body. {_takes(operation)}")
    try:
        model = _decoded(codec, "the body", _named(operation.body, value), value)
    except click.UsageError as error:
        raise click.UsageError(f"{error.message}. {_takes(operation)}") from None
    _check(model)
    if lost := next(_lost(value, encode(model), ""), None):
        raise click.UsageError(f"the body has a null at {lost}, which the operation does not take: leave it out")
    return model, list(_unknown(model, ""))


def _named(models: tuple[Any, ...], value: Any) -> Any:
    """Choose the model that the body's own constant names, so that errors refer to that model; otherwise any model."""
    of_any: Any = Union[models]  # noqa: UP007 - any number of types
    if not isinstance(value, dict):
        return of_any
    named = [
        model
        for model in models
        for name, hint in hints(model).items()
        if is_literal(hint) and value.get(name) in get_args(hint)
    ]
    return named[0] if len(named) == 1 else of_any


def _decoded(codec: Codec, name: str, type_: Any, value: Any) -> Any:
    admitted = branches(type_)
    try:
        return codec.decode(admitted[0] if len(admitted) == 1 else type_, value)
    except DecodeError as error:
        raise click.UsageError(f"{name}: {error}") from None


def _check(value: Any) -> None:
    """Check models against the spec. Decoding does not check them, because responses may differ from the spec.

    A required member may be left out if the documents' own examples leave it out.
    """
    if isinstance(value, Model):
        for attribute in members(type(value)):
            member = getattr(value, attribute.name)
            _check(member)
            left_out = member is None and attribute.metadata.get("lenient")
            if attribute.validator is not None and not left_out:
                attribute.validator(value, attribute, member)
        together: Callable[[], None] | None = getattr(value, "__attrs_post_init__", None)
        if together is not None:
            together()
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _check(item)


def _lost(given: Any, sent: Any, pointer: str) -> Iterator[str]:
    """Yield pointers to members that were given but would not be sent."""
    if isinstance(given, dict) and isinstance(sent, dict):
        for name, value in given.items():
            if name not in sent:
                yield f"{pointer}/{name}"
            else:
                yield from _lost(value, sent[name], f"{pointer}/{name}")
    elif isinstance(given, list) and isinstance(sent, list):
        for index, (value, other) in enumerate(zip(given, sent, strict=True)):
            yield from _lost(value, other, f"{pointer}/{index}")


def _unknown(value: Any, pointer: str) -> Iterator[str]:
    """Yield pointers to members that the spec does not know."""
    if isinstance(value, Model):
        yield from (f"{pointer}/{name}" for name in value.extra)
        for attribute in members(type(value)):
            yield from _unknown(getattr(value, attribute.name), f"{pointer}/{wire_name(attribute)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, f"{pointer}/{index}")


def _takes(operation: Operation[Any]) -> str:
    """Describe what an operation takes, for messages."""
    names = bracketed(operation.parameters)
    if not operation.body:
        return f"It takes: {', '.join(names)}" if names else "It takes no parameters"
    body = ", ".join(bracketed(body_members(operation).values()))
    return f"It takes: {', '.join(names)}; in the body: {body}" if names else f"It takes, in the body: {body}"
