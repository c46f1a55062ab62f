"""Every code block of README.md and docs/ does what it says, against the sandbox."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import attrs
import click
import pytest
import yaml
from click.testing import CliRunner

from aiovonage.cli.app import app
from aiovonage.sandbox import Sandbox
from codegen.lint import lint
from codegen.spec import SPECS
from tests.docs.blocks import PAGES, ROOT, Block, blocks, indented
from tests.docs.conftest import write_files
from tests.docs.console import commands

TESTING = "aiovonage.testing"
PYTEST_INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
LANGUAGES = {"python", "console", "json", "yaml", "toml", "csv", "text"}
READERS: dict[str, Callable[[str], object]] = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}
WIDTH = 88
"""How many characters fit on a line of code on the pages of the site."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TARGETS = set(re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SETTINGS = {
    name
    for module in (ROOT / "src/aiovonage").glob("*.py")
    for name in re.findall(r"\bVONAGE_[A-Z_]+", module.read_text("utf-8"))
}

NOT_RUN = {"demo", "sandbox"}
"""Commands that go on for long; tests/cli runs them."""


def runs_here(name: str | None, words: list[str]) -> bool:
    """Whether a command ends soon, and needs no server but the sandbox."""
    if name in NOT_RUN or (name == "worker" and "--drain" not in words):
        return False
    return not any(word.startswith("postgresql://") for word in words)


CONFIGURES = re.compile(r"basicConfig|set_tracer_provider")
"""What a script changes for its whole process."""


def is_test(block: Block) -> bool:
    return re.search(r"^\s*(async )?def test_", block.text, re.MULTILINE) is not None


def name_of(block: Block) -> str:
    return block.id


PYTHON = blocks("python")
SCRIPTS = [block for block in PYTHON if not is_test(block) and block.title != "conftest.py"]
TESTS = [block for block in PYTHON if is_test(block)]


@pytest.mark.parametrize("block", SCRIPTS, ids=name_of)
def test_a_script_runs_and_prints_what_it_says(
    block: Block, as_documented: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(block.page, tmp_path)
    if CONFIGURES.search(block.text):
        (tmp_path / "script.py").write_text(block.text, "utf-8")
        done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout or done.stderr
        return
    code = compile("\n" * (block.line - 1) + block.text, ROOT / block.page, "exec")  # tracebacks name the page's lines
    exec(code, {"__name__": "__main__"})
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"^\s*# -> (.*)$", block.text, re.MULTILINE)
    if promised:
        assert printed == promised


@attrs.frozen
class PageRun:
    """A run of pytest over the tests of a page.

    Attributes:
        passed: Whether each test has passed, by the name of its file and its own.
        printed: What pytest has printed.
    """

    passed: dict[tuple[str, str], bool]
    printed: str


@pytest.fixture(scope="module")
def run_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], PageRun]:
    """Runs the tests of a page once, all in one process: pytest takes a second to start."""

    @cache
    def run(page: str) -> PageRun:
        folder = tmp_path_factory.mktemp("page")
        write_files(page, folder)
        for block in TESTS:
            if block.page == page:
                (folder / f"test_{block.line}.py").write_text(block.text, "utf-8")
        (folder / "pytest.ini").write_text(PYTEST_INI, "utf-8")
        installed = any(plugin.value == TESTING for plugin in entry_points(group="pytest11"))
        plugin = [] if installed else ["-p", TESTING]
        for unused in ("schemathesis", "typeguard", "valkey", "hypothesispytest", "xdist"):  # a second to import
            plugin += ["-p", f"no:{unused}"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *plugin, "--junit-xml=results.xml", "."],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert (folder / "results.xml").exists(), printed
        cases = ElementTree.parse(folder / "results.xml").iter("testcase")
        passed = {(case.attrib["classname"], case.attrib["name"]): not len(case) for case in cases}
        assert done.returncode == (0 if all(passed.values()) else 1), printed  # no warning after the last test, either
        return PageRun(passed, printed)

    return run


