"""`aiovonage operations` and `aiovonage completion`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from aiovonage import encode
from aiovonage.api import NAMESPACES
from aiovonage.api.operations import OPERATIONS
from aiovonage.cli.app import COMMANDS
from aiovonage.cli.call.arguments import read_arguments
from aiovonage.cli.call.example import example
from tests.cli.conftest import run


def complete(line: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    environment = os.environ | {
        "_AIOVONAGE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    command = [sys.executable, "-c", "from aiovonage.cli import main; main()"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [offered.partition(",")[2] for offered in done.stdout.split()]


def test_all_operations_are_listed_as_lines() -> None:
    lines = run("operations").stdout.splitlines()
    assert [line.partition("\t")[0] for line in lines] == list(OPERATIONS)
    assert "ten_dlc.list_brands\t[page] [page_size] [filter]\tList the account's brands." in lines
    assert any(line.startswith("ten_dlc.link_number\tbrand_id campaign_id --body\t") for line in lines)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_those_of_a_namespace(namespace: str) -> None:
    found = json.loads(run("operations", namespace, "--json").stdout)
    assert found
    assert all(entry["name"].startswith(f"{namespace}.") for entry in found)
    assert {line.partition("\t")[0] for line in run("operations", namespace).stdout.splitlines()} == {
        entry["name"] for entry in found
    }


def test_one_with_all_that_it_takes() -> None:
    shown = run("operations", "ten_dlc.create_brand").stdout
    assert shown.startswith("ten_dlc.create_brand: POST https://api-eu.vonage.com/v1/10dlc/brands\n")
    assert "entity_type (NON_PROFIT | PRIVATE_PROFIT | PUBLIC_PROFIT | SOLE_PROPRIETOR, required)" in shown
    assert "first_name (text)" in shown  # required of sole proprietors only
    entry = json.loads(run("operations", "ten_dlc.unlink_number", "--json").stdout)
    assert entry["url"].endswith("/brands/{brand_id}/campaigns/{campaign_id}/numbers/{number}")
    assert [(p["name"], p["in"], p["required"]) for p in entry["parameters"]] == [
        ("brand_id", "path", True),
        ("campaign_id", "path", True),
        ("number", "path", True),
    ]
    assert all(parameter["description"] and parameter["example"] for parameter in entry["parameters"])
    agents = json.loads(run("operations", "rcs.list_agents", "--json").stdout)
    by_name = {parameter["name"]: parameter for parameter in agents["parameters"]}
    assert by_name["order"]["values"] == ["asc", "desc"]
    assert by_name["page_size"]["default"] == 20


def test_an_unknown_namespace_is_a_usage_error() -> None:
    result = run("operations", "sms")
    assert result.exit_code == 2
    assert "there is no namespace 'sms'; there are: applications" in result.stderr


def test_every_command_has_help() -> None:
    shown = run("--help").stdout
    for name in COMMANDS:
        assert name in shown
        assert run(name, "--help").exit_code == 0


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("link-number").exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("there is no bash")
    script = run("completion", shell).stdout
    assert "_AIOVONAGE_COMPLETE" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0


def test_commands_options_and_operations_are_completed() -> None:
    assert "link-numbers" in complete("aiovonage link")
    assert "--journal" in complete("aiovonage link-numbers --jour")
    assert complete("aiovonage call ten_dlc.get_br") == [o for o in OPERATIONS if o.startswith("ten_dlc.get_br")]
    assert complete("aiovonage call us") == [o for o in OPERATIONS if o.startswith("us")]
    assert complete("aiovonage call nope.") == []
    assert complete("aiovonage call users.") == [o for o in OPERATIONS if o.startswith("users.")]
    assert "redact.redact_transaction" in complete("aiovonage operations red")


@pytest.mark.slow
def test_parameters_members_of_bodies_and_values_are_completed() -> None:
    link = "aiovonage call ten_dlc.link_number"
    assert complete(f"{link} ") == ["brand_id=", "campaign_id=", "country=", "number=", "compliance="]
    assert complete(f"{link} brand_id=B c") == ["campaign_id=", "country=", "compliance="]
    assert complete(f"{link} brand_id=B brand") == []
    assert complete("aiovonage call rcs.list_agents state=UN") == ["state=UNLAUNCHED"]
    assert complete("aiovonage call ten_dlc.create_brand entity_type=P") == [
        "entity_type=PRIVATE_PROFIT",
        "entity_type=PUBLIC_PROFIT",
    ]
    assert complete("aiovonage call nope.nope x") == []


@pytest.mark.filterwarnings("ignore::aiovonage.UnknownValueWarning")  # two examples have placeholders
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_example_of_an_operation_can_be_called(name: str) -> None:
    """Read as a shell reads it, with its body in a file where it says so."""
    command, _, body = example(OPERATIONS[name]).partition("--body FILE")
    program, call, operation, *pairs = shlex.split(command)
    assert (program, call, operation) == ("aiovonage", "call", name)
    given = json.loads(body.partition("has the body:")[2]) if body else None
    arguments = read_arguments(OPERATIONS[name], pairs, given)
    if OPERATIONS[name].body:
        assert encode(arguments.positional[-1]) == OPERATIONS[name].example


def test_completion_and_version_import_no_more_than_they_need() -> None:
    program = "import sys\nfrom aiovonage.cli.app import app\napp(['--version'], standalone_mode=False)\n"
    program += "print([m for m in ('httpx', 'rich', 'cattrs', 'aiovonage.bulk') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
