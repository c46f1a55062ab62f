"""`aiovonage call`: every operation, by its name and the names of what it takes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import pytest

from aiovonage import InvalidValue, encode
from aiovonage.api import Namespaces
from aiovonage.api.operations import OPERATIONS
from aiovonage.cli.call.arguments import read_arguments
from aiovonage.cli.call.body_members import body_members
from aiovonage.cli.call.lookup import find
from aiovonage.cli.call.values import type_words
from tests.cli.conftest import Shell, run
from tests.specs import Case, cases

CASES = {case.id: case for case in cases()}
REFUSED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "ten_dlc.create_brand": (lambda body: "stock_symbol" not in body, "stock_symbol is missing"),
}
"""Where the documents' example of a body breaks what their own reference says of it: which example, and how."""

CAMPAIGN = ("brand_id=BLQKOPK", "campaign_id=C1DEB879")


def path_values(case: Case) -> list[str]:
    """The required parameters, as `name=value`."""
    return [f"{p.name}={value}" for p, value in zip(required(case), case.positional(), strict=True)] + [
        f"{name}={value}" for name, value in case.required_keywords().items()
    ]


def required(case: Case) -> list[Any]:
    """The parameters that are given by position."""
    return [parameter for parameter in case.described.path_parameters if parameter.required]


def bodies(case: Case) -> list[Any]:
    """The examples of the body; without one just what is required; nothing where there is no body."""
    return [value for _, value in case.request_examples()] or ([] if case.body_type else [None])


def test_the_table_has_every_operation_of_the_specs() -> None:
    assert OPERATIONS.keys() == CASES.keys()
    for name, operation in OPERATIONS.items():
        case = CASES[name]
        assert operation.method == case.method.upper()
        assert operation.path_template == case.path
        assert operation.summary.rstrip(".") == case.operation["summary"].rstrip(".")


@pytest.mark.filterwarnings("ignore::aiovonage.UnknownValueWarning")  # two examples have placeholders
@pytest.mark.parametrize("name", CASES)
def test_every_operation_takes_what_its_spec_says(name: str) -> None:
    case, operation = CASES[name], find(name)
    examples = bodies(case)
    view = Namespaces()
    view._session = cast("Any", None)  # nothing is sent
    optional = [p for p in operation.parameters if not p.required]
    more = [f"{parameter.name}={sample(type_words(parameter.type))}" for parameter in optional]
    for body in examples:
        breaks, words = REFUSED.get(name, (lambda _: False, ""))
        if breaks(body):
            with pytest.raises((click.UsageError, InvalidValue), match=words):
                read_arguments(operation, path_values(case), body)
            continue
        arguments = read_arguments(operation, [*path_values(case), *more], body)
        method = getattr(getattr(view, operation.namespace), operation.name)
        bound = inspect.signature(method).bind(*arguments.positional, **arguments.keywords).arguments
        assert bound.keys() - {"body"} == {p.name for p in operation.parameters}
        assert [bound[p.name] for p in required(case)] == case.positional()
        if body is not None:
            assert encode(bound["body"]) == body
            assert not arguments.unknown
    if not examples:
        with pytest.raises(click.UsageError, match="needs a body"):
            read_arguments(operation, path_values(case))


def sample(words: str) -> str:
    """A value of a type, given its words."""
    first = words.removeprefix("list of ").partition(" | ")[0]
    return {"text": "text", "integer": "2", "date": "2026-11-01", "JSON": "[]"}.get(first, first)


@pytest.mark.filterwarnings("ignore::aiovonage.UnknownValueWarning")  # two examples have placeholders
@pytest.mark.parametrize("name", [name for name in CASES if name not in REFUSED and CASES[name].body_type])
def test_members_may_be_given_one_by_one(name: str) -> None:
    case, operation = CASES[name], find(name)
    for body in bodies(case):
        pairs = [f"{member}:={json.dumps(value)}" for member, value in body.items()]
        assert encode(read_arguments(operation, [*path_values(case), *pairs]).positional[-1]) == body
        texts = [f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in body.items()]
        assert encode(read_arguments(operation, [*path_values(case), *texts]).positional[-1]) == body


