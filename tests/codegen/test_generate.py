"""From a spec to code that can be called."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from aiovonage import UnknownValueWarning
from codegen.generate import TARGET, drift, generate, write
from codegen.ir import package_of
from codegen.names import TAKEN
from codegen.render import package_files
from codegen.spec import ROOT, load
from tests.codegen.widgets import FILE, WIDGETS, whole, write_specs


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package that is generated from the throwaway spec, in the place of `aiovonage.api`."""
    write(whole(), tmp_path / "api")
    kept = {
        name: module for name, module in sys.modules.items() if name.startswith(("aiovonage.api", "aiovonage._client"))
    }
    for name in kept:
        del sys.modules[name]
    package = importlib.import_module("aiovonage")
    monkeypatch.setattr(package, "__path__", [str(tmp_path), *package.__path__])
    yield importlib.import_module("aiovonage.api")
    for name in [name for name in sys.modules if name.startswith(("aiovonage.api", "aiovonage._client"))]:
        del sys.modules[name]
    sys.modules.update(kept)


async def test_a_new_operation_can_be_called(api: ModuleType) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.method == "POST":
            return httpx.Response(201, json={"class": "x", "colour": "2-tone", "made": "2020-01-02 05:12:14", "new": 1})
        page = int(request.url.params.get("page", 0))
        widgets = [{"class": f"{page}-{i}"} for i in range(2)]
        return httpx.Response(200, json={"page": page, "total_pages": 2, "_embedded": {"widgets": widgets}})

    models = importlib.import_module("aiovonage.api.widgets.models")
    client = importlib.import_module("aiovonage._client")
    async with client.Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer)) as vonage:
        widget = await vonage.widgets.create_widget("a/b", models.CreateWidget(class_="x", colour="red"))
        listed = [item.class_ async for item in vonage.widgets.list_widgets("s1", colour=models.Colour.VALUE_2_TONE)]
        raw = await vonage.with_raw_response.widgets.create_widget("s", models.CreateWidget(class_="x"))
    assert seen[0].url == "https://widgets.example/v1/shelves/a%2Fb/widgets"
    assert seen[0].read() == b'{"class":"x","colour":"red"}'
    assert widget.colour is models.Colour.VALUE_2_TONE
    assert widget.extra == {"new": 1}
    assert listed == ["0-0", "0-1", "1-0", "1-1"]
    assert dict(seen[1].url.params) == {"colour": "2-tone"}
    assert raw.status == 201


def test_what_is_sent_is_checked_and_what_is_read_is_not(api: ModuleType) -> None:
    models: Any = importlib.import_module("aiovonage.api.widgets.models")
    with pytest.raises(ValueError, match=r"CreateWidget\.class_ must have at most 5 characters, not 'longer'"):
        models.CreateWidget(class_="longer")
    with pytest.raises(ValueError, match=r"CreateWidget\.colour must be one of red, 2-tone"):
        models.CreateWidget(class_="x", colour=5)
    with pytest.warns(UnknownValueWarning, match=r"nearest known value is '2-tone'"):
        assert models.CreateWidget(class_="x", colour="3-tone").colour == "3-tone"
    assert models.Widget(class_="much longer", colour="blue").colour == "blue"


def test_null_can_be_sent_where_the_spec_admits_it(api: ModuleType) -> None:
    models: Any = importlib.import_module("aiovonage.api.widgets.models")
    core: Any = importlib.import_module("aiovonage")
    assert core.encode(models.CreateWidget(class_="x", note=core.NULL)) == {"class": "x", "note": None}
    assert core.encode(models.CreateWidget(class_="x")) == {"class": "x"}


def test_two_namespaces_of_a_spec_may_have_a_method_of_the_same_name(tmp_path: Path) -> None:
    def with_shelves(spec: dict[str, Any]) -> None:
        spec["tags"].append({"name": "shelves", "description": "Everything about shelves."})
        spec["paths"]["/v1/shelves"] = {
            "get": {**spec["paths"]["/v1/shelves/{shelf-id}/widgets"]["get"], "tags": ["shelves"], "parameters": []}
        }
        del spec["paths"]["/v1/shelves"]["get"]["x-pagination"]

    write_specs(tmp_path, with_shelves)
    source = generate(tmp_path)["widgets/operations.py"]
    assert 'WIDGETS_LIST_WIDGETS: Operation[Page[Widget]] = Operation(\n    id="widgets.list_widgets"' in source
    assert 'SHELVES_LIST_WIDGETS: Operation[WidgetPage] = Operation(\n    id="shelves.list_widgets"' in source


def test_an_operation_and_a_model_may_have_the_same_name(specs: Path) -> None:
    text = WIDGETS.replace("operationId: create_widget", "operationId: sms").replace("CreateWidget", "SMS")
    (specs / FILE).write_text(text, "utf-8")
    load.cache_clear()
    assert "SMS_OPERATION: Operation[Widget] = Operation(" in generate(specs)["widgets/operations.py"]


def test_no_schema_can_have_a_name_that_generated_modules_import(specs: Path) -> None:
    load.cache_clear()
    package = package_of(load(specs / FILE), package_of(load(specs / "common.yaml")))
    for source in package_files(package, "").values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("aiovonage.api"):
                classes = {a.name for a in node.names if a.name[0].isupper() and not a.name.isupper()}
                assert classes <= TAKEN, node.module


def test_methods_are_documented_from_the_spec(api: ModuleType) -> None:
    endpoints: Any = importlib.import_module("aiovonage.api.widgets.endpoints")
    doc = endpoints.Widgets.list_widgets.__doc__
    for words in (
        "List the widgets of a shelf.",
        "shelf_id: The shelf.",
        "Of which colour.",
        "widgets.txt, lines 1 to 20",
    ):
        assert words in doc


def test_drift_is_shown_and_mended(tmp_path: Path) -> None:
    target = tmp_path / "api"
    files = whole()
    write(files, target)
    assert drift(files, target) == ""
    models = target / "widgets" / "models.py"
    models.write_text(models.read_text("utf-8").replace("A widget to make.", "Edited by hand."), "utf-8")
    (target / "stale").mkdir()
    (target / "stale" / "models.py").write_text("OLD = 1\n", "utf-8")
    difference = drift(files, target)
    assert '-    """Edited by hand."""\n' in difference
    assert '+    """A widget to make."""\n' in difference
    assert "-OLD = 1\n" in difference
    write(files, target)
    assert drift(files, target) == ""
    assert not (target / "stale" / "models.py").exists()


def test_check_fails_and_shows_the_diff_when_a_spec_has_changed(tmp_path: Path) -> None:
    def shorter(spec: dict[str, Any]) -> None:
        spec["components"]["schemas"]["CreateWidget"]["properties"]["class"]["maxLength"] = 4

    write(whole(), tmp_path / "api")
    write_specs(tmp_path / "openapi", shorter)
    places = ["--specs", str(tmp_path / "openapi"), "--output", str(tmp_path / "api")]
    command = [sys.executable, "-m", "codegen", "--check", *places]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "max_length=4" in result.stdout
    assert "make generate" in result.stderr


@pytest.mark.slow  # `make check` looks at it too
def test_the_committed_code_is_what_the_specs_give() -> None:
    assert drift(generate(), TARGET) == ""
