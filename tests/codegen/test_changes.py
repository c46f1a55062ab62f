"""A changed spec is explained in the terms of those who use the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.changelog import unnamed
from codegen.changes import Change, changes, summary
from codegen.generate import generate, write
from codegen.spec import ROOT
from tests.codegen.test_lint import CREATE, LIST, SCHEMAS, at
from tests.codegen.widgets import Mutation, whole, widgets, write_specs

GIVEN = at(widgets(), *SCHEMAS)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package before a change. Tests read it only."""
    folder = tmp_path_factory.mktemp("before") / "api"
    write(whole(), folder)
    return folder


@pytest.fixture
def output(before: Path, tmp_path: Path) -> Path:
    """A copy of it, into which a test may generate."""
    return shutil.copytree(before, tmp_path / "before" / "api")


def member(schema: str, name: str, **facts: Any) -> Mutation:
    """Give a schema a member, or change one."""
    return lambda spec: at(spec, *SCHEMAS, schema, "properties").setdefault(name, {"description": "x"}).update(facts)


def a_new_operation(spec: dict[str, Any]) -> None:
    operation = {**at(spec, *CREATE), "operationId": "paint_widget"}
    at(spec, *LIST[:-1])["patch"] = operation


CASES: list[tuple[str, Mutation, str]] = [
    ("a new operation", a_new_operation, "### Added\n- `vonage.widgets.paint_widget`"),
    ("a new member", member("Widget", "weight", type="integer"), "### Added\n- `Widget.weight`"),
    (
        "a new schema",
        lambda spec: (
            at(spec, *SCHEMAS).update(Shelf={"type": "object", "description": "x", "properties": {}}),
            member("Widget", "shelf", **{"$ref": "#/components/schemas/Shelf"})(spec),
        ),
        "`Widget.shelf`",
    ),
    ("a new value", lambda spec: at(spec, *SCHEMAS, "Colour")["enum"].append("blue"), "### Added\n- `Colour.BLUE`"),
    (
        "a new optional parameter",
        lambda spec: at(spec, *LIST)["parameters"].append(
            {"name": "size", "in": "query", "description": "x", "schema": {"type": "integer"}}
        ),
        "### Added\n- `vonage.widgets.list_widgets` takes `size`",
    ),
    (
        "a deprecation",
        lambda spec: at(spec, *LIST).update(deprecated=True),
        "### Deprecated\n- `vonage.widgets.list_widgets`",
    ),
    (
        "a tighter bound",
        member("CreateWidget", "class", maxLength=4),
        "- **Breaking:** `CreateWidget.class_` must have at most 4 characters, it was 5",
    ),
    (
        "a looser bound",
        member("CreateWidget", "class", maxLength=6),
        "### Changed\n- `CreateWidget.class_` must have at most 6 characters, it was 5",
    ),
    (
        "a newly required member of a body",
        lambda spec: at(spec, *SCHEMAS, "CreateWidget")["required"].append("colour"),
        "- **Breaking:** `CreateWidget.colour` is required now",
    ),
    (
        "a body that takes more",
        member("CreateWidget", "class", type=["string", "integer"]),
        "- `CreateWidget.class_` is `str | int`, it was `str`",
    ),
    (
        "an answer that may be more",
        member("Widget", "class", type=["string", "integer"]),
        "- **Breaking:** `Widget.class_` is `str | int | None`, it was `str | None`",
    ),
    (
        "another answer",
        lambda spec: at(spec, *CREATE, "responses").update({"201": {"description": "x"}}),
        "- **Breaking:** `vonage.widgets.create_widget` returns `None`, it was `Widget`",
    ),
    (
        "another path",
        lambda spec: spec["paths"].update({"/v2/shelves/{shelf-id}/widgets": spec["paths"].pop(LIST[1])}),
        "`vonage.widgets.list_widgets` has `path`",
    ),
    (
        "one scheme more",
        lambda spec: at(spec, *LIST)["security"].append({"jwt": []}),
        "### Changed\n- `vonage.widgets.list_widgets` has `security`",
    ),
    (
        "another scheme",
        lambda spec: at(spec, *LIST).update(security=[{"jwt": []}]),
        "- **Breaking:** `vonage.widgets.list_widgets` has `security`",
    ),
    (
        "a removed member",
        lambda spec: at(spec, *SCHEMAS, "Widget", "properties").pop("made"),
        "### Removed\n- **Breaking:** `Widget.made`",
    ),
    (
        "a removed value",
        lambda spec: at(spec, *SCHEMAS, "Colour")["enum"].remove("red"),
        "### Removed\n- **Breaking:** `Colour.RED`",
    ),
    (
        "a removed operation",
        lambda spec: at(spec, *LIST[:-1]).pop("get"),
        "- **Breaking:** `vonage.widgets.list_widgets`",
    ),
    (
        "a required parameter",
        lambda spec: at(spec, *LIST)["parameters"].append(
            {"name": "size", "in": "query", "required": True, "description": "x", "schema": {"type": "integer"}}
        ),
        "- **Breaking:** `vonage.widgets.list_widgets` parameter was added as required: `size`",
    ),
    ("other words", member("Widget", "class", description="Another description."), "Nothing has changed for users."),
]


@pytest.mark.parametrize(("mutation", "entry"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_told(mutation: Mutation, entry: str, before: Path, tmp_path: Path) -> None:
    write_specs(tmp_path / "openapi", mutation)
    write(generate(tmp_path / "openapi"), tmp_path / "after" / "api")
    told = summary(changes(before, tmp_path / "after" / "api"))
    assert entry in told


def test_where_nothing_has_changed_nothing_is_told(before: Path) -> None:
    assert summary(changes(before, before)) == "Nothing has changed for users."


@pytest.mark.slow
def test_generating_ends_with_the_summary(output: Path, tmp_path: Path) -> None:
    write_specs(tmp_path / "openapi", member("Widget", "weight", type="integer"))
    command = [sys.executable, "-m", "codegen", "--specs", str(tmp_path / "openapi"), "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "### Added\n- `Widget.weight`\n"


def test_an_incomplete_spec_is_told_and_not_generated_from(output: Path, tmp_path: Path) -> None:
    write_specs(tmp_path / "openapi", lambda spec: at(spec, *LIST).pop("security"))
    command = [sys.executable, "-m", "codegen", "--specs", str(tmp_path / "openapi"), "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "security: `security` is missing" in done.stdout
    assert "Nothing was generated" in done.stderr


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("- `Brand.brand_id` is required.", True),
        ("- Members of `Brand` are required.", True),
        ("- `brand.brand_id` is something else.", False),
        ("- Nothing of the kind.", False),
    ],
)
def test_a_breaking_change_has_to_be_in_the_changelog(entry: str, named: bool) -> None:
    breaking = Change("Changed", "Brand.brand_id", "is required now", breaking=True)
    assert unnamed([breaking, Change("Added", "Brand.reseller")], [entry]) == ([] if named else [breaking])


@pytest.mark.slow
def test_the_changes_since_a_commit_are_told_and_held_against_the_changelog() -> None:
    command = [sys.executable, "-m", "codegen", "--changes", "HEAD"]
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is no checkout of git")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout.startswith(("### ", "Nothing has changed for users."))


def test_an_unknown_commit_is_said() -> None:
    command = [sys.executable, "-m", "codegen", "--changes", "no-such-commit"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot compare with no-such-commit" in done.stderr
