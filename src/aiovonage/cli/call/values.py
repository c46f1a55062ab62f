"""Parses the values of `name=value` pairs by the type that they are for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from typing import Any, get_args, get_origin

import click

from aiovonage._core.codec.type_inspection import branches, is_enum, is_literal, is_nested


def read_value(name: str, texts: Sequence[str], type_: Any) -> Any:
    """Parse the texts of a parameter or member.

    A list is given as repeated `name=value`, with commas, or as a JSON array; an object as JSON.

    Args:
        name: The name, for errors.
        texts: The text after each `name=`.
        type_: The annotated type.

    Raises:
        click.UsageError: if the value is not of the type.
    """
    item = item_type(type_)
    if item is not None and not is_json(item):
        if len(texts) == 1 and texts[0].startswith("["):
            return read_json(name, texts[0])
        return [_scalar(name, part, item) for text in texts for part in text.split(",")]
    if len(texts) > 1:
        raise click.UsageError(f"{name} is given {len(texts)} times")
    return read_json(name, texts[0]) if is_json(type_) else _scalar(name, texts[0], type_)


def read_json(name: str, text: str) -> Any:
    """Parse JSON without losing any part of it: repeated members and values outside the JSON standard are refused.

    Args:
        name: The name, for errors.
        text: The JSON.

    Raises:
        click.UsageError: if the text is not such JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise click.UsageError(f"{name} is not valid JSON: {error.msg} ({where})") from None
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name} is not JSON that can be sent: {error}") from None


def item_type(type_: Any) -> Any:
    """The type of the items of a list; None if the type is not a list."""
    listed = (branch for branch in branches(type_) if get_origin(branch) in {list, Sequence})
    return next((get_args(branch)[0] for branch in listed), None)


def is_json(type_: Any) -> bool:
    """Whether values of the type are written as JSON: objects, and lists of anything but scalars."""
    return any(is_nested(branch) or item_type(branch) is not None for branch in branches(type_))


def type_words(type_: Any) -> str:
    """Describe the type for people."""
    item = item_type(type_)
    if item is not None and not is_json(item):
        return f"list of {type_words(item)}"
    if is_json(type_):
        return "JSON"
    admitted = branches(type_)
    words = {str: "text", int: "integer", float: "number", bool: "true or false", date: "date"}
    return " | ".join(values_of(type_)) or next(
        (words[kind] for kind in (date, bool, int, float, str) if kind in admitted), "text"
    )


def values_of(type_: Any) -> list[str]:
    """The values that the spec lists for a type or for the items of a list; empty if it lists none."""
    item = item_type(type_)
    admitted = branches(type_ if item is None else item)
    values = [str(member.value) for branch in admitted if is_enum(branch) for member in branch]
    values += [str(value) for branch in admitted if is_literal(branch) for value in get_args(branch)]
    return list(dict.fromkeys(values))


def _scalar(name: str, text: str, type_: Any) -> Any:
    admitted = branches(type_)
    if bool in admitted and str not in admitted:
        if text not in {"true", "false"}:
            raise click.UsageError(f"{name} must be true or false, not {text!r}")
        return text == "true"
    if str in admitted or date in admitted:
        return text
    for kind, words in ((int, "an integer"), (float, "a number")):
        if any(branch is kind or (is_enum(branch) and issubclass(branch, IntEnum)) for branch in admitted):
            try:
                return kind(text)
            except ValueError:
                raise click.UsageError(f"{name} must be {words}, not {text!r}") from None
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {repeated!r} is given twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} has no form in JSON")
