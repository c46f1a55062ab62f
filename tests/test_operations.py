"""The generated operations: what they are said to give is what is read."""

from __future__ import annotations

import re
import subprocess
import sys
import typing
from importlib import import_module
from typing import Any, Union, get_args

import pytest

from aiovonage import Page, PartialResult
from aiovonage._core.operation import Operation
from aiovonage.api.operations import OPERATIONS
from codegen.spec import ROOT, load_all

MODULES = [f"{spec.module}.operations" for spec in load_all() if spec.operations()]


def operations() -> list[tuple[Operation[Any], Any]]:
    """All operations, each with the type that its annotation says it gives."""
    modules = [import_module(name) for name in MODULES]
    return [
        (getattr(module, constant), get_args(hint)[0])
        for module in modules
        for constant, hint in typing.get_type_hints(module).items()
        if typing.get_origin(hint) is Operation
    ]


def item_type(envelope: Any, path: tuple[str, ...]) -> Any:
    """The type of the items that stand at a path of an envelope."""
    for part in path:
        if part == "*":
            (envelope,) = get_args(envelope)
            continue
        (envelope,) = [a for a in get_args(typing.get_type_hints(envelope)[part]) if a is not type(None)]
    return get_args(envelope)[0]


@pytest.mark.parametrize(("operation", "gives"), operations(), ids=lambda value: getattr(value, "id", ""))
def test_an_operation_gives_what_its_annotation_says(operation: Operation[Any], gives: Any) -> None:
    if operation.pagination is not None:
        (envelope,) = operation.success.values()
        assert typing.get_origin(gives) is Page
        assert get_args(gives) == (item_type(envelope, operation.pagination.items),)
    elif operation.partial is not None:
        assert gives is PartialResult
    else:
        assert gives == Union[tuple(operation.success.values())]  # noqa: UP007 - of any number of types


def test_every_operation_is_in_the_table_once() -> None:
    assert [operation.id for operation, _ in operations()] == list(OPERATIONS)
    assert len(OPERATIONS) == len(list(OPERATIONS))
    assert "ten_dlc.get_brand" in OPERATIONS
    assert OPERATIONS["ten_dlc.get_brand"].name == "get_brand"
    for missing in ("ten_dlc.nope", "nope.get_brand", "ten_dlc", ""):
        assert missing not in OPERATIONS


def test_looking_one_up_imports_its_namespace_only() -> None:
    program = "from aiovonage.api.operations import OPERATIONS\nOPERATIONS['users.get_user']\n"
    program += "import sys\nprint(*sorted({m.split('.')[2] for m in sys.modules if m.startswith('aiovonage.api.')}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["common", "operations", "users"]


@pytest.mark.parametrize(
    "page", ["README.md", "CHANGELOG.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_no_page_counts_the_operations(page: str) -> None:
    assert not re.findall(r"\d+ operations\b", (ROOT / page).read_text("utf-8"))
