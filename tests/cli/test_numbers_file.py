"""Files of numbers as people have them: what they are understood to be, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aiovonage.bulk._input.numbers import parse_number
from aiovonage.cli.files.errors import FileError
from aiovonage.cli.files.numbers_file import NumbersFile
from aiovonage.cli.files.options import ReadingOptions
from aiovonage.errors import ConfigurationError

TWO = ["12025550101", "12025550102"]

Content = str | bytes


def file(folder: Path, name: str, content: Content, **options: object) -> NumbersFile:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return NumbersFile(str(path), ReadingOptions(**options))  # type: ignore[arg-type]


def read(folder: Path, name: str, content: Content, **options: object) -> list[object]:
    numbers = file(folder, name, content, **options)
    numbers.check()
    found = [row.given for row in numbers]
    assert numbers.rows == len(found)
    return found


def refused(folder: Path, name: str, content: Content, **options: object) -> str:
    numbers = file(folder, name, content, **options)
    with pytest.raises(FileError) as error:
        numbers.check()
    assert str(error.value).startswith(f"{folder / name}")
    return str(error.value).removeprefix(f"{folder / name}")


@pytest.mark.parametrize(
    ("name", "content", "understood"),
    [
        ("n.csv", "number\n12025550101\n12025550102\n", "CSV, UTF-8, column 'number', header in line 1"),
        ("n.csv", "number\n12025550101\n12025550102", "CSV, UTF-8, column 'number', header in line 1"),
        ("n.csv", "number\r12025550101\r12025550102\r", "CSV, UTF-8, column 'number', header in line 1"),
        ("n.csv", "\ufeffmsisdn\r\n12025550101\r\n12025550102", "CSV, UTF-8, column 'msisdn', header in line 1"),
        (
            "n.csv",
            'label,"phone"\n"a, b",12025550101\n,12025550102\n',
            "CSV, commas, UTF-8, column 'phone', header in line 1",
        ),
        (
            "n.csv",
            "name;Phone Number\r\nAda;12025550101\r\nBob, B;12025550102\r\n",
            "CSV, semicolons, UTF-8, column 'Phone Number', header in line 1",
        ),
        (
            "n.csv",
            "number;\r\n12025550101;\r\n12025550102;\r\n",
            "CSV, semicolons, UTF-8, column 'number', header in line 1",
        ),
        (
            "n.tsv",
            "name\tMSISDN\nAda\t12025550101\nBob\t12025550102\n",
            "CSV, tabs, UTF-8, column 'MSISDN', header in line 1",
        ),
        (
            "n.txt",
            "Mobile|name\n12025550101|a\n12025550102|b\n",
            "CSV, pipes, UTF-8, column 'Mobile', header in line 1",
        ),
        (
            "n.csv",
            "sep=;\r\nname;PhoneNumber\r\nAda;12025550101\r\nBob;12025550102\r\n",
            "CSV, semicolons, sep= in line 1, UTF-8, column 'PhoneNumber', header in line 2",
        ),
        (
            "n.csv",
            "Export 2026;;\n\nPhone numbers;;\nName;Teléfono;Note\nAda;12025550101;x\nBob;12025550102;\nTotal;2;\n",
            "CSV, semicolons, UTF-8, column 'Teléfono', header in line 4",
        ),
        (
            "n.csv",
            "# exported 2024\nnumber\n12025550101\n12025550102\n",
            "CSV, UTF-8, column 'number', header in line 2",
        ),
        ("n.csv", "\n\nnumber\n12025550101\n\n\n12025550102\n   \n", "CSV, UTF-8, column 'number', header in line 3"),
        (
            "n.csv",
            "number,phone\n1,12025550101\n2,12025550102\n",
            "CSV, commas, UTF-8, column 'phone', header in line 1",
        ),
        (
            "n.csv",
            "line\n12025550101\n12025550102\n",
            "CSV, UTF-8, column 'line' (the only one that holds phone numbers), header in line 1",
        ),
        (
            "n.csv",
            "id,who\n1,12025550101\n2,12025550102\n",
            "CSV, commas, UTF-8, column 'who' (the only one that holds phone numbers), header in line 1",
        ),
        ("n.csv", "12025550101\n12025550102\n", "CSV, UTF-8, no header"),
        ("n.txt", "12025550101\n12025550102\n", "CSV, UTF-8, no header"),
        (
            "n.csv",
            "a;12025550101\nb;12025550102\n",
            "CSV, semicolons, UTF-8, column 2, the only one that holds phone numbers, no header",
        ),
        (
            "n.csv",
            "number\n12025550101\n12025550102\n".encode("utf-16"),
            "CSV, UTF-16, column 'number', header in line 1",
        ),
        (
            "n.csv",
            "number;x\n12025550101;é\n12025550102;\n".encode("utf-16-be"),
            "CSV, semicolons, UTF-16 without a byte order mark (utf-16-be), column 'number', header in line 1",
        ),
        (
            "n.csv",
            gzip.compress(b"number\n12025550101\n12025550102\n", mtime=0),
            "CSV, unpacked by gzip, UTF-8, column 'number', header in line 1",
        ),
        ("n.txt", '{"number": "12025550101"}\n{"Number": "12025550102"}\n', "JSON Lines, UTF-8, member 'number'"),
        ("n.jsonl", '"12025550101"\n\n{"msisdn": "12025550102"}\n', "JSON Lines, UTF-8, member 'msisdn'"),
        ("n.ndjson", '\ufeff{"phoneNumber": "12025550101"}\n"12025550102"', "JSON Lines, UTF-8, member 'phoneNumber'"),
        ("n.json", '["12025550101", {"tel": "12025550102"}]', "JSON, UTF-8, member 'tel'"),
        (
            "n.json",
            json.dumps([{"number": number, "tags": [1, {"a": "]"}]} for number in TWO], indent=2),
            "JSON, UTF-8, member 'number'",
        ),
        (
            "n.json",
            json.dumps({"count": 2, "numbers": [{"number": number} for number in TWO]}, indent=1),
            "JSON, UTF-8, the list 'numbers', member 'number'",
        ),
        (
            "n.json.gz",
            gzip.compress(json.dumps([{"number": number} for number in TWO]).encode(), mtime=0),
            "JSON, unpacked by gzip, UTF-8, member 'number'",
        ),
    ],
)
def test_a_file_is_understood_and_says_how(name: str, content: Content, understood: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, content) == TWO
    numbers = file(tmp_path, name, content)
    numbers.check()
    assert str(numbers.understanding) == understood


@pytest.mark.parametrize(
    "header",
    [
        "NUMBER",
        "Phone Number",
        "phone-number",
        "PhoneNumber",
        "phone_number",
        "Mobile",
        " Tel. ",
        "Phone #",
        "E.164",
        "DID",
    ],
)
def test_a_column_is_known_in_any_case_and_spelling(header: str, tmp_path: Path) -> None:
    assert read(tmp_path, "n.csv", f"id,{header},x\n1,12025550101,\n2,12025550102,\n") == TWO


def test_rows_keep_their_lines_and_all_their_cells(tmp_path: Path) -> None:
    text = 'name;number;note\n"multi\nline";12025550101;a\n\nBob;;\nEve\n"x";12025550102;b;c\n'
    rows = list(file(tmp_path, "n.csv", text))
    assert [(row.line, row.given) for row in rows] == [(2, "12025550101"), (5, ""), (6, ""), (7, "12025550102")]
    assert rows[0].cells == ("multi\nline", "12025550101", "a")
    assert rows[3].cells == ("x", "12025550102", "b", "c")


def test_a_row_of_its_own_target_says_it(tmp_path: Path) -> None:
    text = "number,Brand ID,campaign_id,Country\n12025550101,B1,C1,US\n12025550102, B2 ,,ca\n"
    numbers = file(tmp_path, "n.csv", text)
    assert [(row.brand_id, row.campaign_id, row.country) for row in numbers] == [("B1", "C1", "US"), ("B2", "", "ca")]
    found = numbers.understanding
    assert found is not None
    assert (found.has_brand, found.has_campaign) == (True, True)
    lines = json.dumps({"number": "12025550101", "brandId": "B1", "campaignId": "C1"})
    (row,) = file(tmp_path, "n.jsonl", lines)
    assert (row.brand_id, row.campaign_id, row.country) == ("B1", "C1", None)


@pytest.mark.parametrize(
    "total", ["Total;;2", "total: 2", ";;Total", "Grand Total;24051100203;", "2 rows", "(2 records)"]
)
def test_totals_at_the_end_are_left_out_and_told(total: str, tmp_path: Path) -> None:
    numbers = file(tmp_path, "n.csv", f"name;number;x\na;12025550101;\nb;12025550102;\n\n{total}\n")
    assert [row.given for row in numbers] == TWO
    assert numbers.left_out == [5]


def test_the_figure_below_a_total_is_left_out_too(tmp_path: Path) -> None:
    numbers = file(tmp_path, "n.csv", "phone\n12025550101\n12025550102\nTotal\n2\n")
    assert [row.given for row in numbers] == TWO
    assert numbers.left_out == [4, 5]


def test_a_total_before_the_end_is_an_entry(tmp_path: Path) -> None:
    numbers = file(tmp_path, "n.csv", "name;number\nTotal;x\na;12025550101\nTotal Wine;12025550102\n")
    assert [row.given for row in numbers] == ["x", *TWO]
    assert numbers.left_out == []


def test_a_bad_first_number_is_no_header(tmp_path: Path) -> None:
    assert read(tmp_path, "n.csv", "202-555\n12025550101\n12025550102\n") == ["202-555", *TWO]


@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"delimiter": ";"}, "a,number;b\n12025550101;x\n"),
        ({"column": "b"}, "number;b\n12025550199;12025550101\n"),
        ({"column": "B "}, "number;b\n12025550199;12025550101\n"),
        ({"column": "2"}, "12025550199;12025550101\n"),
        ({"header_line": 2}, "number;x\nx;number\n12025550199;12025550101\n"),
        ({"header_line": 0}, "12025550101\n"),
        ({"encoding": "cp1252"}, "Prénom;number\nZoë;12025550101\n".encode("cp1252")),
        ({"encoding": "utf-16"}, "number\n12025550101\n".encode("utf-16")),
        ({"encoding": "utf-16-le"}, "\ufeffnumber\n12025550101\n".encode("utf-16-le")),
        ({"encoding": "utf8"}, "\ufeffnumber\n12025550101\n"),
    ],
)
def test_options_override_what_would_be_found(options: dict[str, object], content: Content, tmp_path: Path) -> None:
    if options == {"delimiter": ";"}:
        options = {**options, "column": "a,number"}
    assert read(tmp_path, "n.csv", content, **options) == ["12025550101"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("n.csv", "", "it is empty"),
        ("n.jsonl", "", "it is empty"),
        (
            "n.csv",
            'number,name\n12025550101,"Ada\n12025550102,Bob\n',
            ", line 2: a quoted field begins here and is not",
        ),
        ("n.csv", '"number\n12025550101\n', ", line 1: a quoted field begins here and is not closed"),
        ("n.csv", 'number,n\n12025550101,"A\n12025550102,B\n12025550103,C"\n', ", line 2: a quoted field begins here"),
        ("n.csv", 'number,n\n12025550101,"A" B\n', ", line 2: a quoted field ends in line 2, but more text follows"),
        ("n.csv", 'number\n"' + "1" * 200_000, ", line 2: a field is longer than 131,072 characters"),
        ("n.csv", "number\n12025550101\0\n", ", line 2: a NUL byte"),
        ("n.csv", b"number,x\n12025550101,\n12025550102,\xe9\n", ", line 3: the byte 0xe9 is not UTF-8"),
        ("n.csv", b"number,x\n12025550101,\xc3", ", line 2: the text ends in the middle of a character"),
        ("n.csv", "number\n1\n".encode("utf-16")[:-1], ": the text ends in the middle of a character"),
        (
            "n.csv",
            gzip.compress(b"number\n12025550101\n" * 500, mtime=0)[:-12],
            "compressed data is damaged or cut off",
        ),
        ("n.csv", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "it is a web page (HTML)"),
        ("n.csv", b"%PDF-1.7\n", "it is a PDF"),
        ("n.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "it is an old Excel workbook (.xls)"),
        ("n.csv", b"SQLite format 3\0" + bytes(84), "it is an SQLite database, such as a journal"),
        ("n.xlsx", b"PK\x03\x04 cut off", "cannot be read as one"),
        ("n.csv", b"PK\x03\x04 cut off", "cannot be read as one"),
        ("n.csv", "12025550101,12025550102\n", "the columns 1, 2 all hold phone numbers"),
        ("n.csv", "phone,mobile\n12025550101,12025550102\n", "the columns phone, mobile may all hold the numbers"),
        ("n.csv", "number,phone\n1,2\n", "Say which one with --column"),
        ("n.csv", "a,b\nc,d\n", "no column has a usual name, such as number or phone"),
        ("n.jsonl", '"1"\n{"number": \n', ", line 2: is not valid JSON"),
        ("n.jsonl", '{"numer": "1"}\n', ", line 1: no member has a usual name, such as number or phone; it has: numer"),
        ("n.jsonl", '{"number": "1", "number": "2"}\n', "the member 'number' is given twice"),
        ("n.json", '[{"number": "12025550101"},\n {"number": "1202', ", line 2: is not valid JSON"),
        ("n.json", '[{"number": "12025550101"}\n', "is not valid JSON: a comma or ] is missing"),
        ("n.json", "[1] [2]", "more text follows"),
        ("n.json", "[[1]]", "An entry is a number, or an object with one"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_line_and_remedy(
    name: str, content: Content, message: str, tmp_path: Path
) -> None:
    assert message in refused(tmp_path, name, content)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"column": "dod"}, "there is no column 'dod'; it has: number, did"),
        ({"column": "7", "header_line": 0}, "from 1 to 2"),
        ({"header_line": 9}, "--header-line 9"),
    ],
)
def test_an_option_that_does_not_fit_the_file_is_told(options: dict[str, object], message: str, tmp_path: Path) -> None:
    assert message in refused(tmp_path, "n.csv", "number,did\n12025550101,2\n", **options)


def test_an_unknown_encoding_is_a_configuration_error(tmp_path: Path) -> None:
    for name in ("klingon", "hex"):
        with pytest.raises(ConfigurationError, match=f"--encoding {name} is not known"):
            file(tmp_path, "n.csv", "number\n1\n", encoding=name).check()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        NumbersFile(str(tmp_path / "none.csv")).check()
    with pytest.raises(FileError, match="cannot be read: Is a directory"):
        NumbersFile(str(tmp_path)).check()


def test_json_numbers_are_the_digits_of_the_file(tmp_path: Path) -> None:
    text = "12025550101\n12025550102.0\n1.20256E+10\nnull\n"
    assert read(tmp_path, "n.jsonl", text) == [12025550101, "12025550102.0", "1.20256E+10", None]


def test_a_large_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    items = [{"number": 12025550000 + index, "note": "x" * 50} for index in range(5000)]
    for text in (json.dumps(items), json.dumps(items, indent=1)):
        assert read(tmp_path, "n.json", text) == [item["number"] for item in items]


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    book.close()
    return content.getvalue()


def test_a_workbook_is_read_as_it_is_shown(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Numbers of 2026"],
        [],
        ["Name", "Phone Number"],
        ["Ada", 12025550101],
        ["Bob", "'+1 202 555 0102"],
        ["Eve", 2025550103.0],
        ["Dan", None],
        ["Total", 3],
    ]
    numbers = file(tmp_path, "n.csv", workbook({"Sheet 1": rows, "Notes": []}))
    found = list(numbers)
    assert [(row.line, row.given) for row in found] == [
        (4, 12025550101),
        (5, "'+1 202 555 0102"),
        (6, 2025550103),
        (7, ""),
    ]
    assert numbers.left_out == [8]
    assert str(numbers.understanding) == "Excel, sheet 'Sheet 1' of 2, column 'Phone Number', header in line 3"


def test_a_hidden_sheet_is_not_taken_and_a_workbook_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content)
    hidden = book.add_worksheet("Hidden")
    hidden.write_column(0, 0, ["number", 12025550109])
    hidden.hide()
    shown = book.add_worksheet("Shown")
    shown.activate()
    shown.write_column(3, 2, ["Phone", 12025550101])
    shown.write_formula(5, 2, "=12025550102", None, 12025550102)
    book.close()
    rows = list(file(tmp_path, "n.xlsx", content.getvalue()))
    assert [(row.line, row.given) for row in rows] == [(5, 12025550101), (6, 12025550102)]
    assert "It may be damaged, cut off" in refused(tmp_path, "n.xlsx", content.getvalue()[:3000])


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    book = workbook({"A": [["number"], [12025550101]], "B": [["number"], [12025550102]]})
    assert "several sheets: A, B. Say which one holds the numbers with --sheet" in refused(tmp_path, "n.xlsx", book)
    assert read(tmp_path, "n.xlsx", book, sheet="B") == [12025550102]
    assert "there is no sheet 'C'; it has: A, B" in refused(tmp_path, "n.xlsx", book, sheet="C")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
class TestPipes:
    @pytest.fixture
    def piped(self, tmp_path: Path) -> Callable[[Content], NumbersFile]:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)

        def start(content: Content) -> NumbersFile:
            data = content if isinstance(content, bytes) else content.encode()
            threading.Thread(target=lambda: pipe.write_bytes(data), daemon=True).start()
            return NumbersFile(str(pipe))

        return start

    def test_a_pipe_is_read_once(self, piped: Callable[[Content], NumbersFile]) -> None:
        numbers = piped("number\n" + "\n".join(TWO * 5000))
        numbers.check()
        assert numbers.rows is None
        assert [row.given for row in numbers] == TWO * 5000

    def test_a_late_bad_line_is_told_after_those_before_it(self, piped: Callable[[Content], NumbersFile]) -> None:
        numbers = piped(b"number\n" + b"12025550101\n" * 50_000 + b"\xff\n")
        seen = 0
        with pytest.raises(FileError, match="line 50,002"):
            for _ in numbers:
                seen += 1
        assert seen > 40_000

    def test_rows_come_while_the_pipe_stays_open(self, tmp_path: Path) -> None:
        pipe = tmp_path / "open"
        os.mkfifo(pipe)
        writer = threading.Thread(
            target=lambda: os.write(os.open(pipe, os.O_WRONLY), b"Title\nnumber\n12025550101\n1202")
        )
        writer.start()
        numbers = iter(NumbersFile(str(pipe)))
        assert next(numbers).given == "12025550101"
        writer.join()


@pytest.mark.parametrize("number", [12025550101, 2025550101, 1202555010, 16135550101, 5550101, 120255501010])
def test_a_number_is_the_same_in_every_kind_of_file(number: int, tmp_path: Path) -> None:
    cells: list[list[object]] = [["number"], [number], [float(number)], [str(number)], [f"{number}.0"]]
    found = [row.given for row in file(tmp_path, "n.xlsx", workbook({"A": cells}), header_line=1)]
    found += read(tmp_path, "n.csv", f'number\n{number}\n{number}.0\n\'{number}\n="{number}"\n', column="number")
    found += read(tmp_path, "n.jsonl", f'{{"number": {number}}}\n{{"number": "{number}"}}\n{{"number": {number}.0}}\n')
    assert len(found) == 11
    expected = parse_number(number, "US")
    assert {parse_number(given, "US") for given in found} == {expected}
