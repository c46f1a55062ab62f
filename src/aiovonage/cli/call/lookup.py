"""Finds operations by the names that users type."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import click

from aiovonage._core.operation import Operation
from aiovonage.api import NAMESPACES
from aiovonage.api.operations import OPERATIONS


def listed(namespace: str | None = None) -> Mapping[str, Operation[Any]]:
    """All operations, or those of a namespace.

    Raises:
        click.UsageError: if the namespace does not exist. The message lists those that do.
    """
    if namespace is None:
        return OPERATIONS
    if namespace not in NAMESPACES:
        raise click.UsageError(f"there is no namespace {namespace!r}; there are: {', '.join(sorted(NAMESPACES))}")
    return OPERATIONS.namespace(namespace)


def find(name: str) -> Operation[Any]:
    """Find an operation by its name, such as `ten_dlc.get_brand`.

    Raises:
        click.UsageError: if there is no such operation. The message suggests the closest name.
    """
    namespace, _, method = name.partition(".")
    if not method:
        known = f"{namespace!r} is a namespace" if namespace in NAMESPACES else f"{name!r} is not an operation"
        raise click.UsageError(f"{known}: write NAMESPACE.METHOD; `aiovonage operations` lists them")
    found = listed(namespace)
    if name not in found:
        near = get_close_matches(name, found, n=3)
        there_is = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(sorted(found))}"
        raise click.UsageError(f"there is no operation {name!r}; {there_is}")
    return found[name]
