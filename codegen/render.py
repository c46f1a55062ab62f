"""Writes a package down: its models through datamodel-code-generator, everything else through our templates."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codegen.ir import Namespace, Package
from codegen.ir.models import Enum, Model
from codegen.model_generator import TEMPLATES, generate_models
from codegen.spec import ROOT

MODEL_IMPORTS = [
    "attrs",
    *(f"aiovonage._core.codec.constraints.{n}" for n in ("Constrained", "needs", "needs_one")),
    "aiovonage._core.codec.model.Model",
    "aiovonage._core.codec.null.Null",
]
"""What our templates for datamodel-code-generator need; ruff removes what is not used."""

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
)
_environment.filters["repr"] = repr


def package_files(package: Package, header: str) -> dict[str, str]:
    """The files of a package, not formatted.

    Args:
        package: The package.
        header: The first line of each file.
    """
    files = {"models.py": models_source(package, header)}
    several = {m for o in package.operations if o.body and len(o.body.models) > 1 for m in o.body.models}
    context = {
        "package": package,
        "module": package.spec.module,
        "models": sorted(package.classes),
        "several": several,
    }
    names = {"__init__": "package"}
    if package.bodies:
        names["params"] = "params"
    if package.operations:
        names |= {name: name for name in ("operations", "endpoints", "raw")}
    for name, template in names.items():
        files[f"{name}.py"] = header + _environment.get_template(f"{template}.py.jinja2").render(context)
    return files


def index_files(namespaces: Iterable[Namespace], header: str) -> dict[str, str]:
    """The files that name all namespaces, not formatted."""
    context = {"namespaces": list(namespaces)}
    return {
        "__init__.py": header + _environment.get_template("index.py.jinja2").render(context),
        "operations.py": header + _environment.get_template("table.py.jinja2").render(context),
    }


def models_source(package: Package, header: str) -> str:
    """The source of the models, not formatted."""
    data: dict[str, dict[str, Any]] = {}
    for class_ in package.classes.values():
        data[class_.name] = {"doc": class_.doc}
        if isinstance(class_, Model):
            data[class_.name] |= {"members": class_.members, "together": class_.together}
        elif isinstance(class_, Enum):
            data[class_.name] |= {"values": class_.values}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "models.py"
        generate_models(
            package.spec,
            package.schemas,
            output=output,
            header=f'{header}"""The models of {package.title}."""\n',
            imports=MODEL_IMPORTS,
            template_data=data,
            aliases=package.aliases,
        )
        return f"{output.read_text('utf-8')}\n__all__ = {sorted(package.classes)!r}\n"


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """The files through ruff: imports that are not used out, the others sorted, and all formatted."""
    ruff = [sys.executable, "-m", "ruff"]
    config = f"--config={ROOT / 'pyproject.toml'}"
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        fixes = ["--fix", "--exit-zero", "--no-cache", "--select=F401,I,UP,RUF022"]
        fixes += ["--config=lint.isort.split-on-trailing-comma=false"]  # imports get shorter
        subprocess.run([*ruff, "check", "--quiet", config, *fixes, folder], capture_output=True, check=True)
        subprocess.run([*ruff, "format", "--quiet", "--no-cache", config, folder], check=True)
        return {path: (Path(folder) / path).read_text("utf-8") for path in files}
