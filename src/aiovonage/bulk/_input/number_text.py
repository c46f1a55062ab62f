"""Turns a value into the text of one number, the same for text, integers, floats and spreadsheet cells."""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

MAX_LENGTH = 64
"""The longest text of one number with its separators, in characters."""

_EMPTY = frozenset({"", "nan", "nat", "none", "null", "<na>", "na", "n/a", "#n/a", "-"})

_FORMULA = re.compile(r'="([^"]*)"')
_QUOTES = "'\"\u2018\u2019\u201c\u201d`"
_URI = re.compile(r"(?:tel|sms):", re.IGNORECASE)

_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_DECIMAL = re.compile(r"([0-9]+)[.,]([0-9]+)")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.0+)?")
_EXTENSION = re.compile(
    r"(?:[;,\s]*(?:ext|extn|extension|x|xt|poste|int|#)[\s.:=]*[0-9]{1,8}#?|;ext=[0-9]+)$", re.IGNORECASE
)
_SEVERAL = re.compile(r"[;,/|&\n]|\s{2,}|\bor\b|\band\b")

_DIGITS = "0123456789"
_SEPARATORS = " -.()/"
_SHAPE = re.compile(r"\+?[0-9(][0-9 \-.()/]*")
_SLASH = re.compile(r"(?:\+?1[ \-.]?)?\(?[0-9]{3}\)?/[0-9]{3}[ \-.]?[0-9]{4}")
"""A slash in a number can only follow the area code. Anywhere else it separates two numbers."""

_LONE_DIGIT = re.compile(r"(?<!^\+)(?<!^011[ \-.])(?<!^00[ \-.])(?<![0-9])(?!^)(?!(?<=\()0\))[0-9](?![0-9])")
"""Only the country code at the start can be a single digit. `1202555010.0` is not 12025550100."""


class Unreadable(Exception):
    """The value is not one number. The message is the reason."""


def number_text(given: object) -> str:
    """Return the text of a number: an optional plus, ASCII digits and the usual separators.

    Raises:
        Unreadable: if it cannot be one number.
    """
    text = _unwrapped(_shown(given))
    if text.lower() in _EMPTY:
        raise Unreadable("empty")
    text = _as_digits(text)
    if _EXTENSION.search(text):
        raise Unreadable("has an extension")
    if not _SHAPE.fullmatch(text):
        raise Unreadable(_strange(text))
    if "/" in text and not _SLASH.fullmatch(text):
        raise Unreadable(_several(text) or "has a slash, which may stand between two numbers")
    if len(text) > MAX_LENGTH:
        raise Unreadable("too long")
    if len(written_digits(text)) >= 20 and len([part for part in text.split() if len(part) >= 7]) > 1:
        raise Unreadable("more than one number")
    if _LONE_DIGIT.search(text):
        raise Unreadable("a single digit stands apart: it may not belong to the number")
    return text


def written_digits(text: str) -> str:
    """Return all digits of a text."""
    return "".join(char for char in text if char in _DIGITS)


def _shown(given: object) -> str:
    if isinstance(given, str):
        return str(given)
    if isinstance(given, bytes | bytearray):
        try:
            return bytes(given).decode()
        except UnicodeDecodeError:
            raise Unreadable("not text") from None
    if given is None:
        raise Unreadable("empty")
    if isinstance(given, bool) or type(given).__name__ in {"bool_", "bool"}:
        raise Unreadable("true or false, not a number")
    if isinstance(given, numbers.Real | Decimal):
        return _shown_number(given)
    try:
        return str(given)
    except Exception:
        raise Unreadable(f"not text: a {type(given).__name__}") from None


def _shown_number(given: numbers.Real | Decimal) -> str:
    value: int | Fraction | Decimal | float
    if isinstance(given, numbers.Integral):
        value = int(given)
    elif isinstance(given, float | Fraction | Decimal):
        value = given
    elif getattr(given, "itemsize", 8) < 8:
        raise Unreadable("a float of 32 bits or fewer, which cannot hold all digits of a phone number")
    else:
        value = float(given)
    if isinstance(value, Decimal) and not value.is_finite():
        raise Unreadable("empty" if value.is_nan() else "not a phone number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("empty" if math.isnan(value) else "not a phone number")
    if value < 0:
        raise Unreadable("negative")
    if value >= 10**15:  # E.164 has fifteen digits at most; a float has no more than that
        raise Unreadable("too long")
    whole = int(value)
    if whole != value:
        raise Unreadable("has a decimal fraction")
    return str(whole)


def _unwrapped(text: str) -> str:
    """Remove what programs add around a number: invisible characters, quotes, Excel's apostrophe and formula."""
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip().strip("\0")
    if formula := _FORMULA.fullmatch(text):
        text = formula[1]
    text = text.strip().strip(_QUOTES).strip()
    return _URI.sub("", text, count=1).strip().rstrip(",;").rstrip() if text else text


def _as_digits(text: str) -> str:
    """Convert a text to ASCII, and decimals and scientific notation to the integer that they represent."""
    text = "".join(map(_ascii, text))
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if scientific := _SCIENTIFIC.fullmatch(text):
        first, fraction, power = scientific[1], scientific[2] or "", int(scientific[3])
        if len(fraction) != power:  # Java and Go write all digits; spreadsheets round
            raise Unreadable("lost digits to scientific notation")
        return first + fraction
    if decimal := _DECIMAL.fullmatch(text):
        if decimal[2].strip("0"):
            raise Unreadable("has a decimal fraction")
        if text[len(decimal[1])] == "." or len(decimal[2]) < 3:
            return decimal[1]
    return text


def _ascii(char: str) -> str:
    if char.isascii():
        return " " if char.isspace() else char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char == "\uff0b":
        return "+"
    category = unicodedata.category(char)
    return "-" if category == "Pd" or char == "\u2212" else " " if category in {"Zs", "Zl", "Zp"} else char


def _strange(text: str) -> str:
    """Return why a text does not have the shape of a number."""
    if several := _several(text):
        return several
    if not any(char in _DIGITS for char in text):
        return "not a phone number"
    if any(char.isalpha() for char in text):
        return "contains letters"
    if strange := [char for char in text if char not in _DIGITS and char not in _SEPARATORS + "+"]:
        return f"contains {strange[0]!r}, which is not part of a phone number"
    return "not a phone number"


def _several(text: str) -> str | None:
    parts = [part for part in _SEVERAL.split(text) if sum(char in _DIGITS for char in part) >= 7]
    return "more than one number" if len(parts) > 1 else None
