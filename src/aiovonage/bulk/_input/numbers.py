"""Parses phone numbers as people write them. The result is a number in E.164, or the reason for refusing it.

`phonenumbers` (Google's libphonenumber) parses everything but plain numbers. The parser never guesses: a number is sent
with exactly the digits that were written, except for the prefix (`+1`, `1`, `001`, `011`) that a national number may
have.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from aiovonage.bulk._input.area_codes import area_code_problem
from aiovonage.bulk._input.number_text import Unreadable, number_text, written_digits
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

TenDlcCountry = Literal["US", "CA"]

_CODE = 10**10
"""Adds the country code 1 to ten digits."""

_NAMES = {"US": "US", "CA": "Canadian"}

_PLAIN = re.compile(r"(?:\+?1)?([2-9][0-9]{2})[2-9][0-9]{6}")
"""A number of the North American Numbering Plan: area code, exchange, line."""

_PLAIN_INTERNATIONAL = re.compile(r"\+?1([2-9][0-9]{2})[2-9][0-9]{6}")

_is_plain = _PLAIN.fullmatch  # bound here: every number of a run is matched
_is_plain_international = _PLAIN_INTERNATIONAL.fullmatch

_WRITTEN = re.compile(
    r"(?:\+?1[ -]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ -])[2-9][0-9]{2}[ -][0-9]{4}"
    r"|(?:\+?1\.)?[2-9][0-9]{2}\.[2-9][0-9]{2}\.[0-9]{4}"
)
"""The same number with the usual separators."""

_NOT_A_DIGIT = str.maketrans("", "", "+-. ()")

_known: defaultdict[str | None, set[str]] = defaultdict(set)
"""The area codes that were accepted, by country, so that the fast path is as strict as the slow one."""


def ten_dlc_country(country: object) -> TenDlcCountry:
    """Normalize the country of a 10DLC number to `US` or `CA`.

    Args:
        country: Two letters, in upper or lower case.

    Raises:
        ConfigurationError: if it is any other country.
    """
    match country.strip().upper() if isinstance(country, str) else None:
        case "US":
            return "US"
        case "CA":
            return "CA"
        case _:
            raise ConfigurationError(
                f"country must be 'US' or 'CA', not {country!r}: 10DLC campaigns take US and Canadian numbers only"
            )


def parse_number(given: object, country: str | None) -> int | str:
    """Parse a number: E.164 as an integer, or the reason why it is not clearly one complete, valid number.

    Text, integers, floats, decimals, bytes and values of numpy and pandas with the same digits give the same result. An
    area code that the metadata does not know yet is accepted if the numbering plan may assign it.

    Args:
        given: The value in the input.
        country: The country of national numbers, as two letters; numbers of other countries are refused. None accepts
            international numbers of any country.
    """
    if type(given) is str:
        text = given
    elif type(given) is int and 0 < given < 10**15:
        text = str(given)
    else:
        return _read(given, country)
    plain = _is_plain(text) if country else _is_plain_international(text)
    if plain is None and country and _WRITTEN.fullmatch(text):
        text = text.translate(_NOT_A_DIGIT)
        plain = _is_plain(text)
    if plain is None or plain[1] not in _known[country]:
        return _read(given, country)
    number = int(text)
    return number if number > _CODE else number + _CODE


def _read(given: object, country: str | None) -> int | str:
    """Parse anything but plain numbers, and the first number of each area code (the slow path)."""
    try:
        text = number_text(given)
        written = written_digits(text)
    except Unreadable as unreadable:
        return str(unreadable)
    if country in _NAMES:
        return _in_the_plan(text, written, country)
    return _abroad(text, country) if country is not None else _international(text, written)


def _in_the_plan(text: str, written: str, country: str) -> int | str:
    """Parse a number of the US or Canada."""
    name = _NAMES[country]
    international = _international_form(text)
    parsed = _parse(international, country)
    if isinstance(parsed, str):
        return _with_a_hint(parsed, written, name)
    if parsed.extension:
        return "has an extension"
    if parsed.country_code != 1:
        return f"a number of the country code {parsed.country_code}, not a {name} number"
    if written.startswith("011"):  # the prefix for international calls, which `phonenumbers` removes
        written = written.removeprefix("011")
    elif international is not text:
        written = written.removeprefix("00")
    national = written[1:] if len(written) == 11 and written.startswith("1") else written
    if len(national) != 10:
        return _length_problem(len(national), name)
    if problem := area_code_problem(national, country):
        return problem
    if str(parsed.national_number) != national:
        return f"not clearly a {name} number"
    _known[country].add(national[:3])
    return _CODE + int(national)


def _abroad(text: str, country: str) -> int | str:
    """Parse a number of a country outside the North American Numbering Plan."""
    from phonenumbers import is_valid_number_for_region

    parsed = _parse(_international_form(text), country)
    if isinstance(parsed, str):
        return parsed
    if parsed.extension:
        return "has an extension"
    return _e164(parsed) if is_valid_number_for_region(parsed, country) else f"not a valid number of {country}"


def _international(text: str, written: str) -> int | str:
    """Parse a number of any country, with its country code."""
    from phonenumbers import is_valid_number, region_code_for_country_code

    form = _international_form(text)
    if not form.startswith("+"):
        form = f"+{form}"
    parsed = _parse(form, None)
    if isinstance(parsed, str):
        return f"{parsed} (a number needs its country code here, such as +1 202 555 0101)"
    if parsed.extension:
        return "has an extension"
    national = str(parsed.national_number)
    if parsed.country_code == 1:
        if written.removeprefix("00") != f"1{national}" or len(national) != 10:
            return _length_problem(len(written.removeprefix("00")) - 1, "US")
        if problem := area_code_problem(national, None):
            return problem
        _known[None].add(national[:3])
        return _CODE + int(national)
    if not is_valid_number(parsed):
        code = parsed.country_code or 0
        return f"not a valid number of the country code {code} ({region_code_for_country_code(code)})"
    return _e164(parsed)


def _e164(parsed: PhoneNumber) -> int:
    from phonenumbers import PhoneNumberFormat, format_number

    return int(format_number(parsed, PhoneNumberFormat.E164)[1:])


def _international_form(text: str) -> str:
    """Replace the prefix `00`, with which most countries dial abroad (ITU-T E.123). No US or Canadian number has it."""
    return f"+{text[2:]}" if text.startswith("00") else text


def _parse(text: str, country: str | None) -> PhoneNumber | str:
    from phonenumbers import NumberParseException, parse

    try:
        return parse(text, country)
    except NumberParseException as error:
        return {
            NumberParseException.INVALID_COUNTRY_CODE: "no such country code",
            NumberParseException.TOO_LONG: "too long",
            NumberParseException.TOO_SHORT_NSN: "too short",
            NumberParseException.TOO_SHORT_AFTER_IDD: "too short",
        }.get(error.error_type, "not a phone number")


def _with_a_hint(reason: str, written: str, name: str) -> str:
    return _length_problem(len(written), name) if reason.startswith("too ") else reason


def _length_problem(length: int, name: str) -> str:
    article = "a" if name[0] not in "AEIO" else "an"
    if length == 7:
        return f"the area code is missing: {article} {name} number has ten digits after the 1"
    word = "short" if length < 10 else "long"
    return f"too {word}: {article} {name} number has ten digits after the 1"
