"""Files of numbers, in the forms that users have."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import click
import pytest

from aiovonage.cli.numbers_file import NumbersFile
from tests.cli.conftest import run

CAMPAIGN = ("--brand", "B", "--campaign", "C", "--dry-run")
TWO = ["12025550101", "12025550102"]


def read(path: Path, text: str, column: str | None = None) -> list[object]:
    path.write_text(text, "utf-8")
    numbers = NumbersFile(str(path), column)
    found = list(numbers)
    assert numbers.count() == len(found)
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n.csv", "number\n12025550101\n12025550102\n"),
        ("n.csv", "\ufeffmsisdn\r\n12025550101\r\n12025550102"),
        ("n.csv", 'label,"phone"\n"a, b",12025550101\n,12025550102\n'),
        ("n.csv", "line\n12025550101\n12025550102\n"),
        ("n.csv", "12025550101\n12025550102\n"),
        ("n.txt", "12025550101\n12025550102\n"),
        ("n.txt", '{"number": "12025550101"}\n{"phone_number": "12025550102"}\n'),
        ("n.jsonl", '"12025550101"\n\n{"msisdn": "12025550102"}\n'),
        ("n.ndjson", '\ufeff{"number": "12025550101"}\n"12025550102"'),
    ],
)
def test_forms(name: str, text: str, tmp_path: Path) -> None:
    assert read(tmp_path / name, text) == TWO


def test_a_column_may_be_named(tmp_path: Path) -> None:
    assert read(tmp_path / "n.csv", "number,did\n1,12025550101\n2,12025550102\n", "did") == TWO
    assert read(tmp_path / "n.jsonl", '{"did": "12025550101"}\n{"did": "12025550102"}\n', "did") == TWO
    with pytest.raises(click.UsageError, match="no column 'dod'; it has: number, did"):
        read(tmp_path / "n.csv", "number,did\n1,2\n", "dod")


def test_a_row_without_a_number_is_not_lost(tmp_path: Path) -> None:
    assert read(tmp_path / "n.csv", "label,number\na,12025550101\nb\n") == ["12025550101", ""]


def test_two_columns_of_numbers_are_a_question(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="Say which one with --column"):
        read(tmp_path / "n.csv", "number,phone\n1,2\n")


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="line 2: no JSON"):
        read(tmp_path / "n.jsonl", '"1"\n{"number": \n')
    with pytest.raises(click.UsageError, match="line 1: no member number"):
        read(tmp_path / "n.jsonl", '{"numer": "1"}\n')


def test_a_field_without_an_end_is_no_csv(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="no CSV"):
        read(tmp_path / "n.csv", 'number\n"' + "1" * 200_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("number\n" + "\n".join(TWO * 5000), "utf-8"))
    writer.start()
    numbers = NumbersFile(str(pipe))
    assert numbers.count() is None
    assert list(numbers) == TWO * 5000
    writer.join()


@pytest.mark.parametrize("stdin", ["number\n12025550101\n", '{"number": "12025550101"}\n', "12025550101\n"])
def test_standard_input_is_csv_json_lines_or_a_list(stdin: str) -> None:
    result = run("link-numbers", "-", *CAMPAIGN, stdin=stdin)
    assert result.exit_code == 0, result.output
    assert "1  would be sent" in result.stdout


def test_standard_input_that_is_empty_is_a_usage_error() -> None:
    result = run("link-numbers", "-", *CAMPAIGN, stdin="")
    assert result.exit_code == 2
    assert "empty" in result.stderr
