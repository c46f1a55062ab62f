"""The reference pages say of each operation what the spec says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from aiovonage.api import NAMESPACES
from tests.docs.blocks import PAGES, ROOT
from tests.specs import cases


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_operations_are_counted_right(page: Path) -> None:
    named = re.findall(r"\b(?:all|any of the|models for) (\d+) operations", page.read_text("utf-8"))
    assert {int(count) for count in named} <= {len(cases())}


def test_the_table_of_the_readme_names_each_namespace() -> None:
    rows = re.findall(r"^\|[^|]+\| `(\w+)` \| \[", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(NAMESPACES)


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs/hooks/reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_namespace_has_a_page_with_every_operation(reference: ModuleType) -> None:
    pages = reference.pages()
    assert {f"reference/{name}.md" for name in NAMESPACES} <= pages.keys()
    for case in cases():
        page = pages[f"reference/{case.namespace}.md"]
        name = case.id.partition(".")[2]
        (row,) = [line for line in page.splitlines() if line.startswith(f"| [`{name}`]")]
        assert f"`{case.method.upper()} {case.path}`" in row
        if "x-source" in case.operation:
            first, last = case.operation["x-source"]["lines"]
            assert f"| {first}–{last} |" in row


def test_a_row_tells_auth_list_retry_and_limit(reference: ModuleType) -> None:
    rows = {
        line.split("`")[1]: [cell.strip() for cell in line.strip("|").split("|")]
        for page in ("applications", "users", "redact")
        for line in reference.pages()[f"reference/{page}.md"].splitlines()
        if line.startswith("| [`")
    }
    assert rows["list_applications"][2:6] == ["Basic", "page numbers", "yes", "170 requests/s"]
    assert rows["list_users"][2:6] == ["JWT", "cursor", "yes", ""]
    assert rows["redact_transaction"][2:6] == ["Basic", "", "no", "170 requests/s"]


def test_bounds_of_requests_are_listed(reference: ModuleType) -> None:
    assert (
        "| `CreatePublicCompanyBrand` | `display_name` | at most 255 characters |"
        in reference.pages()["reference/ten_dlc.md"]
    )
    assert "| `list_users` | `page_size` | at least 1, at most 100 |" in reference.pages()["reference/users.md"]


def test_what_the_documents_do_not_state_is_said(reference: ModuleType) -> None:
    page = reference.pages()["reference/redact.md"]
    assert "## Not stated by the document" in page
    assert "- `redact_transaction`: " in page