@pytest.mark.parametrize("name", [name for name in CASES if find(name).parameters or find(name).body])
def test_a_name_that_an_operation_does_not_have_is_refused_with_those_it_has(name: str) -> None:
    operation = find(name)
    result = run("call", name, "no_such_thing=1")
    assert result.exit_code == 2
    assert "no parameter 'no_such_thing'" in result.stderr
    for known in [*(p.name for p in operation.parameters), *body_members(operation)]:
        assert known in result.stderr


@pytest.mark.parametrize("name", [name for name in CASES if any(p.required for p in find(name).parameters)])
def test_a_missing_parameter_is_named(name: str) -> None:
    result = run("call", name)
    assert result.exit_code == 2
    assert "needs " + " and ".join(p.name for p in find(name).parameters if p.required) in result.stderr


@pytest.mark.parametrize("transport", ["fast", "httpx"])
def test_an_answer_is_json(shell: Shell, transport: str) -> None:
    result = shell.run("call", "ten_dlc.get_brand", "brand_id=BLQKOPK", "--transport", transport)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["brand_id"] == "BLQKOPK"
    assert result.stderr == ""


def test_a_list_gives_its_first_page_and_all_gives_json_lines(shell: Shell) -> None:
    for index in range(25):
        shell.sandbox.state.link(f"1202555{index:04}", "C1DEB879")
    page = json.loads(shell.run("call", "ten_dlc.list_numbers", *CAMPAIGN, "page_size=10", "page=2").stdout)
    assert (page["page"], page["total_items"]) == (2, 25)
    assert len(page["_embedded"]["numbers"]) == 10
    before = shell.requests
    lines = shell.run("call", "ten_dlc.list_numbers", *CAMPAIGN, "page_size=10", "--all").stdout.splitlines()
    assert shell.requests - before == 3
    assert [json.loads(line)["number"] for line in lines] == list(shell.sandbox.state.numbers)
    assert shell.run("call", "ten_dlc.get_brand", "brand_id=BLQKOPK", "--all").exit_code == 2


def test_what_is_created_from_members_a_file_and_standard_input(shell: Shell, tmp_path: Path) -> None:
    ada = json.loads(shell.run("call", "users.create_user", "name=ada", 'properties={"custom_data":{"a":[1]}}').stdout)
    file = tmp_path / "user.json"
    file.write_text('{"name": "bob", "display_name": "of the file"}', "utf-8")
    shell.run("call", "users.create_user", "--body", file, "display_name=of the pair")
    shell.run("call", "users.create_user", "--body", "-", stdin='{"name": "eve", "display_name": "Ève"}')
    users = list(shell.sandbox.state.users.values())
    assert [user["name"] for user in users] == ["ada", "bob", "eve"]
    assert users[0]["properties"] == {"custom_data": {"a": [1]}}
    assert [user.get("display_name") for user in users] == [None, "of the pair", "Ève"]
    names = shell.run("call", "users.list_users", "--all").stdout
    assert {json.loads(line)["name"] for line in names.splitlines()} == {"ada", "bob", "eve"}
    deleted = shell.run("call", "users.delete_user", f"user_id={ada['id']}")
    assert (deleted.exit_code, deleted.output) == (0, "")
    assert ada["id"] not in shell.sandbox.state.users


@pytest.mark.parametrize("form", ["json", "xml"])
def test_opt_ins_read_the_same_in_json_and_xml(shell: Shell, form: str) -> None:
    whole = json.loads(shell.run("call", "opt_ins.query", f"format={form}").stdout)
    lines = shell.run("call", "opt_ins.query", f"format={form}", "page_size=2", "--all").stdout.splitlines()
    assert [json.loads(line) for line in lines] == whole["opt-in-list"]
    number = whole["opt-in-list"][0]["msisdn"]
    again = json.loads(shell.run("call", "opt_ins.manage", f"msisdn={number}", f"format={form}").stdout)
    assert (again["msisdn"], again["opt-in"]) == (number, "true")


