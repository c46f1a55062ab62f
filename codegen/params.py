"""Writes the members of bodies as `TypedDict`s, so that methods take them as typed keyword arguments (PEP 692)."""

from __future__ import annotations

import ast
import re

PREAMBLE = '''\
"""The members of bodies, as keyword arguments of the methods that send them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, Required, TypedDict

from {module}.models import *
from aiovonage._core.codec.model import Null
'''


def params_class(model: str) -> str:
    """The `TypedDict` of a model."""
    return f"{model}Params"


def params_source(models: str, bodies: dict[str, bool], module: str) -> str:
    """The source of `params.py`, not formatted.

    Args:
        models: The source of the models.
        bodies: The models that are bodies; and whether it is one of several, so that its constant must be given.
        module: The module of the package.
    """
    classes = {node.name: node for node in ast.parse(models).body if isinstance(node, ast.ClassDef)}
    written = [_typed_dict(classes[name], constant=constant) for name, constant in bodies.items()]
    return "\n\n".join([PREAMBLE.format(module=module), *written])


def _typed_dict(model: ast.ClassDef, *, constant: bool) -> str:
    lines = [
        f"class {params_class(model.name)}(TypedDict, total=False):",
        f'    """The members of `{model.name}`."""\n',
    ]
    for node in model.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            type_ = ast.unparse(node.annotation)
            required = not _has_default(node.value) or (constant and type_.startswith("Literal["))
            lines.append(f"    {node.target.id}: {f'Required[{type_}]' if required else type_}")
    return "\n".join([*lines, "    extra: dict[str, Any]"])


def _has_default(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return re.search(r"\bdefault=", ast.unparse(value)) is not None
    return value is not None
