"""docs/architecture.md leads to files that exist, and its picture shows the layers that the linter enforces."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PATHS = sorted(set(re.findall(r"`([\w./-]+(?:/|\.py|\.yaml|\.md|\.toml|\.txt))`", PAGE)))


@pytest.fixture(scope="module")
def diagram() -> ModuleType:
    spec = importlib.util.spec_from_file_location("diagram", ROOT / "docs/hooks/diagram.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_that_the_page_names_exists() -> None:
    assert len(PATHS) > 30
    missing = [path for path in PATHS if not (ROOT / path).exists() and not (ROOT / "src/aiovonage" / path).exists()]
    assert not missing, f"docs/architecture.md names files that are gone: {', '.join(missing)}"


def test_the_picture_is_the_one_that_the_script_draws(diagram: ModuleType) -> None:
    assert diagram.PICTURE.read_text("utf-8") == diagram.draw(), "run python docs/hooks/diagram.py"


def test_every_package_with_a_layer_has_a_box(diagram: ModuleType) -> None:
    layers = {name for layer in diagram.layers() for name in layer}
    details = {"_settings", "_problem", "_error_text", "_specs"}
    assert layers - details <= diagram.WHAT.keys(), "say in WHAT of docs/hooks/diagram.py what the layer is"
