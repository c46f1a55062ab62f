"""Numbers as people write them: what is sent is exactly the number that was written, or nothing."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aiovonage.bulk._input import area_codes
from aiovonage.bulk._input.numbers import _read, parse_number, ten_dlc_country
from aiovonage.errors import ConfigurationError
from tests.rounds import rounds

ONE = 12025550101


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "written",
    [
        "12025550101",
        "+12025550101",
        "2025550101",
        "202-555-0101",
        "(202) 555-0101",
        "(202)555-0101",
        "202.555.0101",
        "202 555 0101",
        "202/555-0101",
        "+1 (202) 555-0101",
        "+1-202-555-0101",
        "+1.202.555.0101",
        "1 202 555 01 01",
        "0012025550101",
        "00 1 202 555 0101",
        "011 1 202 555 0101",
        "tel:+1-202-555-0101",
        "'12025550101",
        "'+12025550101",
        '"12025550101"',
        '="12025550101"',
        " 12025550101 ",
        "12025550101,",
        "12025550101\r\n",
        "12,025,550,101",
        "12025550101.0",
        "12025550101.00",
        "12025550101,0",
        "2025550101.0",
        "1.2025550101E10",
        "1.2025550101e+10",
        "1,2025550101E+10",
        "\u202a+12025550101\u202c",
        "\ufeff12025550101",
        "1202555\u200b0101",
        "\uff0b12025550101",
        "+1\u2007202\u2011555\u20130101",
        "１２０２５５５０１０１",
        "١٢٠٢٥٥٥٠١٠١",
        b"12025550101",
        b"+1 202 555 0101",
        12025550101,
        2025550101,
        12025550101.0,
        Decimal("12025550101.000"),
        Decimal("1.2025550101E+10"),
        Fraction(12025550101),
    ],
)
def test_one_number_in_many_spellings(written: object) -> None:
    assert parse_number(written, "US") == ONE


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        (None, "empty"),
        (math.nan, "empty"),
        ("NaN", "empty"),
        (Decimal("NaN"), "empty"),
        ("hello", "not a phone number"),
        ("+", "not a phone number"),
        (True, "true or false"),
        (Unprintable(), "not text"),
        (b"\xff1", "not text"),
        ("1202555010.0", "no area code begins with 1"),
        (1202555010, "no area code begins with 1"),
        ("1.20256E+10", "lost digits to scientific notation"),
        ("1.20255501E10", "lost digits to scientific notation"),
        ("12025550101.5", "has a decimal fraction"),
        (12025550101.5, "has a decimal fraction"),
        ("202.5550101", "has a decimal fraction"),
        ("-12025550101", "not a phone number"),
        (-12025550101, "negative"),
        pytest.param(10**5000, "too long", id="an enormous integer"),
        (math.inf, "not a phone number"),
        ("1" * 16, "too long"),
        ("12025550104 12", "too long"),
        ("1 1 202 555 0101", "a single digit stands apart"),
        ("112025550101", "too long"),
        ("+112025550101", "too long"),
        ("12025550102/3", "slash"),
        ("1202555010/2", "slash"),
        ("202555010 1", "a single digit stands apart"),
        ("123", "too short"),
        ("5550101", "the area code is missing"),
        ("2026-11-26", "too short"),
        ("+1 202 555 0110 ext. 5", "has an extension"),
        ("+12025550101x123", "has an extension"),
        ("12025550101;ext=5", "has an extension"),
        ("2025550101 #5", "has an extension"),
        ("+1 202 555 0101 (23)", "too long"),
        ("+1 202 555 0101 (cell)", "contains letters"),
        ("1-800-FLOWERS", "contains letters"),
        ("12025550101 Ada", "contains letters"),
        ("12025550101²", "contains '²'"),
        ("1_202_555_0117", "contains '_'"),
        ("12025550101;12025550102", "more than one number"),
        ("2025550101 / 2025550102", "more than one number"),
        ("2025550101 or 2025550102", "more than one number"),
        ("12025550101 12025550102", "more than one number"),
        ("12025550101\n12025550102", "more than one number"),
        ("+44 20 7946 0958", "country code 44"),
        ("+202 555 0101", "country code 20"),
        ("6135550101", "a number of CA, not of US"),
        ("+1 876 555 0101", "a number of JM, not of US"),
        ("2222222222", "no area code 222"),
        ("9995550101", "no area code 999"),
        ("2021550101", "no exchange begins with 1"),
    ],
)
def test_what_is_not_one_valid_number_is_refused_with_the_reason(written: object, reason: str) -> None:
    said = parse_number(written, "US")
    assert isinstance(said, str)
    assert reason in said


def test_canadian_numbers_are_of_canada_and_toll_free_ones_of_both() -> None:
    assert parse_number("(613) 555-0101", "CA") == 16135550101
    assert parse_number("2025550101", "CA") == "a number of US, not of CA"
    assert parse_number("8005550199", "US") == parse_number("8005550199", "CA") == 18005550199


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+12025550101", ONE),
        ("12025550101", ONE),
        (ONE, ONE),
        ("001 202 555 0101", ONE),
        ("+1 876 555 0101", 18765550101),
        ("+44 (0)20 7946 0958", 442079460958),
        ("442079460958", 442079460958),
        ("+39 06 698 12345", 390669812345),
        ("2025550101", None),
        ("+20 2555 0101", None),
        ("011 1 202 555 0101", None),
        ("+999 2025550101", None),
        ("020 7946 0958", None),
        ("+1 202 555 010", None),
        ("+1 1 202 555 0101", None),
    ],
)
def test_without_a_country_numbers_are_international(written: object, read: int | None) -> None:
    found = parse_number(written, None)
    assert found == read if read is not None else isinstance(found, str)


@pytest.mark.parametrize(
    ("written", "country", "read"),
    [
        ("020 7946 0958", "GB", 442079460958),
        ("+44 20 7946 0958", "GB", 442079460958),
        ("+1 202 555 0101", "GB", None),
        ("020 7946 095", "GB", None),
        ("8765550101", "JM", 18765550101),
        ("2025550101", "JM", None),
    ],
)
def test_other_countries_are_read_by_their_own_rules(written: str, country: str, read: int | None) -> None:
    found = parse_number(written, country)
    assert found == read if read is not None else isinstance(found, str)


@pytest.mark.parametrize("written", ["us", "US", " us ", "ca", "CA"])
def test_a_country_is_two_letters_in_any_case(written: str) -> None:
    assert ten_dlc_country(written) == written.strip().upper()


@pytest.mark.parametrize("written", ["usa", "", "GB", "U", None, 1])
def test_another_country_is_an_error_that_says_which_are_possible(written: object) -> None:
    with pytest.raises(ConfigurationError, match="country must be 'US' or 'CA', not"):
        ten_dlc_country(written)


def test_an_area_code_that_is_newer_than_the_metadata_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_codes, "_regions", lambda code, country: set())
    area_codes._problem.cache_clear()
    try:
        assert parse_number("2275550101", "US") == 12275550101
        for never in ("2995550101", "3225550101", "3705550101", "9615550101", "9505550101"):
            assert parse_number(never, "US") == f"there is no area code {never[:3]}"
    finally:
        area_codes._problem.cache_clear()


def test_numpy_and_pandas_values_are_what_they_show() -> None:
    numpy = pytest.importorskip("numpy")
    for kind in (numpy.int64, numpy.uint64, numpy.float64, numpy.longdouble, numpy.str_):
        assert parse_number(kind(ONE), "US") == ONE, kind
    assert isinstance(parse_number(numpy.float32(ONE), "US"), str)  # it shows 12025550000
    assert isinstance(parse_number(numpy.int8(5), "US"), str)
    pandas = pytest.importorskip("pandas")
    for column in (pandas.Series([ONE]), pandas.Series([ONE, None]), pandas.Series([ONE, None], dtype="Int64")):
        assert parse_number(column[0], "US") == ONE
    assert parse_number(pandas.NA, "US") == parse_number(pandas.NaT, "US") == "empty"


digits = st.text("0123456789", max_size=18)
nearly = st.text("0123456789+-.,()/ xE\u200b\u00a0\u0661\uff12'\"=;#0", max_size=24)
written = st.builds(
    lambda form, area, exchange, line: form.format(a=area, e=exchange, l=line),
    st.sampled_from(
        [
            "{a}{e}{l}",
            "1{a}{e}{l}",
            "+1{a}{e}{l}",
            "001{a}{e}{l}",
            "0111{a}{e}{l}",
            "{a}.{e}.{l}",
            "+1-{a}-{e}-{l}",
            "{a}/{e}-{l}",
            "1{a}{e}{l}.0",
            "{a}{e}.{l}",
            "{a}{e}{l}0.0",
            "{a}{e}{l},0",
            "{a}{e}{l}x1",
            "1.{a}{e}{l}E10",
            "'{a}{e}{l}",
            "{a}{e}{l}E1",
            "{a}\u200b{e}{l}",
            "({a}) {e}-{l}",
            "1 {a} {e} {l}",
            "1{a}{e} {l} 1",
            "{a} {e} {l} / {l}",
        ]
    ),
    st.integers(100, 999),
    st.integers(100, 999),
    st.integers(0, 9999).map("{:04}".format) | st.integers(0, 999),
)
texts = st.text(max_size=30) | digits | nearly | written


@given(text=texts, country=st.sampled_from(["US", "CA", None]))
@settings(max_examples=rounds(2000), deadline=None)
@example(text="12025550101.0", country="US")
@example(text="1202555010.0", country="US")
@example(text="12025550104 12", country="US")
def test_what_is_sent_is_what_phonenumbers_reads(text: str, country: str | None) -> None:
    sent = parse_number(text, country)
    if isinstance(sent, int):
        plain = documented(text)
        if country is None and plain[:1] != "+":
            plain = f"+{plain}"
        read = phonenumbers.parse(plain, country)
        assert phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164) == f"+{sent}"
        assert not read.extension
        assert phonenumbers.is_possible_number(read)


def documented(text: str) -> str:
    """What the guide says is taken away before a number is read, written in another way than the product does."""
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip(
        " \t\r\n\0\v\f\x1c\x1d\x1e\x1f\x85"
    )
    text = re.sub(r"\s", " ", unicodedata.normalize("NFKC", text)).strip()
    text = re.sub(r"^=\"(.*)\"$", r"\1", text).strip(" '\"\u2018\u2019\u201c\u201d`,;")
    text = re.sub(r"^(tel|sms):", "", text, flags=re.IGNORECASE).strip()
    if found := re.fullmatch(r"(\d)(?:[.,](\d*))?[eE]\+?(\d+)", text):
        assert len(found[2] or "") == int(found[3])
        return found[1] + (found[2] or "")
    if re.fullmatch(r"\d+([.]0+|,00?)", text):
        return re.split("[.,]", text)[0]
    if re.fullmatch(r"\d+(,\d\d\d)+(\.0+)?", text):
        return text.replace(",", "").split(".")[0]
    return f"+{text[2:]}" if text.startswith("00") else text


@given(number=st.integers(0, 10**13) | st.integers(2_000_000_000, 9_999_999_999) | st.integers(12**9, 2 * 10**10))
@settings(max_examples=rounds(500), deadline=None)
@example(number=2025550101)
@example(number=ONE)
def test_text_integer_float_decimal_and_bytes_are_the_same(number: int) -> None:
    for country in ("US", "CA", None):
        expected = parse_number(str(number), country)
        for same in (number, float(number), Decimal(number), f"{number}.0", str(number).encode(), Fraction(number)):
            found = parse_number(same, country)
            assert found == expected if isinstance(expected, int) else isinstance(found, str), repr(same)


@given(text=written | digits, country=st.sampled_from(["US", "CA", None]))
@settings(max_examples=rounds(1000), deadline=None)
def test_the_fast_path_says_what_the_slow_one_says(text: str, country: str | None) -> None:
    parse_number(text, country)  # knows the area code from now on
    assert parse_number(text, country) == _read(text, country)
