"""What differs between answers and specs is told, and nothing else."""

from __future__ import annotations

import copy
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import attrs
import httpx
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aiovonage import Drift, Vonage, VonageError, decode
from aiovonage._core.drift.differences import find_drift, json_type
from aiovonage._core.operation import Operation
from aiovonage.api.operations import OPERATIONS
from aiovonage.cli.app import app
from aiovonage.cli.call.spec_patch import spec_patch
from aiovonage.sandbox import Sandbox
from codegen.generate import generate
from codegen.lint import lint
from codegen.spec import SPECS, Json, Spec, load
from tests.rounds import rounds
from tests.specs import Case, cases

CASES = {case.id: case for case in cases()}
TOMORROW = "A_VALUE_OF_TOMORROW"


@attrs.frozen
class Node:
    """A value of an answer with its schema.

    Attributes:
        path: Where it is.
        schema: Its schema, resolved.
        spec: The spec that the schema stands in.
    """

    path: tuple[str | int, ...]
    schema: Json
    spec: Spec

    @property
    def where(self) -> str:
        """Its pointer as drift has it."""
        return "".join(f"/{'*' if isinstance(part, int) else part}" for part in self.path)


def resolved(spec: Spec, schema: Json) -> tuple[Spec, Json]:
    """The schema, and the spec that it stands in."""
    while "$ref" in schema:
        file = schema["$ref"].partition("#")[0]
        spec, schema = (load(SPECS / file) if file else spec), spec.resolve(schema)
    return spec, schema


def nodes(spec: Spec, schema: Json, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Node]:
    """All values of an answer whose schema is plain."""
    spec, schema = resolved(spec, schema)
    if "oneOf" in schema or "anyOf" in schema:
        return
    yield Node(path, schema, spec)
    if isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            if name in value:
                yield from nodes(spec, member, value[name], (*path, name))
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from nodes(spec, schema["items"], item, (*path, index))


def sound() -> list[tuple[Case, int, Json, Any]]:
    """The documents' examples of successes that are as the specs say."""
    found = []
    for case in CASES.values():
        for status, media, _, value in case.response_examples():
            if status < 300 and "json" in media and not find_drift(OPERATIONS[case.id], status, value):
                content = case.spec.resolve(case.operation["responses"][str(status)])["content"]
                found.append((case, status, content[media]["schema"], value))
    return found


SOUND = sound()


def set_at(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    inner = changed
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return changed


def mutations(schema: Json, spec: Spec, value: Any) -> Iterator[tuple[str, str, str, Any]]:
    """Everything that can be changed: the kind of drift, where, what is seen, and the answer."""
    for node in nodes(spec, schema, value):
        here = at(value, node.path)
        types = node.schema.get("type")
        if "properties" in node.schema:
            surprises: list[Any] = [1, "text", True, None, 1.5, [], {}]
            for new in surprises:
                yield (
                    "unknown member",
                    f"{node.where}/surprise",
                    json_type(new),
                    set_at(value, node.path, {**here, "surprise": new}),
                )
            needed = [*node.schema.get("required", []), *node.schema.get("x-identity", [])]
            for name in set(needed) & here.keys():
                rest = {k: v for k, v in here.items() if k != name}
                yield "missing member", f"{node.where}/{name}", "nothing", set_at(value, node.path, rest)
        if "enum" in node.schema and types == "string":
            yield "unknown value", node.where, TOMORROW, set_at(value, node.path, TOMORROW)
        if isinstance(types, str) and "x-type" not in node.schema:
            others = {"string": 17, "integer": "text", "number": "text", "boolean": "text", "array": {}, "object": []}
            yield "other type", node.where, json_type(others[types]), set_at(value, node.path, others[types])
            yield "other type", node.where, "null", set_at(value, node.path, None)


@cache
def mutations_of(index: int) -> list[tuple[str, str, str, Any]]:
    """The mutations of an example of `SOUND`."""
    case, _, schema, value = SOUND[index]
    return list(mutations(schema, case.spec, value))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def test_most_examples_are_sound() -> None:
    assert len(SOUND) >= 50


@settings(max_examples=rounds(600), deadline=None)
@given(st.data())
def test_every_mutation_of_an_answer_is_told(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(SOUND) - 1))
    case, status, _, _ = SOUND[index]
    possible = mutations_of(index)
    assume(possible)
    kind, where, seen, changed = possible[data.draw(st.integers(0, len(possible) - 1))]
    assume(changed is not None)  # that is no body at all
    found = find_drift(OPERATIONS[case.id], status, changed)
    told = {(drift.kind, drift.where, drift.seen) for drift in found}
    assert (kind, where, seen) in told, (case.id, found)
    assert len(found) == 1 or kind == "missing member", found


