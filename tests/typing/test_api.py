"""The user's file speaks of all that there is. Whether its types hold, `make check` says; here nothing of it is run."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import aiovonage
from aiovonage import Vonage
from aiovonage.api import NAMESPACES
from aiovonage.bulk import Bulk
from tests.specs import cases

SOURCE = ast.parse(Path(__file__).with_name("api.py").read_text("utf-8"))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression of attributes; what is below a call or the like is left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


USED = {dotted(node) for node in ast.walk(SOURCE) if isinstance(node, ast.Attribute | ast.Name)}


def methods_of(cls: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}


def test_every_public_name_is_used() -> None:
    assert {name for name in aiovonage.__all__ if not {name, f"aiovonage.{name}"} & USED} == set()


def test_every_operation_and_every_job_is_called() -> None:
    vonage = Vonage(api_key="k", api_secret="s")
    wanted = {f"vonage.bulk.{name}" for name in methods_of(Bulk)}
    for namespace in NAMESPACES:
        wanted |= {f"vonage.{namespace}.{name}" for name in methods_of(type(getattr(vonage, namespace)))}
    assert wanted.issuperset(f"vonage.{case.id}" for case in cases())
    assert wanted - USED == set()
