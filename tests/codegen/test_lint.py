"""Each rule finds what breaks it, and the specs of the repository break none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main
from codegen.lint import lint
from codegen.spec import load
from tests.codegen.widgets import Mutation, sources, widgets, write_specs

LIST = ("paths", "/v1/shelves/{shelf-id}/widgets", "get")
CREATE = ("paths", "/v1/shelves/{shelf-id}/widgets", "post")
SCHEMAS = ("components", "schemas")


def at(spec: dict[str, Any], *path: str) -> Any:
    """What stands at a path of the spec."""
    node: Any = spec
    for part in path:
        node = node[part]
    return node


def body_example(value: object, **more: object) -> Mutation:
    """Give the request body of create_widget an example."""
    return lambda spec: at(spec, *CREATE, "requestBody", "content", "application/json").update(
        examples={"one": {"value": value, **more}}
    )


def waiter(*, name: str = "wait_until_widget_red", **changes: object) -> Mutation:
    """Let list_widgets have a waiter."""
    whole = {"summary": "Wait.", "find": "/class", "member": "/colour", "wanted": ["red"], "timeout": 9, "every": 1}
    given = {key: value for key, value in (whole | changes).items() if value is not None}
    return lambda spec: at(spec, *LIST).update({"x-waiter": {name: given}})


def findings(mutation: Mutation, folder: Path) -> list[str]:
    """The rules that a spec breaks after a mutation."""
    write_specs(folder, mutation)
    return sorted({finding.rule for finding in lint(folder) if finding.file != "common.yaml"})


@pytest.mark.parametrize(
    "harmless",
    [
        lambda spec: None,
        body_example({"class": "x"}),
        body_example({"class": "too long"}, **{"x-note": "T-1: the document says so"}),
        lambda spec: at(spec, *LIST).update({"x-rate-limit": {"requests_per_second": 5}}),
        lambda spec: at(spec, *SCHEMAS, "Widget").update({"x-identity": ["class"]}),
        waiter(),
    ],
)
def test_a_good_spec_has_no_findings(harmless: Mutation, tmp_path: Path) -> None:
    assert findings(harmless, tmp_path) == []


@pytest.mark.parametrize(
    ("rule", "mutation"),
    [
        ("openapi-3.1", lambda spec: spec.update(info={"title": "Widgets"}, tags=spec["tags"])),
        ("operation-id", lambda spec: at(spec, *LIST).update(operationId="listWidgets")),
        ("one-tag", lambda spec: at(spec, *LIST).update(tags=["widgets", "gadgets"])),
        ("one-tag", lambda spec: at(spec, *LIST).update(tags=["gadgets"])),
        ("security", lambda spec: at(spec, *LIST).update(security=[{"oauth": []}])),
        ("security", lambda spec: at(spec, *LIST).pop("security")),
        ("source", lambda spec: at(spec, *LIST).pop("x-source")),
        ("source", lambda spec: at(spec, *LIST, "x-source").update(document="other.txt")),
        ("source", lambda spec: at(spec, *LIST, "x-source").update(lines=[20, 1])),
        ("default-response", lambda spec: at(spec, *LIST, "responses").pop("default")),
        ("path-parameters", lambda spec: at(spec, *LIST)["parameters"].pop(0)),
        ("description", lambda spec: at(spec, *LIST)["parameters"][1].pop("description")),
        ("description", lambda spec: at(spec, *SCHEMAS, "Widget").pop("description")),
        ("description", lambda spec: at(spec, *SCHEMAS, "Widget", "properties", "made").pop("description")),
        ("extension", lambda spec: at(spec, *LIST).update({"x-surprise": 1})),
        ("x-pagination", lambda spec: at(spec, *LIST, "x-pagination").update(style="scroll")),
        ("x-pagination", lambda spec: at(spec, *LIST, "x-pagination").update(items="/_embedded/gadgets")),
        ("x-pagination", lambda spec: at(spec, *LIST, "x-pagination").update(parameter="offset")),
        ("x-pagination", lambda spec: at(spec, *LIST, "x-pagination").update(style="cursor")),
        ("x-waiter", waiter(name="wait_for_widget")),
        ("x-waiter", waiter(member="/colours")),
        ("x-waiter", waiter(wanted=[])),
        ("x-waiter", waiter(failed=["red"])),
        ("x-waiter", waiter(summary=None)),
        ("x-identity", lambda spec: at(spec, *SCHEMAS, "Widget").update({"x-identity": ["id"]})),
        ("x-partial-success", lambda spec: at(spec, *CREATE).update({"x-partial-success": {"items": "/class"}})),
        ("inline", lambda spec: at(spec, *SCHEMAS, "Widget", "properties", "made").update(enum=["a"])),
        ("schema-name", lambda spec: at(spec, *SCHEMAS).update({"list": at(spec, *SCHEMAS)["Widget"]})),
        ("required", lambda spec: at(spec, *SCHEMAS, "CreateWidget")["required"].append("weight")),
        ("unique-enum", lambda spec: at(spec, *SCHEMAS, "Colour")["enum"].append("red")),
        ("unused", lambda spec: at(spec, *SCHEMAS).update(Spare={"type": "string", "description": "x"})),
        ("example", body_example({"class": "too long"})),
        ("example", body_example({})),
    ],
)
def test_a_rule_finds_what_breaks_it(rule: str, mutation: Mutation, tmp_path: Path) -> None:
    assert rule in findings(mutation, tmp_path)


def parts(node: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The paths of all members of an object, and of those in it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key)
            yield from parts(value, *path, key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from parts(value, *path, str(index))


def each_third_is_quick(paths: Iterator[tuple[str, ...]]) -> Iterator[Any]:
    """The paths; two of three are slow, because there are many."""
    for number, path in enumerate(paths):
        yield pytest.param(path, marks=[pytest.mark.slow] if number % 3 else [])


@pytest.mark.parametrize("path", [*each_third_is_quick(parts(widgets()))], ids="/".join)
def test_a_spec_that_lacks_anything_is_generated_or_told_what_is_wrong(path: tuple[str, ...], tmp_path: Path) -> None:
    def without(spec: dict[str, Any]) -> None:
        node: Any = spec
        for part in path[:-1]:
            node = node[int(part)] if isinstance(node, list) else node[part]
        del node[path[-1]]

    if not findings(without, tmp_path):
        files = sources(tmp_path)
        assert files["endpoints.py"]
        for text in files.values():
            ast.parse(text)


def test_a_missing_member_is_named_with_its_place(tmp_path: Path) -> None:
    findings(lambda spec: at(spec, *LIST).pop("security"), tmp_path)
    (finding,) = lint(tmp_path)
    assert str(finding) == (
        "widgets.v1.yaml#/paths/~1v1~1shelves~1{shelf-id}~1widgets/get: security: `security` is missing"
    )


def test_generating_from_an_incomplete_operation_prints_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings(lambda spec: at(spec, *CREATE).pop("summary"), tmp_path)
    for mode in ([], ["--check"]):
        assert main([*mode, "--specs", str(tmp_path), "--output", str(tmp_path / "api")]) == 1
        printed = capsys.readouterr()
        assert "widgets/post: missing: `summary` is missing" in printed.out
    assert not (tmp_path / "api").exists()


def test_an_operation_that_stands_twice_is_found(tmp_path: Path) -> None:
    def twice(spec: dict[str, Any]) -> None:
        at(spec, *CREATE).update(operationId="list_widgets")

    assert "unique-operation" in findings(twice, tmp_path)


@pytest.mark.slow
def test_the_specs_of_the_repository_break_no_rule() -> None:
    load.cache_clear()
    assert [str(finding) for finding in lint()] == []