@given(st.sampled_from(sorted(OPERATIONS)), st.sampled_from([203, 206, 208, 226, 302, 409, 410, 418, 422, 451]))
def test_every_undocumented_status_is_told(name: str, status: int) -> None:
    found = find_drift(OPERATIONS[name], status, None)
    documented = {int(s) for s in CASES[name].operation["responses"] if str(s).isdecimal()}
    assert [drift.kind for drift in found] == ([] if status in documented else ["undocumented status"])


async def test_the_sandbox_has_no_drift() -> None:
    seen: list[Drift] = []
    statuses: set[int] = set()
    async with Sandbox() as sandbox:
        account: dict[str, Any] = {
            "api_key": sandbox.api_key,
            "api_secret": sandbox.api_secret,
            "application_id": sandbox.application_id,
            "private_key": sandbox.private_key,
            "signature_secret": sandbox.signature_secret,
            "base_url": sandbox.url,
        }
        async with Vonage(**account, max_retries=0, on_drift=seen.append) as vonage:
            for case in [c for c in CASES.values() if c.method != "delete"] + list(CASES.values()):
                method = getattr(getattr(vonage, case.namespace), case.id.partition(".")[2])
                path = [KNOWN.get(p["name"], "nothing") for p in case.parameters if p["in"] == "path"][
                    : len(case.positional())
                ]
                bodies: list[Any] = [value for _, value in case.request_examples()] or [None]
                for body in bodies:
                    given = [] if body is None else [decode(case.body_type, body)]
                    sandbox.app.reset()  # names must be unique, and no document says how a second one is refused
                    try:
                        await method(*path, *given, **case.required_keywords())
                        statuses.add(200)
                    except VonageError as error:
                        statuses.add(getattr(error, "status", 0) or 0)
    assert [str(drift) for drift in seen] == []
    assert {200, 404} <= statuses


KNOWN = {"brand_id": "BLQKOPK", "campaign_id": "C1DEB879", "number": "12025550101", "usecase": "MIXED"} | {
    "identity_id": "BLQKOPK",
    "engagement_id": "C1DEB879",
    "waba_id": "345688589250625",
}


async def test_a_client_tells_of_each_difference_once_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("B2"):
            return httpx.Response(410, json={})
        return httpx.Response(200, json={"brand_id": "B1", "campaign_count": "5", "tcr": {"secret": "s3cr3t"}})

    seen: list[str] = []

    def tell(drift: Drift) -> None:
        seen.append(str(drift))
        raise RuntimeError("no matter")

    async with Vonage(api_key="k", api_secret="s", transport=httpx.MockTransport(answer), on_drift=tell) as vonage:
        for _ in range(3):
            assert (await vonage.ten_dlc.get_brand("B1")).brand_id == "B1"
        with pytest.raises(VonageError):
            await vonage.ten_dlc.get_brand("B2")
    assert seen == [
        "ten_dlc.get_brand: other type at /campaign_count (Brand): string, the spec has integer",
        "ten_dlc.get_brand: unknown member at /tcr (Brand): object",
        "ten_dlc.get_brand: undocumented status at the top: 410, the spec has 200, 400, 401, 404, 422",
    ]
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 3
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ({"id": "u", "channels": {"sip": [{"password": 5}]}}, "5"),
        ({"id": "u", "12025550101": "call me"}, "12025550101"),
        ({"id": "u", "ada@example.com": "call me"}, "ada@"),
        ({"id": "u", "channels": {"websocket": [{"content-type": "+12025550101"}]}}, "12025550101"),
        ({"id": "u", "display_name": ["Ada"]}, "Ada"),
    ],
)
def test_nothing_personal_is_told(body: Any, hidden: str) -> None:
    (found,) = find_drift(OPERATIONS["users.get_user"], 200, body)
    assert hidden not in str(found)
    assert hidden not in repr(found)


COUNTS = ("page", "page_size", "total_items", "total_pages")
SEEN: list[tuple[str, int, Any]] = [
    ("ten_dlc.get_brand", 200, {"brand_id": "B", "rank": 5, "tags": ["a"], "more": {"a": 1}, "campaign_count": "5"}),
    ("ten_dlc.get_brand", 200, {"brand_id": "B", "rank": "high", "display_name": None, "vertical": "SPACE"}),
    ("ten_dlc.get_campaign", 203, {"brand_id": "B", "campaign_id": "C", "mno_metadata": [{"status": "NEW-ONE"}]}),
    (
        "rcs.list_agents",
        200,
        {"_embedded": {"agents": []}, "page": 1, "page_size": 1, "total_items": 1, "total_pages": 1},
    ),
    ("ten_dlc.list_brands", 200, {"_links": {"self": {"href": "x", "templated": True}}}),
    ("users.list_users", 200, {"_embedded": {"users": [{"name": "no id"}]}}),
]