def test_an_answer_that_speaks_of_each_item(serve: Callable[..., Shell]) -> None:
    whole = ("call", "engagements.add_numbers", "engagement_id=C1DEB879", "numbers=12025550101,12025550102")
    assert serve().run(*whole).exit_code == 0
    many = "numbers=" + ",".join(str(12025550100 + index) for index in range(40))
    result = serve(partial_failures=0.5, seed=3).run(*whole[:3], many)
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert said["status"] == 207
    assert said["failed"][0]["problem"]["title"]
    assert len(said["succeeded"]) + len(said["failed"]) == 40


def test_what_the_spec_does_not_know_is_sent_and_said(shell: Shell) -> None:
    body = '{"country": "US", "number": "12025550101", "colour": {"deep": null}}'
    result = shell.run("call", "ten_dlc.link_number", *CAMPAIGN, "--body", "-", stdin=body)
    assert "the spec has no /colour in this body" in result.stderr
    model = read_arguments(find("ten_dlc.link_number"), CAMPAIGN, json.loads(body)).positional[-1]
    assert encode(model) == json.loads(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"name": "a", "display_name": null}', "null at /display_name"),
        ('{"channels": {"sip": [{"uri": "sip:a@b", "username": null}]}}', "null at /channels/sip/0/username"),
        ('{"name": "a", "name": "b"}', "'name' is given twice"),
        ('{"properties": {"custom_data": {"a": NaN}}}', "NaN"),
        ('{"name": ', "line 1"),
        ('{"name": 7}', "str is expected, not int at /name"),
        ("[]", "an object, is expected"),
        ("null", "null"),
        ("", "not valid JSON"),
    ],
)
def test_no_part_of_a_body_vanishes(body: str, words: str, shell: Shell) -> None:
    result = shell.run("call", "users.create_user", "--body", "-", stdin=body)
    assert result.exit_code == 2
    assert words in result.stderr
    assert shell.requests == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ten_dlc"], "write NAMESPACE.METHOD"),
        (["nope.get_brand"], "there is no namespace 'nope'"),
        (["ten_dlc.get_brnad", "brand_id=B"], "did you mean ten_dlc.get_brand"),
        (["ten_dlc._session"], "there is no operation"),
        (["ten_dlc.__init__"], "there is no operation"),
        (["ten_dlc.get_brand", "BLQKOPK"], "not written as name=value"),
        (["ten_dlc.get_brand", "brand_id=A", "brand_id=B"], "brand_id is given 2 times"),
        (["ten_dlc.get_brand", "brand_id=A", 'brand_id:="B"'], "brand_id is given twice"),
        (["ten_dlc.get_brand", "brand_id="], "non-empty"),
        (["ten_dlc.get_brand", "brand_id=A", "--body", "-"], "takes no body"),
        (["ten_dlc.list_brands", "page=first"], "page must be an integer"),
        (["ten_dlc.list_brands", "filter=[{]"], "filter is not valid JSON"),
        (["ten_dlc.list_brands", 'filter=[[{"field": "a"}]]'], "required member type is missing at /0/0"),
        (["ten_dlc.link_number", *CAMPAIGN], "needs a body"),
        (["ten_dlc.link_number", *CAMPAIGN, "country=US"], "needs number in its body"),
        (["ten_dlc.link_number", *CAMPAIGN, "country=US", "number=123"], "at least 7"),
        (["ten_dlc.link_number", *CAMPAIGN, "--body", "no/such/file.json"], "cannot be read"),
        (["engagements.create_engagement", "embedded_link=yes"], "embedded_link must be true or false"),
        (["users.list_users", "page_size=1000"], "at most 100"),
        (["opt_ins.query", "format=yaml"], "must be one of json, xml"),
    ],
)
def test_what_cannot_be_sent_is_said_and_not_sent(arguments: list[str], words: str, shell: Shell) -> None:
    result = shell.run("call", *arguments, stdin="{}")
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert shell.requests == 0
    assert not result.stdout


