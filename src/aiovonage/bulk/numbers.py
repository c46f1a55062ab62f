"""Telephone numbers, as users write them, to E.164 without the plus."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s().\-\u00a0\u2010-\u2015/]+")
_E164 = re.compile(r"[1-9][0-9]{6,14}")


def normalise(given: object) -> int | None:
    """A number as an integer (E.164 has no leading zero, and at most 15 digits); None for what is no such number.

    A plus, `00` and the usual separators are taken away: `+1 (415) 555-0110` is 14155550110. A country code is not
    added: a national number cannot be told from one of another country.

    Args:
        given: Text, or an integer.
    """
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    text = str(given)
    if _E164.fullmatch(text):  # most are
        return int(text)
    text = _SEPARATORS.sub("", text)
    if text.startswith("+"):
        text = text[1:]
    elif text.startswith("00"):
        text = text[2:]
    return int(text) if _E164.fullmatch(text) else None


def parse_number(given: object, country: str | None) -> int | str:
    """The number in E.164 as an integer, or why it is not clearly one valid number of the country."""
    number = normalise(given)
    return "is not a telephone number" if number is None else number


def ten_dlc_country(country: str) -> str:
    """The country as 10DLC writes it: US or CA."""
    from aiovonage.core.errors import ConfigurationError

    if not isinstance(country, str) or country.strip().upper() not in {"US", "CA"}:
        raise ConfigurationError(f"country must be US or CA, not {country!r}: 10DLC takes no other numbers")
    return country.strip().upper()