def har(path: Path) -> Path:
    """A HAR file with the responses."""
    urls = {
        "ten_dlc.get_brand": "/v1/10dlc/brands/B",
        "ten_dlc.get_campaign": "/v1/10dlc/brands/B/campaigns/C",
        "rcs.list_agents": "/v1/channel-manager/rcs/agents?page=1",
        "ten_dlc.list_brands": "/v1/10dlc/brands",
        "users.list_users": "/v1/users",
    }
    made = [
        {
            "request": {"method": OPERATIONS[name].method, "url": f"https://x.example{urls[name]}"},
            "response": {"status": status, "content": {"text": json.dumps(body)}},
        }
        for name, status, body in SEEN
    ]
    made.append({"request": {"method": "GET", "url": "https://x.example/"}, "response": {"status": 200, "content": {}}})
    path.write_text(json.dumps({"log": {"entries": made}}), "utf-8")
    return path


def expected() -> list[Drift]:
    return [drift for name, status, body in SEEN for drift in find_drift(OPERATIONS[name], status, body)]


def test_the_command_reads_a_har_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["drift", str(har(tmp_path / "x.har"))])
    assert result.exit_code == 1
    for drift in expected():
        assert str(drift) in result.stdout
    assert f"{len(set(expected()))} differences in 6 responses; 1 belong to no operation" in result.stderr


def test_the_command_reads_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ten_dlc.get_brand.json").write_text('{"brand_id": "B"}', "utf-8")
    (tmp_path / "ten_dlc.link_number.202-2.json").write_text('{"number": "1", "status": "LINKED"}', "utf-8")
    result = CliRunner().invoke(app, ["drift", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "")
    (tmp_path / "brand.json").write_text("{}", "utf-8")
    result = CliRunner().invoke(app, ["drift", str(tmp_path)])
    assert result.exit_code == 2
    assert "brand.json is not named after an operation" in result.stderr


def test_what_is_no_recording_is_said(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"log": {"entries": [{}]}}'):
        (tmp_path / "x.har").write_text(text, "utf-8")
        result = CliRunner().invoke(app, ["drift", str(tmp_path / "x.har")])
        assert result.exit_code == 2
        assert "x.har" in result.stderr


@pytest.mark.slow
def test_specs_that_are_patched_and_generated_from_show_no_drift(tmp_path: Path) -> None:
    copytree(SPECS, tmp_path / "openapi")
    patch = tmp_path / "drift.patch"
    command = ["drift", str(har(tmp_path / "x.har")), "--patch", str(patch), "--specs", str(tmp_path / "openapi")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    by_hand = [line for line in result.stderr.splitlines() if line.startswith("not in the patch")]
    assert [line.partition("at ")[2].partition(" ")[0] for line in by_hand] == ["/_embedded/users/*/id"]
    subprocess.run(["git", "apply", str(patch)], cwd=tmp_path, check=True)
    load.cache_clear()
    assert [str(finding) for finding in lint(tmp_path / "openapi")] == []
    files = generate(tmp_path / "openapi")
    models = files["ten_dlc/models.py"]
    assert "rank: int | str | None = None" in models
    assert 'SPACE = "SPACE"' in models
    assert 'NEW_ONE = "NEW-ONE"' in models
    assert "templated: bool | None = None" in files["common/models.py"]
    assert "203: Campaign" in files["ten_dlc/operations.py"]
    assert "seen in responses, 20" in patch.read_text("utf-8")
    for name, text in files.items():
        (tmp_path / "new" / "aiovonage" / "api" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "new" / "aiovonage" / "api" / name).write_text(text, "utf-8")
    program = f"""
import sys, json, pathlib, aiovonage
aiovonage.__path__.insert(0, {str(tmp_path / "new" / "aiovonage")!r})
from aiovonage.api.operations import OPERATIONS
from aiovonage._core.drift.differences import find_drift
for name, status, body in json.loads(sys.argv[1]):
    for drift in find_drift(OPERATIONS[name], status, body):
        print(drift.where)
"""
    done = subprocess.run([sys.executable, "-c", program, json.dumps(SEEN)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["/_embedded/users/*/id"]


def test_a_patch_of_nothing_is_empty() -> None:
    assert spec_patch([], SPECS, "2026-11-26").text == ""


def test_an_operation_without_statuses_knows_none() -> None:
    bare: Operation[None] = Operation(
        id="a.b", method="GET", host="", path=("/",), security=(), success={200: None}, idempotent=True
    )
    assert find_drift(bare, 299, None) == []