@pytest.mark.parametrize("block", TESTS, ids=name_of)
def test_a_test_passes(block: Block, run_page: Callable[[str], PageRun]) -> None:
    found = run_page(block.page)
    passed = [passed for (file, _), passed in found.passed.items() if file == f"test_{block.line}"]
    assert passed, found.printed
    assert all(passed), found.printed


@pytest.mark.parametrize("block", blocks("console"), ids=name_of)
def test_commands_are_right(block: Block, as_documented: Sandbox, tmp_path: Path) -> None:
    write_files(block.page, tmp_path)
    found = list(commands(block.text))
    assert found, "a console block without a command"
    for program, *words in found:
        if program == "aiovonage":
            check_aiovonage(words)
        elif program == "make":
            assert {word for word in words if "=" not in word} <= TARGETS
        elif program == "pip":
            extras = [extra for word in words for names in re.findall(r"\[(.*)\]", word) for extra in names.split(",")]
            assert set(extras) <= set(PROJECT["project"]["optional-dependencies"])
        elif program == "export":
            assert {word.partition("=")[0] for word in words} <= SETTINGS
        elif program == "python":
            assert (ROOT / words[0]).exists() or importlib.util.find_spec(words[words.index("-m") + 1])
        else:
            assert program in {"kill", "curl", "cat", "head"}, f"no test knows {program}"


def check_aiovonage(words: list[str]) -> None:
    """Parse a command as the command line does, and run it where it ends soon."""
    context = click.Context(app)
    try:
        name, command, rest = app.resolve_command(context, words)
        assert command is not None
        command.make_context(name, list(rest), parent=context)
    except click.exceptions.Exit:
        return  # --help and --version
    except click.UsageError as error:
        raise AssertionError(f"aiovonage {' '.join(words)}: {error.format_message()}") from None
    if runs_here(name, words) and "--debug" not in words:  # --debug changes the logging of the whole process
        result = CliRunner().invoke(app, words)
        some_are_bad = any(word.endswith("customers.csv") for word in words)  # as in the files of customers
        assert result.exit_code == (1 if some_are_bad else 0), result.output


@pytest.mark.parametrize("block", blocks(*READERS), ids=name_of)
def test_data_can_be_read(block: Block) -> None:
    assert READERS[block.language](block.text)


def test_python_is_formatted(tmp_path: Path) -> None:
    for number, block in enumerate(PYTHON):
        (tmp_path / f"block_{number}.py").write_text(block.text, "utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={WIDTH}", "--check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    wrong = [PYTHON[int(number)].id for number in re.findall(r"block_(\d+)\.py", done.stdout)]
    fix = f"ruff format --line-length {WIDTH} README.md docs/*.md docs/*/*.md"
    assert done.returncode == 0, f"run {fix}, which changes {', '.join(wrong) or done.stderr}"


def test_code_fits_the_page() -> None:
    long = [
        f"{block.page}:{block.line + number}: {len(line)} characters"
        for block in blocks()
        for number, line in enumerate(block.text.splitlines())
        if len(line) > WIDTH
    ]
    assert not long, f"longer than {WIDTH} characters:\n" + "\n".join(long)


def test_the_spec_of_the_guide_keeps_the_rules(tmp_path: Path) -> None:
    (spec,) = [block for block in blocks("yaml") if block.title]
    (tmp_path / "common.yaml").write_text((SPECS / "common.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / spec.title).write_text(spec.text, "utf-8")
    assert not [finding for finding in lint(tmp_path) if finding.file == spec.title]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_is_tested(page: Path) -> None:
    assert not indented(page), "code that no test finds: write it as a fenced block at the left margin"
    unknown = [block for block in blocks() if block.language not in LANGUAGES]
    assert not unknown, "blocks in a language that no test knows"


def test_there_are_blocks() -> None:
    assert len(SCRIPTS) >= 25
    assert TESTS
    assert len(blocks("console")) >= 10