def test_a_refusal_is_one_line_with_a_hint(shell: Shell) -> None:
    result = shell.run("call", "ten_dlc.get_brand", "brand_id=BNOSUCH")
    assert result.exit_code == 3
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("error: 404")
    assert second.startswith("hint: check the ids")


def test_missing_and_wrong_credentials_are_told_apart(shell: Shell) -> None:
    missing = run("call", "users.list_users", env={"VONAGE_BASE_URL": shell.sandbox.url})
    assert (missing.exit_code, shell.requests) == (2, 0)
    assert "application_id and private_key missing" in missing.stderr
    assert "VONAGE_PRIVATE_KEY" in missing.stderr
    wrong = run("call", "ten_dlc.list_brands", env={**shell.env, "VONAGE_API_SECRET": "s3cr3t"})
    assert wrong.exit_code == 3
    assert "hint: check VONAGE_API_KEY" in wrong.stderr
    assert "s3cr3t" not in wrong.output


def test_an_option_may_name_the_application_but_no_secret(shell: Shell) -> None:
    env = {name: value for name, value in shell.env.items() if name != "VONAGE_APPLICATION_ID"}
    result = run("call", "users.list_users", "--application-id", shell.sandbox.application_id, env=env)
    assert result.exit_code == 0, result.stderr
    assert not {"--api-secret", "--private-key", "--signature-secret"} & set(run("call", "--help").output.split())


def test_debug_shows_where(shell: Shell) -> None:
    from click.testing import CliRunner

    from aiovonage.cli.app import app

    arguments = ["call", "ten_dlc.get_brand", "brand_id=BNOSUCH", "--debug"]
    result = CliRunner().invoke(app, arguments, env=shell.env)
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert shell.sandbox.api_secret not in result.output


def test_the_model_of_a_body_is_the_one_that_its_constant_names() -> None:
    members = ["account_id", "display_name", "company_name", "ein", "phone", "street", "city", "state", "postal_code"]
    pairs = [*(f"{name}=x" for name in members), "country=US", "email=a@b.example", "vertical=RETAIL"]
    for kind, more in [("NON_PROFIT", []), ("PUBLIC_PROFIT", ["stock_symbol=VG", "stock_exchange=NASDAQ"])]:
        model = read_arguments(find("ten_dlc.create_brand"), [*pairs, *more, f"entity_type={kind}"]).positional[0]
        assert encode(model)["entity_type"] == kind
    with pytest.raises(click.UsageError, match="first_name is missing"):
        read_arguments(find("ten_dlc.create_brand"), [*pairs, "entity_type=SOLE_PROPRIETOR"])
    with pytest.raises(click.UsageError, match="needs entity_type in its body"):
        read_arguments(find("ten_dlc.create_brand"), pairs)


def test_a_value_that_the_spec_does_not_know_is_sent_with_a_warning(shell: Shell) -> None:
    result = shell.run("call", "ten_dlc.request_vetting", "brand_id=BLQKOPK", "evp_id=AEGIS", "vetting_class=STANDARD")
    assert "warning: RequestVetting.evp_id: 'AEGIS' is not a value that the spec knows" in result.stderr
    assert "The nearest known value is 'Aegis'." in result.stderr
    result = shell.run("call", "rcs.list_agents", "state=PAUSED")
    assert "warning: rcs.list_agents.state: 'PAUSED' is not a value that the spec knows" in result.stderr


def test_a_value_that_the_spec_does_not_admit_is_an_invalid_value() -> None:
    with pytest.raises(InvalidValue, match=r"LinkNumber\.number must have at least 7 characters"):
        read_arguments(find("ten_dlc.link_number"), [*CAMPAIGN, "country=US", "number=123"])
