"""Reads the specs, and finds what they refer to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import attrs
import yaml

from aiovonage import _specs
from aiovonage._specs import COMMON, METHODS, Json

__all__ = ["COMMON", "METHODS", "Json", "Spec", "load", "load_all", "pascal", "reference_name", "snake"]

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "openapi"


@attrs.frozen
class Spec:
    """One file of `openapi/`.

    Attributes:
        path: The file.
        package: The name of its package: `ten_dlc` of `ten-dlc.v1.yaml`.
        data: Its content.
        module: The module of its package, as it is imported.
    """

    path: Path
    package: str
    data: Json = attrs.field(repr=False)
    module: str = attrs.field()

    @module.default
    def _module(self) -> str:
        return f"aiovonage.api.{self.package}"

    @property
    def schemas(self) -> Json:
        """The named schemas."""
        schemas: Json = self.data.get("components", {}).get("schemas", {})
        return schemas

    def resolve(self, node: Json) -> Json:
        """The node, or what its `$ref` names, here or in `common.yaml`; members beside the `$ref` win."""
        return _specs.resolve(self._document, self.path.name, node)

    def _document(self, file: str) -> Json:
        return self.data if file == self.path.name else load(self.path.parent / file).data

    def operations(self) -> list[tuple[str, str, Json]]:
        """The path, the method and the body of each operation, in the order of the file."""
        return [
            (path, method, item[method])
            for path, item in self.data.get("paths", {}).items()
            for method in item
            if method in METHODS
        ]


YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML has it: the specs are read in a tenth of a second instead of a whole one."""


@cache
def load(path: Path) -> Spec:
    """Read one spec."""
    package = snake(re.sub(r"\.v\d+$", "", path.stem))
    return Spec(path, package, yaml.load(path.read_text("utf-8"), YAML_LOADER))


def load_all(folder: Path = SPECS) -> list[Spec]:
    """Read all specs, `common.yaml` first."""
    return [load(path) for path in sorted(folder.glob("*.yaml"), key=lambda p: (p.name != COMMON, p.name))]


def reference_name(node: Json) -> str:
    """The name of the schema that a `$ref` names."""
    name: str = node["$ref"].rpartition("/")[2]
    return name


def snake(name: str) -> str:
    """`_links` to `links`, `page-size` to `page_size`, `reachableUsers` to `reachable_users`, `buyANumber` to
    `buy_a_number`.
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+", "_", name).strip("_").lower()


def pascal(name: str) -> str:
    """`ten_dlc` to `TenDlc`."""
    return "".join(part.capitalize() for part in name.split("_"))
