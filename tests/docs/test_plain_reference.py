"""The reference shows public names, real defaults, plain types and the values of enums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import griffe
import pytest

from tests.docs.blocks import PAGES, ROOT

DIRECTIVE = re.compile(r"^::: ([\w.]+)", re.MULTILINE)
NAMED = {name for page in PAGES for name in DIRECTIVE.findall(page.read_text("utf-8"))}


@pytest.fixture(scope="module")
def package() -> Any:
    extensions = griffe.load_extensions(str(ROOT / "docs/hooks/plain_reference.py") + ":PlainReference")
    return griffe.load("aiovonage", search_paths=[ROOT / "src"], extensions=extensions)


def parameters(package: Any, path: str) -> griffe.Parameters:
    found = package[path]
    found = found.final_target if isinstance(found, griffe.Alias) else found
    assert isinstance(found, griffe.Class | griffe.Function)
    return found.parameters


def names_in(node: object) -> Iterator[griffe.ExprName]:
    if isinstance(node, griffe.Expr):
        yield from (part for part in node.iterate(flat=True) if isinstance(part, griffe.ExprName))


def shown(item: Any) -> Iterator[griffe.Function | griffe.Attribute]:
    """The functions and attributes that the page of an object shows."""
    item = item.final_target if isinstance(item, griffe.Alias) else item
    if isinstance(item, griffe.Function | griffe.Attribute):
        yield item
        return
    for name, member in item.members.items():
        if not name.startswith("_") and not isinstance(member, griffe.Alias):
            yield from shown(member)


def test_defaults_are_values(package: Any) -> None:
    settings = {p.name: p for p in parameters(package, "Vonage")}
    assert str(settings["timeout"].default) == "30.0"
    assert str(settings["max_response_bytes"].default) == "16777216"
    job = {parameter.name: str(parameter.default) for parameter in parameters(package, "bulk.Bulk.link_numbers")}
    assert job["concurrency"] == "64"
    assert job["patience"] == "129600.0"


def test_types_are_written_out(package: Any) -> None:
    job = {p.name: p for p in parameters(package, "bulk.Bulk.link_numbers")}
    assert str(job["numbers"].annotation) == "Iterable[object] | AsyncIterable[object]"
    assert str(job["until"].annotation) == "Literal['accepted', 'approved']"


def test_a_member_of_a_model_shows_its_type_and_default(package: Any) -> None:
    members = package["api.channel_manager.models.AgentVisualDesign"].members
    assert str(members["tagline"].annotation) == "str | None"
    assert members["tagline"].value is None
    assert str(members["privacy_policy"].value) == "None"
    assert members["tagline"].labels == set()


def test_enums_list_their_values(package: Any) -> None:
    purpose = package["api.channel_manager.models.AgentPurpose"].docstring.value
    assert "Values: `OTP`, `MULTI_USE`, `PROMOTIONAL`, `TRANSACTIONAL`." in purpose
    rate = package["api.channel_manager.models.MessageRate"].docstring.value
    assert '`VALUE_2_4_TIMES_PER_MONTH` (`"2_4_TIMES_PER_MONTH"`)' in rate


def test_unions_of_models_have_an_entry(package: Any) -> None:
    assert package["api.channel_manager.models.AgentWebsites"].docstring


def test_a_class_that_users_do_not_make_shows_no_constructor(package: Any) -> None:
    assert "__init__" not in package["bulk.Bulk"].members
    assert "__init__" in package["sandbox.Sandbox"].final_target.members


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_the_reference_shows_has_public_names(package: Any, name: str) -> None:
    assert "._" not in name
    for item in shown(package[name.removeprefix("aiovonage.")]):
        expressions: list[object] = [getattr(item, "annotation", None)]
        if isinstance(item, griffe.Function):
            expressions += [item.returns, *(parameter.annotation for parameter in item.parameters)]
            constants = [str(p.default) for p in item.parameters if re.fullmatch("[A-Z_]+", str(p.default))]
            assert not constants, f"{item.path} shows the names of constants"
        private = [
            part.canonical_path for node in expressions for part in names_in(node) if "._" in part.canonical_path
        ]
        assert not private, f"{item.path} shows {private}"


def test_no_page_names_a_private_module() -> None:
    pages = [page.relative_to(ROOT).as_posix() for page in PAGES if "aiovonage._" in page.read_text("utf-8")]
    assert not pages
