"""`aiovonage sandbox` takes what `Sandbox`, `Carriers` and `Faults` take, under the same names."""

from __future__ import annotations

import inspect
import sys

import attrs
import httpx
import pytest
from click.testing import CliRunner

from aiovonage.cli.commands.sandbox import sandbox
from aiovonage.sandbox import Carriers, Faults, Sandbox
from tests.processes import running
from tests.sandbox.asking import NUMBER, NUMBERS


def test_each_setting_has_a_flag_of_its_name() -> None:
    flags = {flag for parameter in sandbox.params for flag in parameter.opts}
    expected = set(inspect.signature(Sandbox).parameters) - {"carriers", "faults", "api_key", "api_secret", "clock"}
    expected |= set(attrs.fields_dict(Faults))
    expected |= {f"carriers_{name}" for name in attrs.fields_dict(Carriers) if name != "seed"}
    assert {f"--{name.replace('_', '-')}" for name in expected} <= flags


def test_its_settings_have_an_effect() -> None:
    command = [sys.executable, "-m", "aiovonage.cli", "sandbox", "--port", "0", "--carriers-delay", "60,90"]
    command += ["--carriers-words", "live", "--number-format", "plus", "--max-page-size", "1"]
    with running(command) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        settings = dict(pair.split("=", 1) for line in lines for pair in line.removeprefix("export ").split())
        auth = (settings["VONAGE_API_KEY"], settings["VONAGE_API_SECRET"])
        with httpx.Client(base_url=settings["VONAGE_BASE_URL"], auth=auth) as client:
            assert client.post(NUMBERS, json={"country": "US", "number": NUMBER}).json()["status"] == "LINKING"
            page = client.get(NUMBERS).json()
            assert page["page_size"] == 1
            (shown,) = page["_embedded"]["numbers"]
            assert (shown["number"], shown["status"]) == (f"+{NUMBER}", "LINKING")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--carriers-delay", "soon"], "'soon' must be seconds, such as 2, or a range of seconds, such as 0.5,4"),
        (["--carriers-delay", "4,0.5"], "Carriers.delay must be seconds, or (least, most) seconds, not (4.0, 0.5)"),
        (["--carriers-reject", "0.6", "--carriers-never", "0.6"], "must not exceed 1 together"),
        (["--intermediary-kinds", "404page"], "Did you mean '404-page'?"),
        (["--page-size-error"], "Sandbox.page_size_error needs max_page_size"),
    ],
)
def test_settings_that_make_no_sense_are_a_usage_error(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(sandbox, arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("\n", " ").split())
